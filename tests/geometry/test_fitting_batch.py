import numpy as np
import pytest

from hyperface.geometry.fitting import WeakPerspective, fit_many, fit_weak_perspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.rectangle import face_rectangle_xyxy, rectangle_of_view_xyxy


@pytest.fixture(scope="module")
def faces():
    """Noisy landmarks of 60 faces, (60, 21, 2), and which of them are labeled."""
    rng = np.random.default_rng(3)
    angles = np.radians(rng.uniform([-170, -50, -85], [170, 50, 85], (60, 3)))
    points = np.stack(
        [
            WeakPerspective(scale, rotation_matrix(*pose), shift).project(MEAN_FACE)
            for scale, pose, shift in zip(
                rng.uniform(5, 200, 60), angles, rng.uniform(-300, 300, (60, 2)), strict=True
            )
        ]
    )
    points += rng.normal(0, 0.5, points.shape)
    use = np.ones((60, 21), bool)
    use[20:40, [12, 16]] = False
    use[40:] = np.isin(np.arange(21), [7, 10, 14, 17, 19])
    points[~use] = np.nan
    return points, use


def test_a_batch_of_fits_equals_single_fits(faces):
    for view, points, use in zip(fit_many(*faces), *faces, strict=True):
        single = fit_weak_perspective(points, use)
        assert view.scale == pytest.approx(single.scale, rel=1e-4)
        np.testing.assert_allclose(view.rotation, single.rotation, atol=1e-3)
        np.testing.assert_allclose(view.shift, single.shift, atol=1e-3 * single.scale)


def test_rectangle_is_that_of_the_points(faces):
    for view, points, use in zip(fit_many(*faces), *faces, strict=True):
        np.testing.assert_allclose(
            rectangle_of_view_xyxy(view), face_rectangle_xyxy(points, use), atol=0.01 * view.scale
        )


def test_faces_do_not_influence_each_other(faces):
    points, use = faces
    together, alone = fit_many(points, use)[7], fit_many(points[7:8], use[7:8])[0]
    assert together.scale == pytest.approx(alone.scale)
    np.testing.assert_allclose(together.rotation, alone.rotation, atol=1e-9)


def test_unusable_faces_are_none_and_the_others_keep_their_place(faces):
    points, use = faces[0][:5].copy(), faces[1][:5].copy()
    use[0, 3:] = False  # three points
    points[1] = 12.5  # all in one place
    points[3, 8, 0] = np.nan
    views = fit_many(points, use)
    assert [view is None for view in views] == [True, True, False, True, False]
    assert views[4].scale == pytest.approx(fit_weak_perspective(points[4], use[4]).scale, rel=1e-4)


def test_an_empty_batch_gives_no_fits():
    assert fit_many(np.zeros((0, 21, 2)), np.zeros((0, 21), bool)) == []
    assert fit_many(np.zeros((2, 21, 2)), np.zeros((2, 21), bool)) == [None, None]
