import numpy as np

from hyperface.geometry.landmarks import LANDMARK_NAMES, MIRROR
from hyperface.geometry.mean_face import BOX_CENTER, BOX_SIDE, MEAN_FACE


def landmark(name):
    return MEAN_FACE[LANDMARK_NAMES.index(name)]


def test_the_mean_face_is_symmetric():
    np.testing.assert_array_equal(MEAN_FACE[MIRROR] * [-1, 1, 1], MEAN_FACE)


def test_unit_is_the_distance_between_the_eyes_and_the_origin_between_them():
    left, right = landmark("left eye center"), landmark("right eye center")
    np.testing.assert_array_equal(right - left, [1, 0, 0])
    np.testing.assert_array_equal(left + right, [0, 0, 0])


def test_the_axes_of_the_mean_face_are_right_up_and_forward():
    assert landmark("right ear")[0] > 0 > landmark("left ear")[0]  # x to the image's right
    assert landmark("left brow center")[1] > 0 > landmark("chin center")[1]  # y up
    assert landmark("nose center")[2] == MEAN_FACE[:, 2].max()  # z to the viewer
    assert landmark("left ear")[2] == MEAN_FACE[:, 2].min()


def test_box_is_the_projects():
    np.testing.assert_array_equal(BOX_CENTER, [0, -0.7, -0.5])
    assert BOX_SIDE == 2.5


def test_cannot_be_changed_by_accident():
    assert not MEAN_FACE.flags.writeable
    assert not BOX_CENTER.flags.writeable
