import numpy as np
import pytest

from hyperface.geometry.landmarks import LANDMARK_NAMES, MIRROR, from_5, from_68
from hyperface.tasks import NUM_LANDMARKS


def test_names_are_aflws():
    assert len(LANDMARK_NAMES) == len(set(LANDMARK_NAMES)) == NUM_LANDMARKS == 21
    assert LANDMARK_NAMES[0] == "left brow left corner"
    assert LANDMARK_NAMES[7] == "left eye center"
    assert LANDMARK_NAMES[14] == "nose center"
    assert LANDMARK_NAMES[16] == "right ear"
    assert LANDMARK_NAMES[20] == "chin center"


def test_mirror_swaps_the_papers_pairs():
    pairs = [(0, 5), (1, 4), (2, 3), (6, 11), (7, 10), (8, 9), (12, 16), (13, 15), (17, 19)]
    expected = np.arange(21)  # 14, 18 and 20 stay
    for left, right in pairs:
        expected[[left, right]] = right, left
    np.testing.assert_array_equal(MIRROR, expected)


def test_mirror_is_an_involution():
    np.testing.assert_array_equal(MIRROR[MIRROR], np.arange(21))


def test_mirror_swaps_left_and_right_in_the_names():
    other = {"left": "right", "right": "left"}
    for name, mirrored in zip(LANDMARK_NAMES, np.array(LANDMARK_NAMES)[MIRROR], strict=True):
        assert " ".join(other.get(word, word) for word in name.split()) == mirrored


def test_from_68_by_hand():
    points = np.stack([np.arange(68), 1000 - np.arange(68)], axis=1)
    result = from_68(points)
    x = [17, 19, 21, 22, 24, 26]  # brows
    x += [36, (36 + 37 + 38 + 39 + 40 + 41) / 6, 39]
    x += [42, (42 + 43 + 44 + 45 + 46 + 47) / 6, 45]
    x += [np.nan, 31, 30, 35, np.nan]  # an ear, the nose, an ear
    x += [48, (62 + 66) / 2, 54, 8]
    np.testing.assert_allclose(result, np.stack([x, 1000 - np.array(x)], axis=1))
    assert result.shape == (21, 2)
    assert result.dtype == np.float32


def test_from_68_passes_a_missing_point_on():
    points = np.zeros((68, 2))
    points[[37, 30]] = np.nan
    missing = np.isnan(from_68(points)).all(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(missing), [7, 12, 14, 16])


def test_from_5_by_hand():
    result = from_5([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]])
    expected = np.full((21, 2), np.nan)
    expected[[7, 10, 14, 17, 19]] = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == np.float32


@pytest.mark.parametrize("shape", [(67, 2), (68, 3), (68,), (21, 2)])
def test_from_68_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"\(68, 2\)"):
        from_68(np.zeros(shape))


@pytest.mark.parametrize("shape", [(4, 2), (5, 3), (10,)])
def test_from_5_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"\(5, 2\)"):
        from_5(np.zeros(shape))
