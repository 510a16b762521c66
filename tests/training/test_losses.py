"""Every loss on batches small enough to work out on paper (paper, equations 1 to 6)."""

from math import log, pi

import keras
import numpy as np
import pytest
from keras import ops
from training_defaults import LOSS_WEIGHTS, optimization

from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.tasks import NUM_LANDMARKS, TASKS
from hyperface.training.losses import (
    LOSSES,
    TaskLoss,
    classification_loss,
    landmarks_loss,
    squared_loss,
)


def value(loss, target, prediction):
    return float(loss(np.asarray(target, np.float32), np.asarray(prediction, np.float32)))


def landmarks_target(rows, visible=(), missing=()):
    """(rows, 21, 4): all labeled but `missing`, none visible but `visible`, at (0, 0)."""
    target = np.zeros((rows, NUM_LANDMARKS, 4), np.float32)
    target[..., 3] = 1
    for row, point in missing:
        target[row, point, 3] = 0
    for row, point in visible:
        target[row, point, 2] = 1
    return target


# --- Detection and gender -------------------------------------------------------------------------


def test_cross_entropy_is_the_mean_over_labeled_rows():
    target = [[1, 1], [0, 1], [1, 0]]
    probabilities = [[0.2, 0.8], [0.9, 0.1], [0.99, 0.01]]
    expected = (-log(0.8) - log(0.9)) / 2
    assert value(classification_loss, target, probabilities) == pytest.approx(expected, rel=1e-6)


def test_cross_entropy_takes_probabilities_not_logits():
    # As logits, 0.25 and 0.75 would give log(1 + exp(-0.5)) = 0.474.
    assert value(classification_loss, [[1, 1]], [[0.25, 0.75]]) == pytest.approx(-log(0.75))


def test_a_certain_wrong_prediction_has_a_large_but_finite_loss():
    found = value(classification_loss, [[1, 1], [0, 1]], [[1, 0], [1, 0]])
    assert found == pytest.approx(-log(keras.config.epsilon()) / 2, rel=1e-5)


# --- Landmarks ------------------------------------------------------------------------------------


def test_landmarks_by_hand():
    target = landmarks_target(1, visible=[(0, 3), (0, 14)])
    target[0, 3, :2] = 0.25, -0.5
    prediction = np.zeros((1, 21, 2))
    prediction[0, 14] = 0.3, 0.4
    prediction[0, 5] = 9, 9  # invisible
    expected = ((0.25**2 + 0.5**2) + (0.3**2 + 0.4**2)) / (2 * 21)
    assert value(landmarks_loss, target, prediction.reshape(1, 42)) == pytest.approx(expected)


def test_n_is_the_number_of_labeled_landmarks_in_any_scheme():
    target = np.zeros((1, 68, 4))
    target[0, :, 3] = 1
    target[0, 60, 2] = 1
    prediction = np.zeros((1, 68, 2))
    prediction[0, 60] = 0.3, 0.4
    loss = value(landmarks_loss, target, prediction.reshape(1, 136))
    assert loss == pytest.approx((0.3**2 + 0.4**2) / (2 * 68))


def test_each_rows_own_visibility_masks_it():
    # The same error everywhere, 1 in x, so that the loss counts visible points.
    prediction = np.tile([1.0, 0.0], 21)[None].repeat(2, axis=0)
    target = landmarks_target(2, visible=[(0, 0), (0, 1), (0, 2), (1, 20)])
    assert value(landmarks_loss, target, prediction) == pytest.approx((3 / 42 + 1 / 42) / 2)


def test_the_mask_is_not_frozen_to_the_first_batch():
    prediction = np.tile([1.0, 0.0], 21)[None]
    loss = TaskLoss("landmarks")
    few, many = (landmarks_target(1, visible=[(0, i) for i in range(n)]) for n in (2, 17))
    assert value(loss, few, prediction) == pytest.approx(2 / 42)
    assert value(loss, many, prediction) == pytest.approx(17 / 42)
    assert value(loss, few, prediction) == pytest.approx(2 / 42)


def test_a_missing_point_leaves_n_and_an_invisible_one_stays():
    prediction = np.zeros((1, 42))
    prediction[0, :2] = 0.3, 0.4  # 0.25 from point 0
    all_labeled = landmarks_target(1, visible=[(0, 0)])
    assert value(landmarks_loss, all_labeled, prediction) == pytest.approx(0.25 / (2 * 21))
    sixteen = [(0, point) for point in range(5, 21)]
    five_labeled = landmarks_target(1, visible=[(0, 0)], missing=sixteen)
    assert value(landmarks_loss, five_labeled, prediction) == pytest.approx(0.25 / (2 * 5))


def test_rows_without_landmarks_do_not_thin_out_the_mean():
    target = landmarks_target(3, visible=[(1, 0)])
    target[0, :, 3] = target[2, :, 3] = 0
    prediction = np.zeros((3, 42))
    prediction[:, 0] = 2.0
    assert value(landmarks_loss, target, prediction) == pytest.approx(4 / 42)


def test_a_row_of_invisible_points_alone_counts_as_a_row():
    target = landmarks_target(2, visible=[(0, 0)])
    prediction = np.zeros((2, 42))
    prediction[:, 0] = 2.0
    assert value(landmarks_loss, target, prediction) == pytest.approx((4 / 42 + 0) / 2)


def test_a_missing_point_said_to_be_visible_costs_nothing():
    target = landmarks_target(1, visible=[(0, 4)], missing=[(0, 4)])
    assert value(landmarks_loss, target, np.full((1, 42), 3.0)) == 0


def test_x_and_y_of_a_point_lie_beside_each_other():
    target = landmarks_target(1, visible=[(0, 20)])
    target[0, 20, :2] = 0.1, 0.2
    prediction = np.zeros((1, 42))
    prediction[0, 40:] = 0.1, 0.2
    assert value(landmarks_loss, target, prediction) == pytest.approx(0, abs=1e-12)


def test_it_is_kerass_mean_squared_error_weighted_by_visibility():
    """The identity of the paper's loss, where every point is labeled."""
    rng = np.random.default_rng(0)
    target = landmarks_target(5)
    target[..., :2] = rng.normal(0, 0.3, (5, 21, 2))
    target[..., 2] = rng.random((5, 21)) < 0.6
    prediction = rng.normal(0, 0.3, (5, 21, 2)).astype(np.float32)
    keras_loss = keras.losses.MeanSquaredError(reduction="sum_over_batch_size")
    theirs = float(keras_loss(target[..., :2], prediction, sample_weight=target[..., 2]))
    assert value(landmarks_loss, target, prediction.reshape(5, 42)) == pytest.approx(theirs)


# --- Visibility -----------------------------------------------------------------------------------


def test_visibility_by_hand():
    target = np.zeros((2, 21, 2))
    target[0, :, 1] = 1
    target[0, 3, 0] = 1
    target[1, :4] = 1  # four labeled, all visible
    prediction = np.zeros((2, 21))
    prediction[0, 3], prediction[0, 7] = 0.5, -0.2
    prediction[1, 0], prediction[1, 20] = 1.0, 5.0  # the last is missing
    expected = ((0.5**2 + 0.2**2) / 21 + (0 + 1 + 1 + 1) / 4) / 2
    assert value(squared_loss, target, prediction) == pytest.approx(expected)


# --- Pose -----------------------------------------------------------------------------------------


def test_pose_by_hand_in_radians():
    target = np.zeros((1, 3, 2))
    target[0] = [[0.1, 1], [-0.2, 1], [pi / 2, 1]]
    expected = (0.1**2 + 0.3**2 + (pi / 2) ** 2) / 3
    assert value(squared_loss, target, [[0.0, 0.1, 0.0]]) == pytest.approx(expected)


def test_a_missing_angle_leaves_the_mean_and_a_row_without_any_the_batch():
    target = np.zeros((3, 3, 2))
    target[0] = [[0, 1], [0, 1], [0, 1]]
    target[1] = [[0, 0], [0, 0], [0.5, 1]]  # yaw alone
    expected = ((0.3**2 + 0.3**2 + 0.3**2) / 3 + 0.2**2 / 1) / 2
    assert value(squared_loss, target, np.full((3, 3), 0.3)) == pytest.approx(expected)


# --- All ------------------------------------------------------------------------------------------


def random_batch(task, rows, seed, labeled=None):
    """Targets and a prediction of a task; what is labeled at random, or as told."""
    rng = np.random.default_rng(seed)
    target = rng.normal(size=(rows, *TARGET_SHAPES[task])).astype(np.float32)
    target[..., -1] = rng.random(target.shape[:-1]) < 0.7 if labeled is None else labeled
    if task in ("detection", "gender"):
        target[:, 0] = rng.integers(0, 2, rows)
        prediction = rng.dirichlet([1, 1], rows)
    else:
        prediction = rng.normal(size=(rows, TASKS[task].outputs))
    if task in ("landmarks", "visibility"):
        target[..., -2] = rng.integers(0, 2, target.shape[:-1])
    return target, prediction.astype(np.float32)


@pytest.mark.parametrize("task", TASKS)
def test_without_labels_loss_and_gradient_are_zero(task, gradient):
    target, prediction = random_batch(task, 3, 1, labeled=0)
    assert value(LOSSES[task], target, prediction) == 0.0
    slope = gradient(lambda p: LOSSES[task](target, p), prediction)
    assert np.array_equal(slope, np.zeros_like(prediction))


@pytest.mark.parametrize("task", ["detection", "gender"])
def test_nothing_labeled_moves_nothing_even_where_the_answer_is_certain(task, gradient):
    certain = np.array([[0, 1], [1, 0]], np.float32)
    slope = gradient(lambda p: LOSSES[task](np.array([[0, 0], [1, 0]], np.float32), p), certain)
    assert np.array_equal(slope, np.zeros((2, 2)))


@pytest.mark.parametrize("task", TASKS)
def test_unlabeled_values_are_ignored(task):
    target, prediction = random_batch(task, 4, 2)
    other = target.copy()
    other[other[..., -1] == 0, :-1] = 123.0
    expected = value(LOSSES[task], target, prediction)
    assert value(LOSSES[task], other, prediction) == pytest.approx(expected)
    assert expected > 0


@pytest.mark.parametrize("task", TASKS)
def test_the_order_of_rows_does_not_matter_nor_unlabeled_rows_beside_them(task):
    target, prediction = random_batch(task, 5, 3)
    expected = value(LOSSES[task], target, prediction)
    backwards = value(LOSSES[task], target[::-1].copy(), prediction[::-1].copy())
    assert backwards == pytest.approx(expected, rel=1e-5)
    nothing, noise = random_batch(task, 7, 4, labeled=0)
    more = value(LOSSES[task], np.vstack([target, nothing]), np.vstack([prediction, noise]))
    assert more == pytest.approx(expected, rel=1e-5)


def test_gradient_of_the_landmarks_by_hand(gradient):
    target = landmarks_target(3, visible=[(0, 2), (0, 6), (1, 2)], missing=[(0, 6)])
    target[2, :, 3] = 0  # a row without landmarks
    prediction = np.full((3, 42), 0.5)
    expected = np.zeros((3, 21, 2))
    # Two labeled rows; d/dx of x^2 / (2N) is x / N.
    expected[0, 2] = 0.5 / 20 / 2
    expected[1, 2] = 0.5 / 21 / 2
    slope = gradient(lambda p: landmarks_loss(target, p), prediction)
    np.testing.assert_allclose(slope.reshape(3, 21, 2), expected, rtol=1e-6)
    assert np.array_equal(slope.reshape(3, 21, 2) != 0, expected != 0)


@pytest.mark.parametrize("task", ["visibility", "pose"])
def test_gradient_of_a_squared_error_by_hand(task, gradient):
    n = TASKS[task].outputs
    target = np.zeros((2, n, 2), np.float32)
    target[:, :, 1] = 1
    target[0, 1, 1] = 0
    expected = np.full((2, n), 0.0)
    expected[0], expected[1] = 2 * 0.5 / (n - 1) / 2, 2 * 0.5 / n / 2
    expected[0, 1] = 0
    slope = gradient(lambda p: squared_loss(target, p), np.full((2, n), 0.5))
    np.testing.assert_allclose(slope, expected, rtol=1e-6)
    assert slope[0, 1] == 0


def test_gradient_of_cross_entropy_by_hand(gradient):
    target = np.array([[1, 1], [0, 1], [1, 0]], np.float32)
    slope = gradient(lambda p: classification_loss(target, p), [[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]])
    expected = [[0, -1 / 0.8 / 2], [-1 / 0.9 / 2, 0], [0, 0]]
    np.testing.assert_allclose(slope, expected, rtol=1e-6)


# --- As Keras uses them ---------------------------------------------------------------------------


def five_headed(seed=0):
    """A network with all five heads on four numbers."""
    from hyperface.training.loop import compile_tasks

    keras.utils.set_random_seed(seed)
    entrance = keras.Input((4,))
    outputs = {
        task.name: keras.layers.Dense(task.outputs, task.activation, name=task.name)(entrance)
        for task in TASKS.values()
    }
    model = keras.Model(entrance, outputs, name="five")
    compile_tasks(model, LOSS_WEIGHTS, optimization(schedule="constant"), 1)
    return model


@pytest.mark.slow
def test_fit_and_evaluate_give_the_numbers_of_the_functions():
    model = five_headed()
    inputs = np.random.default_rng(6).normal(size=(6, 4)).astype(np.float32)
    targets = {task: random_batch(task, 6, 7 + n)[0] for n, task in enumerate(TASKS)}
    targets["gender"][:, -1] = 0  # nobody's gender is known
    answers = {task: np.array(ops.convert_to_numpy(x)) for task, x in model(inputs).items()}
    expected = {task: value(LOSSES[task], targets[task], answers[task]) for task in TASKS}
    total = (
        1 * expected["detection"]
        + 5 * expected["landmarks"]
        + 0.5 * expected["visibility"]
        + 5 * expected["pose"]
        + 2 * expected["gender"]
    )
    assert expected["gender"] == 0

    evaluated = model.evaluate(inputs, targets, batch_size=6, verbose=0, return_dict=True)
    fitted = model.fit(inputs, targets, batch_size=6, shuffle=False, verbose=0).history
    for task in TASKS:
        assert evaluated[f"{task}_loss"] == pytest.approx(expected[task], rel=1e-5), task
        assert fitted[f"{task}_loss"][0] == pytest.approx(expected[task], rel=1e-5), task
    assert evaluated["loss"] == pytest.approx(total, rel=1e-5)
    assert fitted["loss"][0] == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("task", TASKS)
def test_the_loss_of_bfloat16_outputs_is_float32(task):
    target, prediction = random_batch(task, 4, 11)
    rounded = ops.cast(prediction, "bfloat16")
    found = TaskLoss(task)(target, rounded)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    expected = value(LOSSES[task], target, ops.convert_to_numpy(ops.cast(rounded, "float32")))
    assert float(found) == pytest.approx(expected, rel=1e-6)


def test_config_round_trip():
    loss = keras.losses.deserialize(keras.losses.serialize(TaskLoss("pose")))
    assert isinstance(loss, TaskLoss)
    assert (loss.task, loss.name) == ("pose", "pose_loss")
    target, prediction = random_batch("pose", 3, 12)
    assert float(loss(target, prediction)) == pytest.approx(value(squared_loss, target, prediction))
