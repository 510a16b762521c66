"""Rows from made-up times."""

import pytest

from tools.benchmarks.speed import Measurement
from tools.benchmarks.speed_table import (
    CONVOLUTIONS,
    PRECISIONS,
    WORKS,
    Measured,
    feed_rows,
    precision_row,
    speed_rows,
)

SECONDS = {"large": 0.1, "training": 1.0, "pipeline": 1.25, "inference": 0.25}


def measured(name, fast_bfloat16=True):
    """10 samples a step; bfloat16 is three times as fast; training on the pipeline 0.8."""
    measurements = {
        (what, precision): Measurement(10, [seconds / (1 if precision == "float32" else 3)] * 3)
        for what, seconds in SECONDS.items()
        for precision in PRECISIONS
        if (name, what) != (CONVOLUTIONS, "pipeline")
    }
    measurements["feed", "float32"] = Measurement(10, [0.02] * 3)
    return Measured(
        measurements=measurements,
        tried={(work, p): {8: 9.0, 10: 10.0} for work in WORKS for p in PRECISIONS},
        operations={"training": 5 * 10**9, "inference": 2 * 10**9, "large": 10**9},
        peak_memory=3 * 10**9,
        backend="tensorflow",
        fast_bfloat16=fast_bfloat16,
    )


def test_rates_and_shares_have_the_values_worked_out_by_hand():
    rows = list(speed_rows("hyperface", measured("hyperface")))
    assert [(row["work"], row["precision"]) for row in rows] == [
        (work, precision) for work in WORKS for precision in PRECISIONS
    ]
    training = rows[0]
    assert training["samples_per_second"] == pytest.approx(10.0)
    assert training["gflops"] == pytest.approx(10 * 5)
    # The large convolution: 10 x 1 GFLOP in 0.1 s, 100 GFLOP/s, and three times that in bfloat16.
    assert training["share_of_same"] == pytest.approx(0.5)
    assert training["share_of_bfloat16"] == pytest.approx(0.5 / 3)
    assert rows[1]["share_of_same"] == pytest.approx(0.5)
    assert rows[2]["gflops"] == pytest.approx(40 * 2)


def test_the_pipeline_is_compared_with_the_constant_batch():
    row = next(feed_rows("hyperface", measured("hyperface")))
    assert (row["constant"], row["pipeline"], row["alone"]) == pytest.approx((10.0, 8.0, 500.0))
    assert row["ratio"] == pytest.approx(0.8)
    assert list(feed_rows(CONVOLUTIONS, measured(CONVOLUTIONS))) == []


def test_bfloat16_is_compared_with_float32():
    row = precision_row("face_model", measured("face_model"))
    assert (row["training"], row["inference"]) == pytest.approx((3.0, 3.0))
    assert row["memory_gb"] == 3.0
