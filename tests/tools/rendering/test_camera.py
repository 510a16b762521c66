import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.geometry.fitting import fit_weak_perspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import face_rectangle_xyxy
from tools.rendering.camera import (
    facing,
    head_position,
    head_rotation,
    line_of_sight,
    project,
)

WIDTH, HEIGHT, FOCAL = 384, 288, 600.0
EYES = 0.06  # meters
ALL = np.ones(21, bool)
PIXEL = st.tuples(st.floats(20, 364), st.floats(20, 268))


def test_projection_has_the_values_worked_out_by_hand():
    points = np.array([[0, 0, -2.0], [0.5, 0, -2.0], [0, 0.5, -1.0]])
    expected = [[192, 144], [192 + 150, 144], [192, 144 - 300]]
    np.testing.assert_allclose(project(points, FOCAL, WIDTH, HEIGHT), expected)


@given(PIXEL)
def test_the_line_of_sight_passes_through_its_pixel(pixel):
    direction = line_of_sight(np.array(pixel), FOCAL, WIDTH, HEIGHT)
    assert np.linalg.norm(direction) == pytest.approx(1)
    np.testing.assert_allclose(project(direction[None] * 3, FOCAL, WIDTH, HEIGHT)[0], pixel)


@given(PIXEL)
def test_facing_rotates_the_axis_to_the_line_of_sight(pixel):
    direction = line_of_sight(np.array(pixel), FOCAL, WIDTH, HEIGHT)
    rotation = facing(direction)
    np.testing.assert_allclose(rotation @ [0, 0, -1], direction, atol=1e-12)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)


def seen(pose, side, center, focal=60000.0):
    """The mean face's landmarks in the image, by a lens so long that there is no perspective."""
    sight = line_of_sight(np.array(center), focal, WIDTH, HEIGHT)
    rotation = head_rotation(np.array(pose), sight)
    place = head_position(rotation, EYES, side, np.array(center), focal, WIDTH, HEIGHT)
    return project(MEAN_FACE * EYES @ rotation.T + place, focal, WIDTH, HEIGHT)


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(-1.4, 1.4), st.floats(30, 200), PIXEL)
def test_pose_and_box_are_recovered_from_the_projection(roll, pitch, yaw, side, center):
    points = seen((roll, pitch, yaw), side, center)
    pose = fit_weak_perspective(points, ALL).pose
    np.testing.assert_allclose(pose, (roll, pitch, yaw), atol=np.radians(1))
    box = face_rectangle_xyxy(points, ALL)
    half = side / 2
    expected = [center[0] - half, center[1] - half, center[0] + half, center[1] + half]
    np.testing.assert_allclose(box, expected, atol=0.02 * side)


def test_a_near_head_has_the_pose_relative_to_its_line_of_sight():
    points = seen((0, 0, 0.4), 100, (60, 60), focal=500.0)
    pose = fit_weak_perspective(points, ALL).pose
    np.testing.assert_allclose(np.degrees(pose), (0, 0, np.degrees(0.4)), atol=6)
