import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperface.geometry.pose import (
    ANGLES,
    angle_difference,
    euler_angles,
    mirror_pose,
    rotation_matrix,
    wrapped,
)

HALF, ROOT = 0.5, np.sqrt(3) / 2  # sine and cosine of 30 degrees
NOSE, CROWN = np.array([0, 0, 1]), np.array([0, 1, 0])  # directions of a frontal head
THIRTY = np.radians(30)

half_turn = st.floats(-np.pi + 1e-3, np.pi - 1e-3)
poses = st.tuples(half_turn, st.floats(np.radians(-89), np.radians(89)), half_turn)


def test_the_order_of_the_angles_is_roll_pitch_yaw():
    assert ANGLES == ("roll", "pitch", "yaw")


def test_a_frontal_pose_has_no_rotation():
    np.testing.assert_array_equal(rotation_matrix(0, 0, 0), np.eye(3))


def test_positive_yaw_turns_the_nose_to_the_images_left():
    rotation = rotation_matrix(0, 0, THIRTY)
    np.testing.assert_allclose(rotation @ NOSE, [-HALF, 0, ROOT], atol=1e-12)
    np.testing.assert_allclose(rotation @ CROWN, CROWN, atol=1e-12)


def test_positive_pitch_lifts_the_nose():
    rotation = rotation_matrix(0, THIRTY, 0)
    np.testing.assert_allclose(rotation @ NOSE, [0, HALF, ROOT], atol=1e-12)
    np.testing.assert_allclose(rotation @ CROWN, [0, ROOT, -HALF], atol=1e-12)


def test_positive_roll_turns_clockwise_in_the_image():
    rotation = rotation_matrix(THIRTY, 0, 0)
    # Clockwise: the crown falls to the image's right (y is up here).
    np.testing.assert_allclose(rotation @ CROWN, [HALF, ROOT, 0], atol=1e-12)
    np.testing.assert_allclose(rotation @ NOSE, NOSE, atol=1e-12)


def test_yaw_comes_first_and_roll_last():
    roll, pitch, yaw = 0.3, -0.5, 0.7
    one_by_one = rotation_matrix(roll, 0, 0) @ rotation_matrix(0, pitch, 0)
    one_by_one = one_by_one @ rotation_matrix(0, 0, yaw)
    np.testing.assert_allclose(rotation_matrix(roll, pitch, yaw), one_by_one, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(poses)
def test_the_rotation_matrix_is_a_rotation(pose):
    rotation = rotation_matrix(*pose)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


@settings(deadline=None, max_examples=30)
@given(poses)
def test_angles_round_trip(pose):
    np.testing.assert_allclose(euler_angles(rotation_matrix(*pose)), pose, atol=1e-9)


@pytest.mark.parametrize("pitch", [-np.pi / 2, np.pi / 2])
def test_angles_are_finite_straight_up_and_down(pitch):
    rotation = rotation_matrix(0.2, pitch, 0.1)
    angles = euler_angles(rotation * (1 + 1e-12))  # rounding may carry a sine beyond 1
    assert np.isfinite(angles).all()
    assert angles[1] == pytest.approx(pitch, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(poses)
def test_mirror_is_the_mirrored_head(pose):
    flip = np.diag([-1, 1, 1])
    np.testing.assert_allclose(
        rotation_matrix(*mirror_pose(pose)), flip @ rotation_matrix(*pose) @ flip, atol=1e-12
    )


def test_mirror_by_hand():
    poses = np.array([[0.1, 0.2, 0.3], [-0.4, np.nan, 0]], np.float32)
    mirrored = mirror_pose(poses)
    np.testing.assert_array_equal(
        mirrored, np.array([[-0.1, 0.2, -0.3], [0.4, np.nan, 0]], np.float32)
    )
    assert mirrored.dtype == np.float32


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(10, 10, 0), (10, -10, 20), (179, -179, 2), (-170, 170, 20), (0, 180, 180)],
)
def test_the_difference_of_angles_is_at_most_half_a_turn(first, second, expected):
    first, second = np.array(first), np.array(second)
    assert angle_difference(first, second, 360) == pytest.approx(expected)
    radians = angle_difference(np.radians(first), np.radians(second))
    assert radians == pytest.approx(np.radians(expected))


def test_wrapped_angles_lie_within_half_a_turn():
    np.testing.assert_allclose(wrapped(np.array([190, -190, 20, 380]), 360), [-170, 170, 20, 20])
