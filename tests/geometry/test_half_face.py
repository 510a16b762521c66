import numpy as np
import pytest

from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.half_face import is_half, profile_views, view_at
from hyperface.geometry.landmarks import MIRROR
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix

LEFT_HALF = np.isin(np.arange(21), [0, 1, 2, 6, 7, 8, 13, 14, 17, 18, 20])


def points_of(roll, pitch, yaw, scale=40.0):
    rotation = rotation_matrix(*np.radians([roll, pitch, yaw]))
    return WeakPerspective(scale, rotation, np.array([100.0, 90.0])).project(MEAN_FACE)


@pytest.mark.parametrize("yaw", [-90, -75, -60, -45])
@pytest.mark.parametrize("roll", [-30, 0, 20])
def test_profile_turned_to_the_right(roll, yaw):
    points = points_of(roll, -5, yaw)
    (view,) = profile_views(points[None], LEFT_HALF[None], np.array([False]))
    # The views that are more usual draw the angles a little to them.
    np.testing.assert_allclose(np.degrees(view.pose), [roll, -5, yaw], atol=10)
    assert view.scale == pytest.approx(40, rel=0.1)


def test_profile_turned_to_the_left_is_the_mirror_image():
    points = points_of(10, -5, -70)
    mirrored = (points * (-1, 1) + (200, 0))[MIRROR]
    use = LEFT_HALF[MIRROR]
    right, left = profile_views(
        np.stack([points, mirrored]), np.stack([LEFT_HALF, use]), np.array([False, True])
    )
    np.testing.assert_allclose(left.pose, right.pose * (-1, 1, -1), atol=1e-9)
    assert left.scale == pytest.approx(right.scale)
    np.testing.assert_allclose(left.shift, (200 - right.shift[0], right.shift[1]))


def test_size_and_place_of_the_face_do_not_matter():
    points = points_of(10, -5, -70)
    larger = points * 7 + 1000
    views = profile_views(
        np.stack([points, larger]), np.stack([LEFT_HALF] * 2), np.array([False] * 2)
    )
    np.testing.assert_allclose(views[0].pose, views[1].pose, atol=1e-9)
    assert views[1].scale == pytest.approx(7 * views[0].scale)


def test_view_with_the_true_angles_is_the_true_view():
    points = points_of(15, -20, 65)
    view = view_at(points, LEFT_HALF, *np.radians([-20, 65]))
    np.testing.assert_allclose(np.degrees(view.pose), [15, -20, 65])
    assert view.scale == pytest.approx(40)
    np.testing.assert_allclose(view.shift, [100, 90])
    np.testing.assert_allclose(view.project(MEAN_FACE), points)


def test_is_half_ignores_the_middle_line():
    assert is_half(LEFT_HALF)
    assert is_half(LEFT_HALF[MIRROR])
    assert is_half(np.isin(np.arange(21), [14, 18, 20]))  # the middle line
    assert not is_half(np.isin(np.arange(21), [7, 10]))
