import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperface.geometry.boxes import (
    area_xyxy,
    clip_xyxy,
    containment_matrix_xyxy,
    iou_matrix_xyxy,
    scale_xyxy,
    xywh_to_xyxy,
    xyxy_to_xywh,
)

SIDE = 20  # of the image in which hypothesis places its boxes


@st.composite
def boxes_xyxy(draw, smallest=0):
    """Whole-pixel boxes inside an image of SIDE x SIDE."""
    left, top = draw(st.tuples(*2 * [st.integers(0, SIDE - smallest)]))
    right = draw(st.integers(left + smallest, SIDE))
    bottom = draw(st.integers(top + smallest, SIDE))
    return np.array([left, top, right, bottom], float)


def pixels(box):
    """The pixels that a whole-pixel box covers, as a mask."""
    left, top, right, bottom = box.astype(int)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top:bottom, left:right] = True
    return mask


def test_a_box_is_scaled_around_its_center():
    boxes = np.array([[0, 0, 10, 20], [4, 4, 4, 8]])
    np.testing.assert_allclose(scale_xyxy(boxes, 1.5), [[-2.5, -5, 12.5, 25], [4, 3, 4, 9]])
    assert scale_xyxy(np.zeros((0, 4)), 2).shape == (0, 4)


def test_containment_by_hand():
    first = np.array([[0, 0, 10, 10], [3, 3, 3, 8]])  # the second has no area
    second = np.array([[5, 5, 7, 7], [8, 0, 12, 10], [20, 20, 30, 30], [-5, -5, 15, 15]])
    np.testing.assert_allclose(
        containment_matrix_xyxy(first, second), [[1, 20 / 40, 0, 1], [0, 0, 0, 0]]
    )


@given(boxes_xyxy(smallest=1), boxes_xyxy(smallest=1))
def test_containment_counts_common_pixels(first, second):
    common, areas = (
        (pixels(first) & pixels(second)).sum(),
        (pixels(first).sum(), pixels(second).sum()),
    )
    both = (
        containment_matrix_xyxy(first[None], second[None]),
        containment_matrix_xyxy(second, first),
    )
    np.testing.assert_allclose(both, common / min(areas))


def test_sides_and_corners_by_hand():
    xywh = np.array([[10, 20, 30, 40], [-5, 0, 1, 2]])
    xyxy = np.array([[10, 20, 10 + 30, 20 + 40], [-5, 0, -5 + 1, 0 + 2]])
    np.testing.assert_array_equal(xywh_to_xyxy(xywh), xyxy)
    np.testing.assert_array_equal(xyxy_to_xywh(xyxy), xywh)


def test_area_by_hand():
    boxes = [[10, 20, 40, 60], [0, 0, 0, 5], [5, 0, 0, 5], [5, 5, 0, 0]]
    # The last is inverted twice: -5 * -5 is not an area.
    np.testing.assert_array_equal(area_xyxy(boxes), [30 * 40, 0, 0, 0])


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ([0, 0, 10, 10], 1),
        ([5, 5, 15, 15], 5 * 5 / (10 * 10 + 10 * 10 - 5 * 5)),
        ([0, 0, 5, 10], 5 * 10 / (10 * 10)),
        ([2, 2, 4, 4], 2 * 2 / (10 * 10)),
        ([10, 0, 20, 10], 0),  # they share an edge
        ([30, 30, 40, 40], 0),
        ([8, 8, 2, 2], 0),  # inverted
        ([3, 3, 3, 3], 0),
    ],
)
def test_overlap_by_hand(second, expected):
    assert iou_matrix_xyxy([[0, 0, 10, 10]], [second])[0, 0] == pytest.approx(expected)


def test_overlap_is_no_square_root_and_not_of_the_bounding_box():
    overlap = iou_matrix_xyxy([[0, 0, 10, 10]], [[5, 5, 15, 15]])[0, 0]
    assert overlap == pytest.approx(25 / 175)
    assert overlap != pytest.approx(np.sqrt(25 / 175))
    assert overlap != pytest.approx(25 / (15 * 15))


def test_overlap_takes_corners_not_sides():
    xywh = np.array([[0, 0, 10, 10], [5, 5, 10, 10]])
    converted = xywh_to_xyxy(xywh)
    assert iou_matrix_xyxy(converted[:1], converted[1:])[0, 0] == pytest.approx(25 / 175)
    # Sides read as corners would make the second box 5 x 5 and wholly inside the first.
    assert iou_matrix_xyxy(xywh[:1], xywh[1:])[0, 0] == pytest.approx(25 / 100)


def test_overlap_of_every_pair():
    first = [[0, 0, 10, 10], [0, 0, 1, 1]]
    second = [[0, 0, 10, 10], [0, 0, 10, 5], [20, 20, 30, 30]]
    np.testing.assert_allclose(
        iou_matrix_xyxy(first, second), [[1, 50 / 100, 0], [1 / 100, 1 / 50, 0]]
    )


def test_overlap_of_nothing():
    nothing, box = np.zeros((0, 4)), np.array([[0, 0, 0, 0]])
    assert iou_matrix_xyxy(nothing, box).shape == (0, 1)
    assert iou_matrix_xyxy(box, nothing).shape == (1, 0)
    np.testing.assert_array_equal(iou_matrix_xyxy(box, box), [[0]])  # an empty union


@settings(deadline=None, max_examples=25)
@given(boxes_xyxy(), boxes_xyxy())
def test_overlap_counts_pixels(first, second):
    both, either = pixels(first) & pixels(second), pixels(first) | pixels(second)
    expected = both.sum() / either.sum() if either.any() else 0
    assert iou_matrix_xyxy(first, second)[0, 0] == pytest.approx(expected)
    assert iou_matrix_xyxy(second, first)[0, 0] == pytest.approx(expected)


def test_clip_by_hand():
    boxes = [[-5, 10, 50, 99], [90, -1, 130, 80], [120, 90, 140, 95]]
    expected = [[0, 10, 50, 80], [90, 0, 100, 80], [100, 80, 100, 80]]
    np.testing.assert_array_equal(clip_xyxy(boxes, width=100, height=80), expected)


@settings(deadline=None, max_examples=25)
@given(boxes_xyxy(), st.integers(1, SIDE), st.integers(1, SIDE))
def test_clip_keeps_what_is_inside(box, width, height):
    clipped = clip_xyxy(box, width, height)
    assert area_xyxy(clipped) == pixels(box)[:height, :width].sum()
    np.testing.assert_array_equal(clip_xyxy(clipped, width, height), clipped)


@settings(deadline=None, max_examples=25)
@given(boxes_xyxy())
def test_sides_and_corners_round_trip(box):
    np.testing.assert_array_equal(xywh_to_xyxy(xyxy_to_xywh(box)), box)
    assert area_xyxy(box) == np.prod(xyxy_to_xywh(box)[2:])
