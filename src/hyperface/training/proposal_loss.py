"""The loss of the proposal detector: focal loss for the score, GIoU for the box."""

import keras
from keras import ops

from hyperface.proposals.locations import MAX_LOG
from hyperface.regions.assignment import FACE, LEFT_OUT

FOCAL_ALPHA, FOCAL_GAMMA = 0.25, 2.0  # Lin et al. 2017
BOX_WEIGHT = 2.0  # of the loss of the boxes


@keras.saving.register_keras_serializable("hyperface")
class ProposalLoss(keras.losses.Loss):
    """The sum over all locations, divided by the number of locations with a face.

    Target: (B, P, 5), as `hyperface.regions.assignment.assign` gives it.
    Output: (B, P, 5), the logit of the score and the logarithms of four distances.
    """

    def __init__(self) -> None:
        super().__init__(name="proposal_loss", reduction="sum")

    def call(self, y_true, y_pred):
        """A scalar; see the class."""
        state = y_true[..., 0]
        positive = ops.cast(state == FACE, y_pred.dtype)
        weight = ops.cast(state != LEFT_OUT, y_pred.dtype)
        number = ops.maximum(ops.sum(positive), 1.0)
        score = ops.sum(weight * focal_loss(positive, y_pred[..., 0]))
        box = ops.sum(positive * giou_loss(y_true[..., 1:], y_pred[..., 1:]))
        return (score + BOX_WEIGHT * box) / number

    def get_config(self):
        """The configuration from which Keras rebuilds the loss."""
        return {}


def focal_loss(target, logit):
    """-alpha_t (1 - p_t)^gamma log(p_t) of each location, by logit.

    The target is 1 for a face, 0 for background.
    """
    # log(p_t) = -softplus(-z), with z the logit of the true answer.
    z = logit * (2 * target - 1)
    alpha = FOCAL_ALPHA * target + (1 - FOCAL_ALPHA) * (1 - target)
    return alpha * ops.power(ops.sigmoid(-z), FOCAL_GAMMA) * ops.softplus(-z)


def giou_loss(target, output):
    """1 - GIoU (Rezatofighi et al. 2019) of two boxes around one point, from 0 to 2.

    Both are (..., 4) logarithms of the distances to left, top, right and bottom.
    """
    one = ops.exp(ops.clip(target, -MAX_LOG, MAX_LOG))
    other = ops.exp(ops.clip(output, -MAX_LOG, MAX_LOG))
    inner, outer = ops.minimum(one, other), ops.maximum(one, other)
    common, hull = _area(inner), _area(outer)
    union = _area(one) + _area(other) - common
    return 1 - common / union + (hull - union) / hull


def _area(distances):
    """(..., 4) distances -> (...)."""
    return (distances[..., 0] + distances[..., 2]) * (distances[..., 1] + distances[..., 3])
