import numpy as np
import pytest
from mean_face_68 import MEAN_FACE_68

from hyperface.geometry.landmarks import LANDMARK_NAMES
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.schemes import LANDMARK_NAMES_68, MIRROR_68, SCHEMES, scheme_of


@pytest.mark.parametrize("name", list(SCHEMES))
def test_a_scheme_is_whole_and_symmetric(name):
    scheme = SCHEMES[name]
    assert scheme.count == int(name) == len(set(scheme.names))
    assert scheme_of(scheme.count) is scheme
    np.testing.assert_array_equal(scheme.mirror[scheme.mirror], np.arange(scheme.count))
    for index, other in enumerate(scheme.mirror):
        if scheme.names[index].startswith("left"):
            assert scheme.names[other].startswith("right")


def test_the_68_landmarks_have_the_order_of_300_w():
    assert LANDMARK_NAMES_68[8] == "jaw 9"  # the chin
    assert LANDMARK_NAMES_68[17] == "left brow 1"
    assert LANDMARK_NAMES_68[30] == "nose bridge 4"  # the tip
    assert LANDMARK_NAMES_68[36] == "left eye 1"
    assert LANDMARK_NAMES_68[45] == "right eye 4"
    assert LANDMARK_NAMES_68[54] == "outer lip 7"
    assert LANDMARK_NAMES_68[67] == "inner lip 8"


def test_both_mean_faces_are_one_face():
    """Through the points that both have; eye distances, as in the docstring of `mean_face_68`."""
    np.testing.assert_array_equal(MEAN_FACE_68[MIRROR_68] * [-1, 1, 1], MEAN_FACE_68)
    to_21 = SCHEMES["68"].to_21
    depth = to_21(MEAN_FACE_68[:, [2, 2]])[:, :1]
    distance = np.linalg.norm(np.hstack([to_21(MEAN_FACE_68[:, :2]), depth]) - MEAN_FACE, axis=1)
    assert {LANDMARK_NAMES[i] for i in np.flatnonzero(np.isnan(distance))} == {
        "left ear",
        "right ear",
    }
    assert np.nanmean(distance) == pytest.approx(0.092, abs=0.001)
    assert np.nanmax(distance) == pytest.approx(0.156, abs=0.001)


def test_the_21_landmark_scheme_is_the_identity():
    points = np.arange(42.0).reshape(21, 2)
    np.testing.assert_array_equal(SCHEMES["21"].to_21(points), points)
