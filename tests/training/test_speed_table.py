"""Rows and verdicts from made-up times."""

import pytest

from hyperface.training.speed import Figure
from hyperface.training.speed_table import (
    CONVOLUTIONS,
    NETWORKS,
    PRECISIONS,
    WORKS,
    Measured,
    Target,
    feed_rows,
    markdown_table,
    speed_rows,
    targets,
)

SECONDS = {"large": 0.1, "training": 1.0, "pipeline": 1.25, "inference": 0.25}


def measured(name, fast_bfloat16=True):
    """10 samples a step; bfloat16 is three times as fast; training on the pipeline 0.8."""
    figures = {
        (what, precision): Figure(10, [seconds / (1 if precision == "float32" else 3)] * 3)
        for what, seconds in SECONDS.items()
        for precision in PRECISIONS
        if (name, what) != (CONVOLUTIONS, "pipeline")
    }
    figures["feed", "float32"] = Figure(10, [0.02] * 3)
    return Measured(
        figures=figures,
        tried={(work, p): {8: 9.0, 10: 10.0} for work in WORKS for p in PRECISIONS},
        operations={"training": 5 * 10**9, "inference": 2 * 10**9, "large": 10**9},
        peak_memory=3 * 10**9,
        backend="tensorflow",
        fast_bfloat16=fast_bfloat16,
    )


def test_rates_and_shares():
    rows = list(speed_rows("hyperface", measured("hyperface")))
    assert [(row.work, row.precision) for row in rows] == [
        (work, precision) for work in WORKS for precision in PRECISIONS
    ]
    training = rows[0]
    assert training.samples_per_second == pytest.approx(10.0)
    assert training.gflops == pytest.approx(10 * 5)
    # The large convolution: 10 x 1 GFLOP in 0.1 s, 100 GFLOP/s, and three times that in bfloat16.
    assert training.share_of_same == pytest.approx(0.5)
    assert training.share_of_bfloat16 == pytest.approx(0.5 / 3)
    assert rows[1].share_of_same == pytest.approx(0.5)
    assert rows[2].gflops == pytest.approx(40 * 2)


def test_pipeline_beside_the_constant_batch():
    row = next(feed_rows("hyperface", measured("hyperface")))
    assert (row.constant, row.pipeline, row.alone) == pytest.approx((10.0, 8.0, 500.0))
    assert row.ratio == pytest.approx(0.8)
    assert list(feed_rows(CONVOLUTIONS, measured(CONVOLUTIONS))) == []


def test_every_target_is_told_once():
    verdicts = {row.name: row.cells()[3] for row in targets({n: measured(n) for n in NETWORKS})}
    assert verdicts["bfloat16 over float32, hyperface training"] == "met"
    assert verdicts["pipeline over constant batch, face_model float32"] == "NOT met"
    assert verdicts["convolutions over the large one, inference mixed_bfloat16"] == "met"
    assert verdicts["memory of hyperface, GB"] == "met"
    assert len(verdicts) == 4 + 4 + 4 + 2


def test_imitated_bfloat16_is_not_judged():
    rows = list(targets({name: measured(name, fast_bfloat16=False) for name in NETWORKS}))
    excused = {row.name for row in rows if row.met is None}
    assert len(excused) == 4 + 2
    assert "convolutions over the large one, training float32" not in excused


def test_targets_are_judged_at_their_limit_or_excused():
    assert Target("gain", 2.5, 2.5).met is True
    assert Target("gain", 2.49, 2.5).cells() == ["gain", "2.49", "at least 2.5", "NOT met"]
    assert Target("memory", 3.9, 4.0, at_most=True).cells()[2:] == ["at most 4", "met"]
    excused = Target("gain", 0.3, 2.5, excuse="no hardware")
    assert excused.met is None
    assert excused.cells()[3] == "not judged: no hardware"


def test_table_is_aligned():
    assert markdown_table([["what", "n"], ["a", "1.5"], ["longer", "10"]]) == (
        "| what   |   n |\n"
        "| ------ | --: |\n"
        "| a      | 1.5 |\n"
        "| longer |  10 |"
    )  # fmt: skip
