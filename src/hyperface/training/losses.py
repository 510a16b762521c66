"""The five losses, as in the paper's section 2.2, for labels that may be missing.

Targets are shaped as in `hyperface.regions.encoding`: their last column says what is labeled. The
loss of a task is the mean over the rows of the batch that are labeled for it, so that the tasks'
weights mean the same in any mix of data sets; without such rows it is 0. A *missing* landmark
leaves the sum and its N, an *invisible* one stays in N.
"""

import keras
from keras import ops

SMALLEST_PROBABILITY = 1e-7  # probabilities are clipped to this before the logarithm


def classification_loss(target, probabilities):
    """Cross-entropy: -(1 - t) log p_0 - t log p_1 (equations 1 and 5).

    Args:
        target: (B, 2), class 0 or 1, labeled.
        probabilities: (B, 2), after the softmax.
    """
    truth, labeled = target[:, 0], target[:, 1]
    log = ops.log(ops.clip(probabilities, SMALLEST_PROBABILITY, 1.0))
    return _mean_of_rows(-(1 - truth) * log[:, 0] - truth * log[:, 1], labeled)


def landmarks_loss(target, prediction):
    """1/(2N) sum_i v_i ((x'_i - a_i)^2 + (y'_i - b_i)^2), v the row's own visibility (equation 2).

    Args:
        target: (B, N, 4), x, y in region units, visible, labeled.
        prediction: (B, 2N), x and y of each landmark.
    """
    visible, labeled = target[:, :, 2], target[:, :, 3]
    error = ops.reshape(prediction, (-1, target.shape[1], 2)) - target[:, :, :2]
    squared = ops.sum(ops.square(error), axis=-1)  # (B, N)
    count = ops.sum(labeled, axis=1)
    row = ops.sum(visible * labeled * squared, axis=1) / (2 * ops.maximum(count, 1))
    return _mean_of_rows(row, ops.cast(count > 0, row.dtype))


def squared_loss(target, prediction):
    """1/N sum_i (x'_i - x_i)^2 of the visibility (equation 3) or of the three angles (equation 4).

    A missing value leaves the sum and its N.

    Args:
        target: (B, N, 2), the value, which is 0 or 1 or in radians, labeled.
        prediction: (B, N).
    """
    values, labeled = target[..., 0], target[..., 1]
    count = ops.sum(labeled, axis=1)
    row = ops.sum(labeled * ops.square(prediction - values), axis=1) / ops.maximum(count, 1)
    return _mean_of_rows(row, ops.cast(count > 0, row.dtype))


LOSSES = {
    "detection": classification_loss,
    "landmarks": landmarks_loss,
    "visibility": squared_loss,
    "pose": squared_loss,
    "gender": classification_loss,
}


@keras.saving.register_keras_serializable("hyperface")
class TaskLoss(keras.losses.Loss):
    """The loss of one task for Keras; it is already a mean, so Keras does not reduce it."""

    def __init__(self, task: str, name: str | None = None):
        super().__init__(name=name or f"{task}_loss", reduction=None, dtype="float32")
        self.task = task

    def call(self, y_true, y_pred):
        """The scalar loss of a batch."""
        return LOSSES[self.task](y_true, y_pred)

    def get_config(self):
        """The configuration from which Keras rebuilds the loss."""
        return {"task": self.task, "name": self.name}


def _mean_of_rows(row, labeled):
    return ops.sum(row * labeled) / ops.maximum(ops.sum(labeled), 1)
