import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirroring import mirror_points

from hyperface.geometry.fitting import MIN_POINTS, WeakPerspective, fit_weak_perspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import mirror_pose, rotation_matrix

EARS, FIVE = [12, 16], [7, 10, 14, 17, 19]
USED = {
    "21": np.ones(21, bool),
    "19": ~np.isin(np.arange(21), EARS),
    "5": np.isin(np.arange(21), FIVE),
}
WIDTH = 640


@st.composite
def views(draw):
    """Any view of the mean face that the data sets' annotators could have labeled."""
    roll, pitch = draw(st.floats(-179, 179)), draw(st.floats(-49.9, 49.9))
    yaw = draw(st.floats(-84.9, 84.9))
    shift = np.array(draw(st.tuples(*2 * [st.floats(-1000, 1000)])))
    rotation = rotation_matrix(*np.radians([roll, pitch, yaw]))
    return WeakPerspective(draw(st.floats(3, 300)), rotation, shift)


def missing_elsewhere(points, use):
    return np.where(use[:, None], points, np.nan)


def test_projection_by_hand():
    frontal = WeakPerspective(40.0, np.eye(3), np.array([100.0, 80.0]))
    points = np.array([[0, 0, 0], [0.5, 0, 9], [0, -0.7, -0.5]])
    # The image's y points down; depth does not matter.
    expected = [[100, 80], [100 + 40 * 0.5, 80], [100, 80 + 40 * 0.7]]
    np.testing.assert_allclose(frontal.project(points), expected)
    np.testing.assert_allclose(frontal.pose, [0, 0, 0], atol=1e-12)


def test_projection_of_a_turned_head_by_hand():
    profile = WeakPerspective(40.0, rotation_matrix(0, 0, np.pi / 2), np.array([100.0, 80.0]))
    # yaw > 0: what lies in front (z) goes to the image's left.
    np.testing.assert_allclose(profile.project(np.array([[0, 0, 0.5]])), [[100 - 20, 80]])


@pytest.mark.parametrize("number", USED)
@settings(deadline=None, max_examples=25)
@given(view=views())
def test_the_fit_is_exact_on_projected_points(number, view):
    use = USED[number]
    fit = fit_weak_perspective(missing_elsewhere(view.project(MEAN_FACE), use), use)
    assert fit.scale == pytest.approx(view.scale, rel=1e-6)
    np.testing.assert_allclose(fit.rotation, view.rotation, atol=1e-6)
    np.testing.assert_allclose(fit.shift, view.shift, atol=1e-6 * view.scale)
    np.testing.assert_allclose(fit.pose, view.pose, atol=1e-5)


@pytest.mark.parametrize("number", USED)
@settings(deadline=None, max_examples=20)
@given(view=views())
def test_mirrored_points_have_the_mirrored_pose(number, view):
    use = USED[number]  # each of the three holds with every landmark its mirror image
    points = missing_elsewhere(view.project(MEAN_FACE), use)
    mirrored = fit_weak_perspective(mirror_points(points, WIDTH), use)
    np.testing.assert_allclose(mirrored.pose, mirror_pose(view.pose), atol=1e-5)
    np.testing.assert_allclose(mirrored.shift, [WIDTH - view.shift[0], view.shift[1]], atol=1e-3)


@settings(deadline=None, max_examples=20)
@given(view=views(), seed=st.integers(0, 1000))
def test_the_fit_is_close_on_noisy_points(view, seed):
    points = view.project(MEAN_FACE)
    noise = np.random.default_rng(seed).normal(0, 0.02 * view.scale, points.shape)
    fit = fit_weak_perspective(points + noise, USED["21"])
    turn = np.clip((np.trace(fit.rotation.T @ view.rotation) - 1) / 2, -1, 1)
    assert np.degrees(np.arccos(turn)) < 5
    assert fit.scale == pytest.approx(view.scale, rel=0.1)


def test_the_fit_is_a_least_squares_optimum():
    rng = np.random.default_rng(0)
    view = WeakPerspective(50.0, rotation_matrix(0.2, -0.3, 0.6), np.array([200.0, 150.0]))
    points = view.project(MEAN_FACE) + rng.normal(0, 3, (21, 2))

    def squares(fit):
        return np.square(fit.project(MEAN_FACE) - points).sum()

    best = fit_weak_perspective(points, USED["21"])
    for _ in range(50):
        scale = best.scale * np.exp(rng.normal(0, 0.02))
        rotation = best.rotation @ rotation_matrix(*rng.normal(0, 0.02, 3))
        near = WeakPerspective(scale, rotation, best.shift + rng.normal(0, 0.5, 2))
        assert squares(best) < squares(near)


@pytest.mark.parametrize("count", [0, 1, MIN_POINTS - 1])
def test_refuses_too_few_points(count):
    assert MIN_POINTS == 4
    points = WeakPerspective(50.0, np.eye(3), np.zeros(2)).project(MEAN_FACE)
    with pytest.raises(ValueError, match="at least 4"):
        fit_weak_perspective(points, np.arange(21) < count)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_refuses_a_used_point_that_is_not_finite(bad):
    points = WeakPerspective(50.0, np.eye(3), np.zeros(2)).project(MEAN_FACE)
    points[8, 1] = bad
    with pytest.raises(ValueError, match="finite"):
        fit_weak_perspective(points, USED["21"])
    fit_weak_perspective(points, np.arange(21) != 8)  # not used, not looked at


@pytest.mark.parametrize("number", USED)
def test_refuses_points_in_one_place(number):
    with pytest.raises(ValueError, match="coincide"):
        fit_weak_perspective(np.full((21, 2), 12.5), USED[number])


@pytest.mark.parametrize("yaw", [-60, -30, 0, 30, 60])
def test_fits_four_points_of_one_plane(yaw):
    # Eye centers and mouth corners leave open to which side the head is turned, nothing else.
    view = WeakPerspective(100.0, rotation_matrix(0, 0, np.radians(yaw)), np.zeros(2))
    use = np.isin(np.arange(21), [7, 10, 17, 19])
    points = view.project(MEAN_FACE)
    fit = fit_weak_perspective(points, use)
    assert fit.scale == pytest.approx(100, rel=0.01)
    np.testing.assert_allclose(fit.project(MEAN_FACE)[use], points[use], atol=0.5)
