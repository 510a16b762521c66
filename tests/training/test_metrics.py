from math import pi

import numpy as np
import pytest
from keras import ops

from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.tasks import TASKS
from hyperface.training.metrics import TaskMetric


def result(task, *batches):
    metric = TaskMetric(task)
    for target, prediction in batches:
        metric.update_state(np.asarray(target, np.float32), np.asarray(prediction, np.float32))
    return float(metric.result())


@pytest.mark.parametrize("task", ["detection", "gender"])
def test_accuracy_over_labeled_rows(task):
    target = [[1, 1], [0, 1], [1, 1], [0, 0]]
    prediction = [[0.2, 0.8], [0.3, 0.7], [0.4, 0.6], [0.1, 0.9]]
    assert result(task, (target, prediction)) == pytest.approx(2 / 3)


def test_landmark_error_is_the_mean_distance_of_visible_points_in_sides_of_the_region():
    target = np.zeros((2, 21, 4))
    target[0, :3, 2:] = 1
    target[0, 2, 3] = 0  # missing, whatever it says of being visible
    target[1, :, 3] = 1  # all invisible
    target[0, 0, :2] = 0.1, 0.1
    prediction = np.zeros((2, 21, 2))
    prediction[0, 0] = 0.4, 0.5  # 0.5 away
    prediction[0, 1] = -0.06, 0.08  # 0.1 away
    prediction[:, 2:] = 7
    assert result("landmarks", (target, prediction.reshape(2, 42))) == pytest.approx(0.6 / 2)


def test_visibility_accuracy_at_a_half():
    target = np.zeros((1, 21, 2))
    target[0, :4] = [[1, 1], [1, 1], [0, 1], [0, 1]]
    prediction = np.zeros((1, 21))
    prediction[0, :4] = 0.51, 0.49, 0.3, 0.7
    assert result("visibility", (target, prediction)) == pytest.approx(2 / 4)


def test_pose_error_is_in_degrees():
    target = np.zeros((1, 3, 2))
    target[0] = [[0, 1], [pi / 6, 1], [1.0, 0]]
    # 90 degrees in roll, 60 in pitch; yaw is not labeled.
    assert result("pose", (target, [[pi / 2, -pi / 6, 0]])) == pytest.approx((90 + 60) / 2)


def test_batches_count_by_what_is_labeled_in_them():
    first = ([[1, 1], [1, 1], [1, 1]], [[0, 1], [0, 1], [0, 1]])
    second = ([[1, 1], [1, 0], [1, 0]], [[1, 0], [1, 0], [1, 0]])
    assert result("gender", first, second) == pytest.approx(3 / 4)


@pytest.mark.parametrize("task", TASKS)
def test_a_metric_without_labels_is_nan(task):
    target = np.zeros((2, *TARGET_SHAPES[task]))
    prediction = np.ones((2, TASKS[task].outputs))
    assert np.isnan(result(task, (target, prediction)))
    assert np.isnan(result(task))


def test_reset_forgets():
    metric = TaskMetric("gender")
    metric.update_state(np.ones((2, 2), np.float32), np.array([[0.1, 0.9]] * 2, np.float32))
    assert float(metric.result()) == 1
    metric.reset_state()
    assert np.isnan(float(metric.result()))


@pytest.mark.parametrize("task", TASKS)
def test_named_as_the_table_says(task):
    assert TaskMetric(task).name == TASKS[task].metric
    assert TaskMetric(task, name="mine").name == "mine"


def test_bfloat16_answers_are_counted_in_float32():
    metric = TaskMetric("pose")
    target = np.ones((1, 3, 2), np.float32)
    metric.update_state(target, ops.cast(np.zeros((1, 3)), "bfloat16"))
    assert float(metric.result()) == pytest.approx(180 / pi)
