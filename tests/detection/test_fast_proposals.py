import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.detection import fast_proposals
from hyperface.detection.fast_proposals import (
    LARGEST,
    MARGIN,
    FastProposals,
    FastSettings,
    levels,
    separate_places,
)
from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.models.proposal_network import STRIDE, WINDOW


class BrightInside:
    """Stands in for the network: likely is a window that is bright inside and dark at its edge."""

    def predict_on_batch(self, images):
        gray = images[..., 0].astype(float) / 255
        windows = np.lib.stride_tricks.sliding_window_view(gray, (WINDOW, WINDOW), (1, 2))
        windows = windows[:, ::STRIDE, ::STRIDE]
        inside = windows[..., 4:-4, 4:-4]
        edge = windows.sum((3, 4)) - inside.sum((3, 4))
        likely = inside.mean((3, 4)) * (1 - edge / (WINDOW**2 - (WINDOW - 8) ** 2))
        return np.stack([1 - likely, likely], axis=-1)


def insides(windows):
    """The part of each window that is to be bright."""
    edge = 4 / WINDOW * (windows[:, 2:] - windows[:, :2])
    return np.hstack([windows[:, :2] + edge, windows[:, 2:] - edge])


def test_levels_and_windows_by_hand():
    image = np.zeros((200, 300, 3), np.uint8)
    first, second, *others = levels(image, FastSettings(smallest=15.5, step=2.0))
    # Twice as large, so that 31 pixels are 15.5 of the image; 7 pixels around it.
    assert first.image.shape == (400 + 14, 600 + 14, 3)
    assert first.windows_xyxy(np.array([0]), np.array([0])).tolist() == [[-3.5, -3.5, 12, 12]]
    assert first.windows_xyxy(np.array([4]), np.array([2])).tolist() == [[0.5, 4.5, 16, 20]]
    assert second.image.shape == (200 + 14, 300 + 14, 3)
    assert second.windows_xyxy(np.array([2]), np.array([3])).tolist() == [[5, 1, 36, 32]]
    # 15.5, 31, 62, 124, 248; the next, 496, would be more than 1.4 times 200.
    assert len(others) == 3


def test_a_large_image_is_searched_smaller():
    first = next(levels(np.zeros((600, 3200, 3), np.uint8), FastSettings(smallest=31)))
    assert first.image.shape == (150 + 14, 800 + 14, 3)
    (window,) = first.windows_xyxy(np.array([2]), np.array([2]))
    assert window.tolist() == [4, 4, 128, 128]


@given(st.integers(1, 120), st.integers(1, 120))
def test_images_of_any_size_have_a_window_and_large_faces_theirs(width, height):
    found = list(levels(np.zeros((height, width, 3), np.uint8), FastSettings()))
    assert found
    for level in found:
        assert min(level.image.shape[:2]) >= WINDOW
        assert min(level.margin) >= MARGIN
    largest = max(WINDOW * min(level.zoom) for level in found)
    assert largest >= max(24, LARGEST * min(width, height)) / FastSettings().step * 0.9


@pytest.mark.parametrize("side", [28, 40, 70, 130])
@pytest.mark.parametrize("place", [(9, 5), (60, 33), (20, 60)])
def test_a_bright_square_of_any_size_and_place_is_proposed(side, place):
    image = np.zeros((200, 260, 3), np.uint8)
    left, top = place
    image[top : top + side, left : left + side] = 255
    proposals = FastProposals(BrightInside(), FastSettings(threshold=0.5, most=20)).propose(image)
    square = [[left, top, left + side, top + side]]
    assert iou_matrix_xyxy(square, insides(proposals)).max() > 0.6
    assert len(proposals) <= 20
    assert proposals.dtype == np.float32


def test_the_likeliest_come_first_and_overlap_little():
    image = np.zeros((120, 160, 3), np.uint8)
    image[20:60, 20:60] = 120
    image[60:110, 90:140] = 255
    proposals = FastProposals(BrightInside(), FastSettings(overlap=0.3)).propose(image)
    assert iou_matrix_xyxy([[90, 60, 140, 110]], proposals[:1])[0, 0] > 0.3
    between = iou_matrix_xyxy(proposals, proposals)
    assert (between[~np.eye(len(between), dtype=bool)] <= 0.3).all()


def test_separate_places_by_hand():
    boxes = np.array(
        [[0, 0, 10, 10], [0, 1, 10, 11], [9, 0, 19, 10], [50, 0, 60, 10], [5, 0, 15, 10]]
    )
    scores = np.array([0.99, 0.98, 0.97, 0.96, 0.99])
    # The first takes the second (IoU 9/11) and the last (1/3), but not the third (1/19).
    assert separate_places(boxes, scores, 0.97) == 2
    assert separate_places(boxes, scores, 0.9) == 3
    assert separate_places(boxes, scores, 1.0) == 0


def test_a_crowd_gets_proposals_in_proportion():
    image = np.zeros((160, 320, 3), np.uint8)
    for x in range(8, 320, 40):  # sixteen bright squares
        for y in (24, 104):
            image[y : y + 24, x : x + 24] = 255
    squares = np.array([[x, y, x + 24, y + 24] for x in range(8, 320, 40) for y in (24, 104)])

    def seen(crowd):
        settings = FastSettings(most=8, smallest=28, sure=0.6, crowd=crowd)
        proposals = FastProposals(BrightInside(), settings).propose(image)
        return len(proposals), (iou_matrix_xyxy(squares, insides(proposals)).max(1) > 0.5).sum()

    assert seen(crowd=100) == (8, 8)
    assert seen(crowd=8) == (16, 16)


def test_what_looks_like_faces_everywhere_does_not_take_forever(monkeypatch):
    monkeypatch.setattr(fast_proposals, "MOST_TIMES", 2)

    class Everywhere:
        def predict_on_batch(self, images):
            rows, columns = ((side - WINDOW) // STRIDE + 1 for side in images.shape[1:3])
            return np.tile([0.0, 1.0], (1, rows, columns, 1))

    settings = FastSettings(most=5, considered=400)
    image = np.zeros((300, 300, 3), np.uint8)
    assert len(FastProposals(Everywhere(), settings).propose(image)) <= 2 * 5


def test_nothing_likely_is_no_proposal():
    dark = np.zeros((50, 50, 3), np.uint8)
    assert FastProposals(BrightInside()).propose(dark).shape == (0, 4)


def test_a_network_that_answers_with_no_number_is_refused():
    class Spoilt(BrightInside):
        def predict_on_batch(self, images):
            return np.full_like(super().predict_on_batch(images), np.nan)

    with pytest.raises(UserError, match="no finite numbers"):
        FastProposals(Spoilt()).propose(np.zeros((60, 60, 3), np.uint8))
