import json
from pathlib import Path

import numpy as np
import pytest

from hyperface.errors import UserError
from hyperface.predictions.rows import faces_of_row, found_row

WHERE = Path("faces.jsonl")
FACE = {"box": [1, 2, 3, 4], "score": 0.5}


def read(entry):
    (face,) = faces_of_row({"image": "a.jpg", "faces": [entry]}, WHERE)
    return face


def test_what_was_written_is_read_back(found):
    written = [found(roll=30), found(x=90, female_probability=0.75)]
    row = json.loads(json.dumps(found_row("a.jpg", (640, 480), written, 1)))
    for face, before in zip(faces_of_row(row, WHERE), written, strict=True):
        np.testing.assert_allclose(face.box_xyxy, before.box_xyxy, atol=0.01)
        np.testing.assert_allclose(face.landmarks, before.landmarks, atol=0.01)
        np.testing.assert_allclose(face.visibility, before.visibility, atol=0.001)
        np.testing.assert_allclose(np.degrees(face.pose), np.degrees(before.pose), atol=0.01)
        assert face.score == pytest.approx(before.score, abs=1e-6)
        assert face.female_probability == pytest.approx(before.female_probability)


def test_a_box_and_a_score_are_enough():
    face = read(FACE)
    assert face.box_xyxy.tolist() == [1, 2, 3, 4]
    assert face.landmarks.shape == (21, 2)
    assert face.visibility.shape == (21,)
    for answer in (face.landmarks, face.visibility, face.pose, face.female_probability):
        assert np.isnan(answer).all()


def test_null_is_missing():
    entry = FACE | {"pose": {"yaw": 90, "roll": None}, "gender": {"female": None}}
    entry |= {"landmarks": [[None, None], *[[1, 2]] * 20], "visibility": [None, *[1] * 20]}
    face = read(entry)
    np.testing.assert_allclose(face.pose, [np.nan, np.nan, np.pi / 2])
    assert np.isnan(face.landmarks).all(axis=1).tolist() == [True, *[False] * 20]
    assert np.isnan(face.visibility[0])


def test_other_numbers_of_landmarks():
    points = [[float(n), 2.0 * n] for n in range(68)]
    face = read(FACE | {"landmarks": points})
    assert face.landmarks[20].tolist() == [8, 16]  # the chin
    assert face.landmarks[18].tolist() == [64, 128]  # the mean of 62 and 66
    assert np.isnan(face.landmarks[[12, 16]]).all()  # the ears
    face = read(FACE | {"landmarks": points[:5]})
    assert face.landmarks[[7, 10, 14, 17, 19], 0].tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(face.landmarks[0]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"box": [1, 2, 3]},
        {"box": [1, 2, 3, None]},
        {"box": None},
        {"score": None},
        {"score": "high"},
        {"score": float("nan")},
        {"landmarks": [[1, 2]] * 6},
        {"landmarks": [1] * 21},
        {"visibility": [1] * 5},
        {"pose": 3},
        {"gender": "male"},
        {"box": [179, 80, 92, 91]},  # x, y, width and height
        {"score": 10**400},
    ],
)
def test_an_invalid_face_is_a_user_error(wrong):
    with pytest.raises(UserError, match=r"faces\.jsonl: a face of a\.jpg cannot be used"):
        read(FACE | wrong)


@pytest.mark.parametrize("faces", [None, 3, ["face"], [None]])
def test_no_faces_at_all(faces):
    with pytest.raises(UserError, match="cannot be used"):
        faces_of_row({"image": "a.jpg", "faces": faces}, WHERE)
