import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.geometry.pose import rotation_matrix
from tools.rendering.anatomy import (
    LANDMARK_VERTICES,
    NECK_PIVOT,
    axis_angle,
    bend,
    hairline,
    in_head_frame,
    landmarks_of,
    probes_of,
    rotate_about,
    share_of_head,
)

ANGLE = st.floats(-1.5, 1.5)
EYES = np.array([[-0.03, 0.0, 0.0], [0.03, 0.0, 0.0]])


def body():
    """Vertices that tell where they are: number n at (n, 2 n, -n)."""
    return np.arange(19158)[:, None] * np.array([1.0, 2.0, -1.0])


def test_there_are_21_landmarks_and_each_is_the_mean_of_its_vertices():
    points = landmarks_of(body())
    assert points.shape == (21, 3)
    assert points[0].tolist() == [261, 522, -261]
    assert points[18].tolist() == [480.5, 961, -480.5]  # mean of vertices 468 and 493
    assert len(LANDMARK_VERTICES) == 21


def test_the_heads_frame_starts_between_the_eyes():
    points = landmarks_of(in_head_frame(body()))
    np.testing.assert_allclose(points[7] + points[10], 0, atol=1e-9)


def test_probes_lie_over_the_skin():
    normals = np.tile([0.0, 0.0, 1.0], (19158, 1))
    probes, points = probes_of(body(), normals, 0.5), landmarks_of(body())
    others = [n for n in range(21) if n not in (17, 19)]
    np.testing.assert_allclose(probes[others], points[others] + [0, 0, 0.5])
    # The mouth's corners are looked at from beside the lips.
    np.testing.assert_allclose(probes[17], [379.5, 759, -379.5 + 0.5])


def test_the_chin_moves_with_the_head_and_the_collar_with_the_body():
    chin, collar, eyes = (0, -0.112, 0.003), (0, -0.26, -0.08), (0, 0, 0)
    np.testing.assert_allclose(share_of_head(np.array([chin, collar, eyes])), [1, 0, 1], atol=0.25)


@given(ANGLE, ANGLE, ANGLE)
def test_the_head_has_the_given_rotation(roll, pitch, yaw):
    head = rotation_matrix(roll, pitch, yaw)
    np.testing.assert_allclose(bend(EYES, head, np.eye(3)), EYES @ head.T, atol=1e-9)


def test_the_trunk_rotates_about_the_neck_with_the_body():
    head, trunk = rotation_matrix(0, 0, 0.9), rotation_matrix(0, 0, 0.3)
    foot = np.array([[0.1, -1.0, 0.0]])
    expected = (foot - NECK_PIVOT) @ trunk.T + head @ NECK_PIVOT
    np.testing.assert_allclose(bend(foot, head, trunk), expected, atol=1e-12)


@given(ANGLE, ANGLE, ANGLE)
def test_axis_and_angle_give_the_rotation_back(roll, pitch, yaw):
    rotation = rotation_matrix(roll, pitch, yaw)
    axis, angle = axis_angle(rotation)
    points = np.eye(3)
    turned = rotate_about(points, axis, np.full(3, angle))
    np.testing.assert_allclose(turned, points @ rotation.T, atol=1e-5)


def test_a_quarter_turn_has_the_values_worked_out_by_hand():
    turned = rotate_about(np.array([[1.0, 0, 0]]), np.array([0.0, 0, 1]), np.array([np.pi / 2]))
    np.testing.assert_allclose(turned, [[0, 1, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("place", "hairy"),
    [
        ((0, 0.1, -0.05), True),  # top
        ((0, 0.0, -0.19), True),  # back of the head
        ((0, 0.03, 0.01), False),  # forehead
        ((0, -0.07, 0.0), False),  # mouth
        ((0.07, -0.03, -0.06), False),  # cheek
    ],
)
def test_the_hairline_separates_scalp_and_face(place, hairy):
    assert (hairline(np.array(place)) > 0) == hairy
