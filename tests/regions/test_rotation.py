import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.record import Face
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.regions.cropping import crop_region
from hyperface.regions.rotation import Rotation, crop_rotated_region

QUARTER = np.pi / 2


def test_a_quarter_rotation_moves_right_to_bottom():
    rotation = Rotation(QUARTER, np.array([10.0, 20.0]))
    # Clockwise as seen: what is right of the center goes below it, what is below goes left.
    np.testing.assert_allclose(rotation.points([[13.0, 20.0]]), [[10, 23]])
    np.testing.assert_allclose(rotation.points([[10.0, 24.0]]), [[6, 20]])


@given(st.floats(-3, 3), st.floats(-50, 50), st.floats(-50, 50))
def test_the_inverse_undoes_a_rotation(angle, x, y):
    rotation = Rotation(angle, np.array([3.0, -7.0]))
    np.testing.assert_allclose(
        rotation.inverse().points(rotation.points([x, y])), [x, y], atol=1e-9
    )


@given(st.floats(-0.7, 0.7), st.floats(-0.6, 0.6), st.floats(-0.5, 0.5), st.floats(-1, 1))
def test_a_rotated_face_is_the_face_with_more_roll(angle, roll, pitch, yaw):
    shift = np.array([100.0, 80.0])

    def seen(total_roll):
        view = WeakPerspective(20.0, rotation_matrix(total_roll, pitch, yaw), shift)
        points = view.project(MEAN_FACE)
        pose = np.array([total_roll, pitch, yaw], np.float32)
        return Face(rectangle_of_view_xyxy(view), points.astype(np.float32), pose=pose)

    face = seen(roll)
    center = (face.box_xyxy[:2] + face.box_xyxy[2:]) / 2
    rotated = Rotation(angle, center).face(face)
    expected = seen(roll + angle)
    np.testing.assert_allclose(rotated.pose, expected.pose, atol=1e-5)
    # The same head, but rotated about the center of its box instead of between its eyes.
    moved = center - (expected.box_xyxy[:2] + expected.box_xyxy[2:]) / 2
    np.testing.assert_allclose(rotated.landmarks, expected.landmarks + moved, atol=1e-3)
    size = expected.box_xyxy[2:] - expected.box_xyxy[:2]
    np.testing.assert_allclose(face.box_xyxy[2:] - face.box_xyxy[:2], size, atol=1e-3)


def test_missing_labels_stay_missing():
    landmarks = np.full((21, 2), np.nan, np.float32)
    landmarks[14] = 5, 9
    face = Face(np.array([0, 0, 10, 10], np.float32), landmarks)
    rotated = Rotation(QUARTER, np.array([5.0, 5.0])).face(face)
    np.testing.assert_allclose(rotated.landmarks[14], [1, 5], atol=1e-5)
    assert np.isnan(rotated.landmarks[:14]).all()
    assert np.isnan(rotated.pose).all()


def test_roll_wraps_at_180_degrees():
    face = Face(np.array([0, 0, 10, 10], np.float32), pose=np.array([3.0, 0, 0], np.float32))
    rotated = Rotation(1.0, np.array([5.0, 5.0])).face(face)
    assert rotated.pose[0] == pytest.approx(4.0 - 2 * np.pi)


def test_no_rotation_crops_like_crop_region():
    smooth = np.indices((120, 160)).sum(0) / 280 * 255
    image = np.repeat(smooth[..., None], 3, axis=2).astype(np.uint8)
    box = np.array([20, 10, 90, 100])
    plain = crop_region(image, box).astype(int)
    rotated = crop_rotated_region(image, box, Rotation(0.0, np.array([50.0, 50.0]))).astype(int)
    assert np.abs(plain - rotated).max() <= 1


@pytest.mark.parametrize(("quarters", "numpy_quarters"), [(1, -1), (2, 2), (-1, 1)])
def test_quarter_rotations_are_exact(quarters, numpy_quarters, monkeypatch):
    monkeypatch.setattr("hyperface.regions.rotation.REGION_SIDE", 40)
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    rotation = Rotation(quarters * QUARTER, np.array([20.0, 20.0]))
    rotated = crop_rotated_region(image, np.array([0, 0, 40, 40]), rotation)
    expected = np.rot90(image, numpy_quarters)
    assert np.abs(rotated.astype(int) - expected).max() <= 1


def test_the_outside_repeats_the_nearest_edge():
    image = np.full((50, 50, 3), 200, np.uint8)
    rotated = crop_rotated_region(
        image, np.array([0, 0, 50, 50]), Rotation(0.5, np.array([25.0, 25.0]))
    )
    assert rotated.shape == (227, 227, 3)
    assert (rotated == 200).all()


def test_a_shrunk_crop_is_antialiased():
    image = np.zeros((908, 908, 3), np.uint8)
    image[:, ::2] = 255  # stripes of one pixel, which a quarter of the size cannot show
    rotated = crop_rotated_region(
        image, np.array([0, 0, 908, 908]), Rotation(0.3, np.array([454.0, 454.0]))
    )
    middle = rotated[60:160, 60:160].astype(float)
    assert middle.std() < 10
    assert abs(middle.mean() - 127.5) < 3
