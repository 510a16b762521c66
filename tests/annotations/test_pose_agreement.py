import numpy as np
import pytest

from hyperface.annotations.pose_agreement import compare_poses
from hyperface.annotations.record import AnnotatedImage, Face


@pytest.fixture
def data_set(face_landmarks):
    """Thirty faces whose annotated pose is a function of the true one, degrees."""

    def make(annotated, source="set", landmarks=slice(None)):
        images = []
        for number in range(30):
            true = np.array([number % 7 - 3, number % 5 * 4 - 8, number * 2 - 30.0])
            points = np.full((21, 2), np.nan)
            points[landmarks] = face_landmarks(*true)[landmarks]
            pose = np.radians(annotated(true)).astype(np.float32)
            face = Face(np.zeros(4), points, pose=pose)
            images.append(AnnotatedImage(None, str(number), source, 200, 150, (face,)))
        return images

    return make


def test_angles_that_agree(data_set):
    roll, pitch, yaw = compare_poses(data_set(lambda true: true + np.array([0.5, -0.5, 1])))
    assert [row.angle for row in (roll, pitch, yaw)] == ["roll", "pitch", "yaw"]
    assert yaw.faces == 30
    assert np.degrees(yaw.difference) == pytest.approx(1, abs=0.05)
    assert yaw.correlation > 0.99
    assert [row.fault for row in (roll, pitch, yaw)] == [None, None, None]
    assert np.isnan(roll.correlation)  # it varies by two degrees: no evidence of a sign


def test_an_opposite_sign_is_reported(data_set):
    (row,) = compare_poses(data_set(lambda true: true * [1, 1, -1]))
    assert row.angle == "yaw"
    assert row.correlation < -0.99
    assert "opposite" in row.fault


def test_angles_far_off_are_reported(data_set):
    rows = compare_poses(data_set(lambda true: true + np.array([0, 0, 40])))
    assert {row.angle: row.fault for row in rows} == {
        "yaw": "far from what the landmarks show",
    }


def test_a_pose_taken_from_the_fit_is_not_compared(data_set):
    assert compare_poses(data_set(lambda true: true)) == []


def test_too_few_faces_or_points_are_not_compared(data_set):
    assert compare_poses(data_set(lambda true: -true)[:10]) == []
    assert compare_poses(data_set(lambda true: -true, landmarks=slice(0, 3))) == []
    five = data_set(lambda true: -true, landmarks=[7, 10, 14, 17, 19])
    assert {row.angle for row in compare_poses(five)} == {"roll", "yaw"}  # too few for the pitch


def test_by_data_set(data_set):
    both = data_set(lambda true: -true, "b") + data_set(lambda true: true + 1, "a")
    assert [row.source for row in compare_poses(both)] == ["a"] * 3 + ["b"] * 3
