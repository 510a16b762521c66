"""The metric of each task during training, over labeled rows only."""

import math

import keras
from keras import ops

from hyperface.tasks import TASKS


def _classified(target, probabilities):
    right = ops.argmax(probabilities, axis=-1) == ops.cast(target[:, 0], "int32")
    return ops.cast(right, "float32"), target[:, 1]


def _distance(target, prediction):
    """Distance in sides of the region, over visible landmarks."""
    error = ops.reshape(prediction, (-1, target.shape[1], 2)) - target[:, :, :2]
    squared = ops.sum(ops.square(error), axis=-1)
    return ops.sqrt(squared), target[:, :, 2] * target[:, :, 3]


def _seen(target, prediction):
    right = (prediction > 0.5) == (target[:, :, 0] > 0.5)
    return ops.cast(right, "float32"), target[:, :, 1]


def _degrees(target, prediction):
    """Mean of the three angles' absolute errors, in degrees."""
    return ops.abs(prediction - target[:, :, 0]) * (180 / math.pi), target[:, :, 1]


_VALUES = {
    "detection": _classified,
    "landmarks": _distance,
    "visibility": _seen,
    "pose": _degrees,
    "gender": _classified,
}


@keras.saving.register_keras_serializable("hyperface")
class TaskMetric(keras.metrics.Metric):
    """The mean of a task's metric over labeled rows; NaN without any."""

    def __init__(self, task: str, name: str | None = None):
        super().__init__(name=name or TASKS[task].metric, dtype="float32")
        self.task = task
        self._values = _VALUES[task]
        self._total = self.add_weight(name="total", initializer="zeros")
        self._count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch; `sample_weight` is not used, since targets say what is labeled."""
        values, weight = self._values(y_true, ops.cast(y_pred, "float32"))
        self._total.assign_add(ops.sum(values * weight))
        self._count.assign_add(ops.sum(weight))

    def result(self):
        """The mean so far; NaN without labeled rows."""
        mean = self._total / ops.maximum(self._count, 1)
        return ops.where(self._count > 0, mean, float("nan"))

    def get_config(self):
        """The configuration from which Keras rebuilds the metric."""
        return {"task": self.task, "name": self.name}
