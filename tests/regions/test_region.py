import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperface.regions.region import whole_pixels_xyxy


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ([10.4, 20.6, 30.2, 40.9], [10, 21, 30, 41]),
        ([-5, -7, 30, 40], [0, 0, 30, 40]),
        ([10, 20, 130, 90], [10, 20, 100, 80]),
        ([10.1, 20.1, 10.3, 20.3], [10, 20, 11, 21]),  # too small: a pixel remains
        ([-30, -30, -20, -20], [0, 0, 1, 1]),  # outside: the pixel next to it
        ([150, 150, 170, 170], [99, 79, 100, 80]),
    ],
)
def test_by_hand(box, expected):
    np.testing.assert_array_equal(whole_pixels_xyxy(box, width=100, height=80), expected)


edges = st.floats(-500, 500)


@settings(deadline=None, max_examples=30)
@given(st.tuples(edges, edges, edges, edges), st.integers(1, 300), st.integers(1, 300))
def test_always_inside_and_never_empty(box, width, height):
    left, top, right, bottom = whole_pixels_xyxy(box, width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


def test_many_at_once():
    boxes = whole_pixels_xyxy(np.full((2, 3, 4), [1.2, 2.2, 3.2, 4.2]), 10, 10)
    assert boxes.shape == (2, 3, 4)
    assert np.issubdtype(boxes.dtype, np.integer)
    assert whole_pixels_xyxy(np.zeros((0, 4)), 10, 10).shape == (0, 4)
