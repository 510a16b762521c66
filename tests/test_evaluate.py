"""evaluate.py and bench_predict.py with untrained networks: the figures mean nothing."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
FEW = ("--set", "DATA=data/photographs", "VALIDATION_FRACTION=0.5", "PROPOSAL_BOXES=4")


def load(name):
    spec = importlib.util.spec_from_file_location(f"{name}_script", SOURCE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def weights(untrained):
    return (
        *("--weights", str(untrained / "hyperface.weights.h5")),
        *("--fast-weights", str(untrained / "proposal_network.weights.h5")),
    )


@pytest.mark.slow
def test_every_mode_has_its_row(weights, capsys):
    assert load("evaluate").main([*weights, "--pictures", "3", *FEW]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [row.split("|")[1].strip() for row in rows] == [
        *("mode", "---", "full", "without IRP", "without L-NMS", "mean for median", "fast"),
    ]
    assert len({row.count("|") for row in rows}) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "DATA=nowhere"], "no folder"),
        (["--fast-weights", "gone.weights.h5"], "no weights at gone"),
    ],
)
def test_faults_end_with_one_sentence(weights, capsys, arguments, message):
    assert load("evaluate").main([*weights, *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--pictures", "0"], ["--sure", "2"], ["--threshold", "-1"]])
def test_numbers_out_of_range(wrong):
    with pytest.raises(SystemExit) as stopped:
        load("evaluate").parse(wrong)
    assert stopped.value.code == 2


@pytest.mark.slow
def test_the_bench_times_both_modes(weights, capsys):
    assert load("bench_predict").main([*weights, "--rounds", "1", "--set", "PROPOSAL_BOXES=6"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [row.split("|")[1].strip() for row in rows] == [
        "mode",
        "---",
        "selective search",
        "fast",
    ]
    for row in rows[2:]:
        values = [float(cell) for cell in row.split("|")[2:-1]]
        assert min(values) >= 0
        assert values[5] >= values[1] + values[3] - 0.01  # the whole is no less than its parts
