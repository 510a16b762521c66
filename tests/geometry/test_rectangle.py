import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirroring import mirror_points, mirror_xyxy

from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.rectangle import BoxRule, face_rectangle_xyxy

ALL = np.ones(21, bool)
HALF, ROOT = 0.5, np.sqrt(3) / 2  # sine and cosine of 30 degrees


def landmarks(roll=0, pitch=0, yaw=0, scale=40.0, x=100.0, y=80.0):
    rotation = rotation_matrix(*np.radians([roll, pitch, yaw]))
    return WeakPerspective(scale, rotation, np.array([x, y])).project(MEAN_FACE)


def square(x, y, side):
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]


@pytest.mark.parametrize(
    ("pose", "x", "y"),
    [
        # The box's center, (0, -0.7, -0.5), and where each turn takes it, in eye distances.
        ({}, 0, -0.7),
        ({"roll": 90}, -0.7, 0),  # clockwise: what hangs below swings to the image's left
        ({"roll": 30}, -0.7 * HALF, -0.7 * ROOT),
        ({"yaw": 30}, 0.5 * HALF, -0.7),  # the nose goes left, what lies behind goes right
        ({"pitch": 30}, 0, -0.7 * ROOT - 0.5 * HALF),
    ],
)
def test_by_hand(pose, x, y):
    expected = square(100 + 40 * x, 80 - 40 * y, 2.5 * 40)
    np.testing.assert_allclose(face_rectangle_xyxy(landmarks(**pose), ALL), expected, atol=1e-4)


def test_frontal_in_pixels():
    np.testing.assert_allclose(
        face_rectangle_xyxy(landmarks(), ALL), [100 - 50, 108 - 50, 100 + 50, 108 + 50], atol=1e-4
    )


def test_the_rectangle_does_not_need_all_points():
    points, some = landmarks(yaw=40), np.isin(np.arange(21), [7, 10, 14, 17, 19])
    expected = face_rectangle_xyxy(points, ALL)
    points[~some] = np.nan
    np.testing.assert_allclose(face_rectangle_xyxy(points, some), expected, atol=1e-4)


def test_the_rectangle_may_extend_beyond_the_image():
    left, top, *_ = face_rectangle_xyxy(landmarks(x=10, y=0), ALL)
    assert (left, top) == pytest.approx((10 - 50, 28 - 50), abs=1e-4)


degrees = st.tuples(st.floats(-60, 60), st.floats(-45, 45), st.floats(-80, 80))


@settings(deadline=None, max_examples=20)
@given(degrees, st.floats(0.2, 5), st.floats(-300, 300), st.floats(-300, 300))
def test_the_rectangle_moves_and_scales_with_the_face(pose, factor, x, y):
    points = landmarks(*pose)
    moved = factor * points + [x, y]
    expected = factor * face_rectangle_xyxy(points, ALL) + [x, y, x, y]
    np.testing.assert_allclose(face_rectangle_xyxy(moved, ALL), expected, atol=1e-3)


@settings(deadline=None, max_examples=20)
@given(degrees)
def test_the_rectangle_is_mirrored_with_the_face(pose):
    points = landmarks(*pose)
    expected = mirror_xyxy(face_rectangle_xyxy(points, ALL), 640)
    np.testing.assert_allclose(
        face_rectangle_xyxy(mirror_points(points, 640), ALL), expected, atol=1e-3
    )


def test_refuses_what_cannot_be_fitted():
    with pytest.raises(ValueError, match="at least 4"):
        face_rectangle_xyxy(landmarks(), np.arange(21) < 3)


def test_rule_of_a_set_of_other_boxes():
    rule = BoxRule(side=0.5, right=0.1, down=-0.25)
    # 36 x 64: the square of its area has sides of 48, so half of it 24, around (28 + 3.6, 52 - 16).
    squares = rule.squares_xyxy(np.array([[10, 20, 46, 84], [0, 0, 0, 5]]))
    np.testing.assert_allclose(squares[0], [19.6, 24, 43.6, 48])
    assert squares[1].tolist() == [0, 0, 0, 5]  # whoever reads it says that it is empty


def test_rule_that_changes_nothing():
    box = np.array([10.0, 20, 40, 50])
    np.testing.assert_allclose(BoxRule(1).squares_xyxy(box), box)
