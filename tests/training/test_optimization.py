import keras
import numpy as np
import pytest
from training_defaults import optimization


def rate(optimizer, step):
    """The learning rate with which step `step`, from 0, is made."""
    optimizer.build([keras.Variable(np.zeros(1))])
    optimizer.iterations.assign(step)
    return float(optimizer.learning_rate)


def rates(optimization, steps, at):
    optimizer = optimization.build(steps)
    return [rate(optimizer, step) for step in at]


def moved(optimization, start, *gradients):
    """Where a variable is after steps along the given gradients."""
    variable = keras.Variable(np.array(start, np.float32))
    optimizer = optimization.build(100)
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(np.array(gradient, np.float32))], [variable])
    return keras.ops.convert_to_numpy(variable)


def test_cosine_without_warmup():
    # 0.5 (1 + cos(pi t / T)): 1, then cos 45, 90, 135 degrees, and 0 at the end.
    found = rates(optimization(learning_rate=0.2, warmup=0.0), 8, [0, 2, 4, 6, 8])
    half = np.sqrt(0.5)
    expected = [0.2, 0.1 * (1 + half), 0.1, 0.1 * (1 - half), 0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


def test_cosine_rises_first():
    # 100 steps, the first 20 of them to rise; the other 80 are the cosine.
    found = rates(optimization(learning_rate=0.4, warmup=0.2), 100, [0, 5, 10, 20, 60, 100])
    np.testing.assert_allclose(found, [0, 0.1, 0.2, 0.4, 0.2, 0], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("schedule", ["cosine", "step", "constant"])
def test_the_shortest_trainings_have_a_rate(steps, schedule):
    found = rates(optimization(schedule=schedule, warmup=1.0), steps, range(steps))
    assert all(np.isfinite(x) and x >= 0 for x in found)
    assert max(found) > 0, found


def test_without_any_step_there_is_an_optimizer_still():
    assert rates(optimization(learning_rate=0.3, warmup=0.0), 0, [0]) == [pytest.approx(0.3)]


def test_step_falls_to_a_tenth_twice():
    found = rates(
        optimization(schedule="step", learning_rate=0.5), 100, [0, 59, 61, 84, 86, 99, 150]
    )
    np.testing.assert_allclose(found, [0.5, 0.5, 0.05, 0.05, 0.005, 0.005, 0.005], rtol=1e-6)


def test_a_constant_rate_does_not_change():
    found = rates(optimization(schedule="constant", learning_rate=0.03), 100, [0, 50, 99])
    np.testing.assert_allclose(found, [0.03] * 3, rtol=1e-6)


def test_momentum_by_hand():
    settings = optimization(schedule="constant", learning_rate=0.1, momentum=0.9)
    # Velocity -0.1, then 0.9 * -0.1 - 0.1 = -0.19.
    np.testing.assert_allclose(moved(settings, [1.0], [1.0], [1.0]), [1 - 0.1 - 0.19], rtol=1e-6)


def test_weight_decay_is_apart_from_the_gradient():
    settings = optimization(schedule="constant", learning_rate=0.1, weight_decay=0.5)
    np.testing.assert_allclose(moved(settings, [2.0], [0.0]), [2 - 0.1 * 0.5 * 2], rtol=1e-6)
    adam = optimization("adam", schedule="constant", learning_rate=0.1, weight_decay=0.5)
    np.testing.assert_allclose(moved(adam, [2.0], [0.0]), [2 - 0.1 * 0.5 * 2], rtol=1e-6)


def test_adam_steps_by_the_rate_whatever_the_gradient():
    settings = optimization("adam", schedule="constant", learning_rate=0.01)
    found = moved(settings, [1.0, 1.0], [100.0, -0.5])
    np.testing.assert_allclose(found, [0.99, 1.01], rtol=1e-4)


@pytest.mark.parametrize(
    ("clip_norm", "gradient", "expected"),
    [
        (1.0, [3.0, 4.0], [-0.6, -0.8]),
        (0.0, [3.0, 4.0], [-3.0, -4.0]),
        (9.0, [3.0, 4.0], [-3.0, -4.0]),
    ],
)
def test_the_norm_of_the_whole_gradient_is_bounded(clip_norm, gradient, expected):
    settings = optimization(schedule="constant", learning_rate=1.0, momentum=0.0)
    clipped = optimization(**{**vars(settings), "clip_norm": clip_norm})
    np.testing.assert_allclose(moved(clipped, [0.0, 0.0], gradient), expected, rtol=1e-5)


def test_the_norm_is_of_all_variables_together():
    settings = optimization(schedule="constant", learning_rate=1.0, momentum=0.0, clip_norm=1.0)
    variables = [keras.Variable(np.zeros(1, np.float32)) for _ in range(2)]
    gradients = [keras.ops.convert_to_tensor(np.array([x], np.float32)) for x in (3.0, 4.0)]
    settings.build(10).apply(gradients, variables)
    found = [float(variable[0]) for variable in variables]
    np.testing.assert_allclose(found, [-0.6, -0.8], rtol=1e-5)
