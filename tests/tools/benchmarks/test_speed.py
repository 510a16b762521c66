from math import isclose, isnan
from types import SimpleNamespace

import pytest
from eager import zeros_for_weights
from hypothesis import given
from hypothesis import strategies as st

from tools.benchmarks.speed import (
    Measurement,
    Operations,
    best_batch_size,
    count_operations,
    in_rounds,
    ratio,
    steps_within,
    sustained_seconds,
)

# Two operations a multiply-add: window x input channels x outputs.
CONV1 = 2 * (11 * 11 * 3) * (55 * 55 * 96)
TRUNK = (
    CONV1
    + 2 * (5 * 5 * 96) * (27 * 27 * 256)
    + 2 * (3 * 3 * 256) * (13 * 13 * 384)
    + 2 * (3 * 3 * 384) * (13 * 13 * 384)
    + 2 * (3 * 3 * 384) * (13 * 13 * 256)
)


def layer(kernel, *output):
    return SimpleNamespace(
        kernel=SimpleNamespace(shape=kernel), output=SimpleNamespace(shape=(None, *output))
    )


def test_only_convolutions_and_dense_layers_are_counted():
    pool = SimpleNamespace(output=SimpleNamespace(shape=(None, 27, 27, 96)))
    model = SimpleNamespace(layers=[layer((11, 11, 3, 96), 55, 55, 96), pool, layer((512, 42), 42)])
    dense = 2 * 512 * 42
    assert count_operations(model) == Operations(CONV1 + dense, 2 * CONV1 + 3 * dense)


def test_conv1_has_the_operations_worked_out_by_hand():
    assert CONV1 == 210_830_400
    assert count_operations(SimpleNamespace(layers=[layer((11, 11, 3, 96), 55, 55, 96)])) == (
        Operations(forward=CONV1, training=2 * CONV1)
    )


@pytest.mark.slow
def test_the_networks_have_the_operations_worked_out_by_hand():
    from hyperface.models.table import build_network

    fused = (
        2 * (4 * 4 * 96) * (6 * 6 * 256) + 2 * (2 * 2 * 384) * (6 * 6 * 256) + 2 * 768 * 6 * 6 * 192
    )
    heads = 5 * 2 * 3072 * 512 + 2 * 512 * (2 + 42 + 21 + 3 + 2)
    hyperface = TRUNK + fused + 2 * 6912 * 3072 + heads
    face_model = TRUNK + 2 * 9216 * 4096 + 2 * 4096 * 512 + 2 * 512 * 2
    assert (hyperface, face_model) == (2_278_775_872, 2_232_962_112)
    for name, forward in (("hyperface", hyperface), ("face_model", face_model)):
        with zeros_for_weights():
            model = build_network(name)
        assert count_operations(model) == Operations(forward, 3 * forward - CONV1)


def test_measurements_take_turns_and_fill_their_time():
    asked = []

    def run(name, step_seconds):
        def steps_of(steps):
            asked.append((name, steps))
            return step_seconds

        return Measurement(samples=10), steps_of

    slow, quick = run("slow", 3.0), run("quick", 0.25)
    done = list(in_rounds([slow, quick], rounds=3, seconds=6.0, clock=lambda: 0.0))
    assert len(done) == 6
    # Two seconds a round: one step where they take longer, eight of a quarter of a second.
    assert asked == [
        ("slow", 1), ("quick", 1), ("slow", 1), ("quick", 8), ("slow", 1), ("quick", 8)
    ]  # fmt: skip
    assert (quick[0].rate, quick[0].rounds) == (40.0, 3)


def test_a_measurement_that_used_up_its_time_skips_rounds():
    ticks = iter(range(0, 1000, 7))  # each look at the clock is 7 s later
    measurement = Measurement(samples=1)
    list(in_rounds([(measurement, lambda steps: 7.0)], rounds=3, seconds=4.0, clock=ticks.__next__))
    assert measurement.step_seconds[:2] == [7.0, 7.0]
    assert isnan(measurement.step_seconds[2])
    assert measurement.rounds == 2


def test_the_ratio_is_the_median_of_the_rounds():
    nan = float("nan")
    above = Measurement(samples=32, step_seconds=[1.0, 2.0, 4.0, nan])
    below = Measurement(samples=16, step_seconds=[1.0, 3.0, 1.0, 1.0])
    # 32 / 16, 16 / (16 / 3), 8 / 16: a slow minute of one measurement alone does not decide.
    assert ratio(above, below) == 2.0


@pytest.mark.parametrize(
    ("rates", "best"),
    [
        ({16: 10.0}, 16),
        ({16: 9.8, 32: 10.0, 64: 9.9}, 16),
        ({16: 9.6, 32: 9.9, 64: 10.0}, 32),
        ({16: 5.0, 32: 9.0, 64: 10.0}, 64),
    ],
)
def test_best_batch_size_is_the_smallest_of_the_fastest(rates, best):
    assert best_batch_size(rates) == best


@given(st.floats(0.001, 100), st.floats(0.0001, 100))
def test_steps_fit_into_the_time_or_there_is_one(seconds, step):
    steps = steps_within(seconds, step)
    assert steps >= 1
    assert steps == 1 or steps * step <= seconds * (1 + 1e-9)


def test_steps_of_unknown_duration_are_one():
    assert steps_within(5.0, None) == 1


def test_a_queue_that_runs_dry_is_not_counted_as_speed():
    assert sustained_seconds(10.0, used=10, made=10) == 1.0
    assert sustained_seconds(10.0, used=10, made=9) == 1.0  # the tenth is in the making
    assert sustained_seconds(10.0, used=10, made=12) == 1.0  # the queue filled up meanwhile
    assert sustained_seconds(10.0, used=10, made=4) == 2.0
    assert sustained_seconds(10.0, used=1, made=0) == 10.0


def test_the_rate_is_that_of_the_median_round():
    assert isclose(Measurement(samples=8, step_seconds=[1.0, 0.5, 2.0]).rate, 8.0)
