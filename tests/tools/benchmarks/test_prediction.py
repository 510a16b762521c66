"""The benchmark of predictions with untrained networks: the seconds mean nothing."""

import pytest

from tools.benchmarks import prediction


@pytest.mark.slow
def test_both_modes_are_timed(untrained, capsys, monkeypatch):
    monkeypatch.setattr(prediction, "BATCH", 2)
    arguments = [
        *("--weights", str(untrained / "hyperface.weights.h5")),
        *("--fast-weights", str(untrained / "proposal_detector.weights.h5")),
        *("--rounds", "1", "--set", "PROPOSAL_BOXES=6"),
    ]
    assert prediction.main(arguments) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    assert [row[0] for row in cells if not row[0].startswith("-")] == [
        "mode",
        "selective search",
        "fast",
    ]
    assert len({len(row) for row in cells}) == 1
    for row in cells[2:]:
        values = [float(cell) for cell in row[1:]]
        assert min(values) >= 0
        assert values[5] >= values[1] + values[3] - 0.01  # the whole is no less than its parts


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--image", "nowhere.jpg"], "nowhere.jpg"),
        (["--set", "PROPOSAL_BOX=6"], "PROPOSAL_BOXES"),
    ],
)
def test_user_errors_end_with_one_sentence(given, said, capsys):
    assert prediction.main(given) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
