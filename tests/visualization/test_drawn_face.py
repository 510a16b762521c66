import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.record import Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.visualization.drawn_face import DrawnFace, drawn_face

BOX = np.array([1.0, 2, 3, 4])
POINTS = np.arange(42.0).reshape(21, 2)
POSE = np.array([0.1, 0.2, 0.3])


def found(score=0.987, female_probability=0.966):
    return DetectedFace(BOX, score, POINTS, np.ones(21), POSE, female_probability)


@pytest.mark.parametrize(
    ("score", "female", "label"),
    [
        (0.987, 0.966, "face 0.99, female 0.97"),  # each number with what it is of
        (1.0, 0.05, "face 1.00, male 0.95"),  # the probability of what is said, 1 - 0.05
        (0.5, 0.5, "face 0.50, female 0.50"),
        (0.5, np.nan, "face 0.50"),  # as of another program, or a network without the head
        (np.nan, 0.2, "male 0.80"),
        (np.nan, np.nan, ""),
    ],
)
def test_the_label_names_each_probability(score, female, label):
    assert drawn_face(found(score, female)).label == label


def test_the_label_of_a_face_in_a_video_begins_with_its_number():
    assert drawn_face(found(), track=0).label == "#0 face 0.99, female 0.97"
    assert drawn_face(found(np.nan, np.nan), track=12).label == "#12"


@pytest.mark.parametrize(("gender", "label"), [(0.0, "male"), (1.0, "female"), (np.nan, "")])
def test_an_annotated_gender_has_no_probability(gender, label):
    assert drawn_face(Face(BOX, gender=gender)).label == label


@pytest.mark.parametrize("face", [found(), Face(BOX, POINTS, np.ones(21), POSE)])
def test_box_landmarks_visibility_and_pose_are_unchanged(face):
    drawn = drawn_face(face)
    for name in ("box_xyxy", "landmarks", "visibility", "pose"):
        assert getattr(drawn, name) is getattr(face, name)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_moving_there_and_back_restores_a_face(x, y):
    face = DrawnFace(BOX, POINTS)
    offset = np.array([x, y])
    back = face.moved(offset).moved(-offset)
    np.testing.assert_allclose(back.box_xyxy, face.box_xyxy, atol=1e-9)
    np.testing.assert_allclose(back.landmarks, face.landmarks, atol=1e-9)
    assert DrawnFace().moved(offset).box_xyxy is None


def test_scaling_multiplies_x_and_y_by_their_factors():
    drawn = DrawnFace(BOX, POINTS[:2]).scaled(np.array([2, 10]))
    assert drawn.box_xyxy.tolist() == [2, 20, 6, 40]
    assert drawn.landmarks.tolist() == [[0, 10], [4, 30]]
    assert DrawnFace().scaled(np.array([2, 10])).landmarks is None
