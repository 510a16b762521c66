import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hyperface.training.proposal_loss import ProposalLoss, focal_loss, giou_loss


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_focal_loss_by_hand():
    target, logit = np.float32([1, 0, 1]), np.float32([0, 0, np.log(3)])
    # p is 0.5, 0.5 and 0.75: 0.25 x 0.5^2 x log 2, 0.75 x 0.5^2 x log 2, 0.25 x 0.25^2 x log(4/3).
    expected = [0.0625 * np.log(2), 0.1875 * np.log(2), 0.015625 * np.log(4 / 3)]
    np.testing.assert_allclose(numbers(focal_loss(target, logit)), expected, rtol=1e-5)


def test_giou_loss_by_hand():
    one = np.log(np.float32([[1, 1, 1, 1], [1, 1, 1, 1], [2, 1, 2, 1]]))
    other = np.log(np.float32([[1, 1, 1, 1], [2, 2, 2, 2], [1, 2, 1, 2]]))
    # The same; 4 of 16, whose hull is the larger; a cross: 4 of 12, with a hull of 16.
    expected = [0, 1 - 4 / 16, 1 - 4 / 12 + 4 / 16]
    np.testing.assert_allclose(numbers(giou_loss(one, other)), expected, atol=1e-6)


def test_the_loss_by_hand():
    target = np.zeros((1, 4, 5), np.float32)
    target[0, :, 0] = [1, 0, -1, 1]
    output = np.zeros((1, 4, 5), np.float32)
    output[0, 0, 1:] = np.log(2)  # a GIoU loss of 0.75; the other face is exact
    output[0, 2] = 50  # is left out, however wrong
    focal = (2 * 0.0625 + 0.1875) * np.log(2)
    loss = numbers(ProposalLoss()(target, output))
    assert loss == pytest.approx((focal + 2 * 0.75) / 2, rel=1e-5)


def test_without_a_face_the_loss_is_the_scores_sum():
    target, output = np.zeros((2, 3, 5), np.float32), np.zeros((2, 3, 5), np.float32)
    assert numbers(ProposalLoss()(target, output)) == pytest.approx(
        6 * 0.1875 * np.log(2), rel=1e-5
    )


@given(arrays(np.float32, (2, 4), elements=st.floats(-100, 100, width=32)))
def test_giou_loss_is_from_0_to_2_whatever_the_boxes(logarithms):
    (loss,) = numbers(giou_loss(logarithms[:1], logarithms[1:]))
    assert -1e-5 <= loss <= 2 + 1e-5


def test_the_loss_is_rebuilt_from_its_config():
    loss = keras.losses.deserialize(keras.losses.serialize(ProposalLoss()))
    assert isinstance(loss, ProposalLoss)
