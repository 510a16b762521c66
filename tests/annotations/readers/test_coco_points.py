import numpy as np
import pytest

from hyperface.annotations.readers.coco_points import (
    _SPELLINGS,
    handedness,
    key_points_of,
    similar_name,
)
from hyperface.geometry.landmarks import LANDMARK_NAMES, MIRROR


@pytest.mark.parametrize(
    ("names", "landmark"),
    [
        ("left_eye leftEye eye_left l_eye LEye eyeL left-eye-center left_pupil", 7),
        ("right_eye reye right_eye_center right_eye_centre", 10),
        ("left_eye_outer left_eye_outer_corner outer_left_eye", 6),
        ("left_eye_inner", 8),
        ("right_eye_inner_corner", 9),
        ("right_eye_outer", 11),
        ("left_eyebrow_outer", 0),
        ("left_brow_center", 1),
        ("right_brow_inner", 3),
        ("nose nose_tip noseTip tip_nose", 14),
        ("left_nostril nose_left", 13),
        ("left_mouth mouth_left left_mouth_corner mouth_left_corner left_lip_corner lmouth", 17),
        ("right_mouth mouth_right_corner RightMouthCorner", 19),
        ("mouth_center mouth_centre", 18),
        ("chin chin_tip", 20),
        ("right_ear_lobe", 16),
        ("left_ear left_shoulder right_knee mouth eye left_eye_corner hat 鼻", -1),
    ],
)
def test_known_spellings_are_landmarks(names, landmark):
    for name in names.split():
        assert key_points_of([name], 1).landmarks.tolist() == [landmark], name


def test_only_unknown_names_are_reported():
    known = key_points_of(["left_ear", "left_shoulder", "hat", "left_eye", "l_eye"], 5)
    assert known.unknown == ("hat",)
    assert known.landmarks.tolist() == [-1, -1, -1, 7, -1]  # the second of a kind is left out
    assert not known.sides_known


@pytest.mark.parametrize("change", [str, str.upper, lambda name: name.replace(" ", "_")])
def test_the_projects_own_names_are_known(change):
    known = key_points_of([change(name) for name in reversed(LANDMARK_NAMES)], 21)
    assert known.landmarks.tolist() == list(range(20, -1, -1))
    assert known.sides_known


@pytest.mark.parametrize(
    ("names", "count"), [((), 5), ((), 20), ("12345", 5), (("a1", "b2"), 2)]
)  # fmt: skip
def test_unknown_numbers_of_points_have_no_landmarks(names, count):
    known = key_points_of(names, count)
    assert known is None or (known.landmarks == -1).all()


def test_handedness(face_landmarks):
    faces = [face_landmarks(roll=roll, yaw=yaw) for roll in (0, 120, -90) for yaw in (0, 40, -40)]
    assert (handedness(faces) > 0.5).all()
    assert (handedness(np.array(faces)[:, MIRROR]) < -0.5).all()
    assert np.abs(handedness([face_landmarks(yaw=90), face_landmarks(yaw=-90)])).max() < 0.3
    nothing = np.full((21, 2), np.nan)
    assert np.isnan(handedness([nothing])).all()
    eyes = nothing.copy()
    eyes[[7, 10]] = [[10, 20], [30, 25]]
    assert handedness([eyes])[0] == 1
    assert handedness([eyes[MIRROR]])[0] == -1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("left_eey", "left_eye"),
        ("Rihgt Eye", "right_eye"),
        ("moth_left", "mouth_left"),
        ("left_mouth_cornr", "left_mouth_corner"),
        ("nose-tpi", "nose_tip"),
        ("Chinn", "chin"),
        ("moustache", None),
        ("left_sholder", None),
        ("", None),
    ],
)
def test_a_misspelled_name_has_a_similar_one(name, meant):
    assert similar_name(name) == meant


@pytest.mark.parametrize("name", ["left_eye", "right_eye", "mouth_left", "nose_tip", "chin"])
def test_similar_names_are_understood(name):
    assert name in _SPELLINGS.values()
    assert key_points_of([*_SPELLINGS.values()], len(_SPELLINGS)).unknown == ()
