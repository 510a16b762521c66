"""The tables of `make bench` from made-up times; nothing is measured and no Keras is needed."""

import json

import pytest

import bench
from hyperface.errors import UserError
from hyperface.training.speed import Figure, Operations

SECONDS = {"large": 0.1, "training": 1.0, "pipeline": 1.25, "inference": 0.25}


def measured(name):
    """10 samples a step; bfloat16 is three times as fast; training on the pipeline 0.8."""
    figures = {
        (what, precision): Figure(10, [seconds / (1 if precision == "float32" else 3)] * 3)
        for what, seconds in SECONDS.items()
        for precision in bench.PRECISIONS
        if (name, what) != (bench.CONVOLUTIONS, "pipeline")
    }
    tried = {(work, p): {8: 9.0, 10: 10.0} for work in bench.WORKS for p in bench.PRECISIONS}
    operations = Operations(forward=2 * 10**9, training=5 * 10**9)
    return bench.Measured(
        figures,
        tried,
        {"training": operations.training, "inference": operations.forward, "large": 10**9},
        peak_memory=3 * 10**9,
    )


def made_up_result(fast_bfloat16=True):
    networks = {name: measured(name) for name in ("hyperface", "face_model", bench.CONVOLUTIONS)}
    speeds = [row for name, each in networks.items() for row in bench.speed_rows(name, each)]
    feeds = [row for name, each in networks.items() for row in bench.feed_rows(name, each, 300.0)]
    return {
        "environment": {"cpu": "a chip", "cores": 2, "date": "today", "libraries": {"keras": "3"}},
        "settings": {"DATA": "data/sample", "NORMALIZATION": "lrn"},
        "keras_backend": "tensorflow",
        "bfloat16_hardware": fast_bfloat16,
        "seconds_in_all": 200.0,
        "large_convolution_gflops": {"float32": 100.0, "mixed_bfloat16": 300.0},
        "speeds": speeds,
        "feeds": feeds,
        "anonymous_memory_now": 2 * 10**9,
        "targets": bench.targets(networks, speeds, feeds, fast_bfloat16),
    }


def test_rates_and_shares():
    rows = list(bench.speed_rows("hyperface", measured("hyperface")))
    assert [(row.work, row.precision) for row in rows] == [
        (work, precision) for work in bench.WORKS for precision in bench.PRECISIONS
    ]
    training = rows[0]
    assert training.samples_per_second == pytest.approx(10.0)
    assert training.gflops == pytest.approx(10 * 5)
    # The large convolution: 10 x 1 GFLOP in 0.1 s, 100 GFLOP/s, and three times that in bfloat16.
    assert training.share_of_same == pytest.approx(0.5)
    assert training.share_of_bfloat16 == pytest.approx(0.5 / 3)
    assert rows[1].share_of_same == pytest.approx(0.5)
    assert rows[2].gflops == pytest.approx(40 * 2)


def test_targets_met_and_not():
    verdicts = {row.name: row.cells()[3] for row in made_up_result()["targets"]}
    assert verdicts["bfloat16 over float32, hyperface training"] == "met"
    assert verdicts["pipeline over constant batch, face_model float32"] == "NOT met"
    assert verdicts["convolutions over the large one, inference float32"] == "met"
    assert verdicts["memory of hyperface, GB"] == "met"
    assert len(verdicts) == 4 + 4 + 4 + 2


def test_imitated_bfloat16_is_not_judged():
    rows = made_up_result(fast_bfloat16=False)["targets"]
    excused = {row.name for row in rows if row.met is None}
    assert len(excused) == 4 + 2
    assert "convolutions over the large one, training float32" not in excused


@pytest.mark.parametrize("fast", [True, False])
def test_prints_every_row_and_says_what_bfloat16_is(capsys, fast):
    bench.print_result(made_up_result(fast))
    printed = capsys.readouterr().out
    assert ("bfloat16 hardware: yes" if fast else "bfloat16 hardware: NO") in printed
    assert printed.count("| hyperface ") == 4 + 2
    assert printed.count("| convolutions |") == 4
    assert "3 min 20 s" in printed


def test_stores_json_with_verdicts(tmp_path, capsys):
    bench.store(made_up_result(), tmp_path / "bench.json")
    stored = json.loads((tmp_path / "bench.json").read_text())
    assert stored["speeds"][0]["samples_per_second"] == pytest.approx(10.0)
    assert {row["met"] for row in stored["targets"]} == {True, False}


def test_says_where_json_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        bench.store(made_up_result(), tmp_path / "file" / "bench.json")


@pytest.mark.parametrize(
    "options", [["--batch-sizes", "0"], ["--seconds", "0"], ["--seconds", "nan"], ["--json", "."]]
)
def test_refuses_bad_options(options, capsys):
    with pytest.raises(SystemExit) as stopped:
        bench.parse(options)
    assert stopped.value.code == 2
    assert "expected" in capsys.readouterr().err
