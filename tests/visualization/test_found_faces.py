from dataclasses import replace

import numpy as np
import pytest

from hyperface.detection.region_predictions import DetectedFace
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.visualization.found_faces import CROP_SCALE, CROP_SIDE, crop_face, draw_found


def face_at(roll=0.0, x=150.0, y=110.0, scale=24.0):
    view = WeakPerspective(scale, rotation_matrix(np.radians(roll), 0, 0), np.array([x, y]))
    points = view.project(MEAN_FACE)
    face = DetectedFace(
        rectangle_of_view_xyxy(view), 0.9, points, np.ones(21), np.radians([roll, 0, 0]), 0.9
    )
    return face, points


def test_faces_are_drawn_with_and_without_enlarging():
    face, points = face_at()
    image = np.full((220, 300, 3), 255, np.uint8)
    same = draw_found(image, [face], enlarge=False)
    assert same.shape == image.shape
    assert (image == 255).all()
    x, y = np.rint(points[20]).astype(int)  # the chin
    assert same[y - 2 : y + 3, x - 2 : x + 3].min() < 200
    large = draw_found(image, [face])
    assert large.shape == (469, 640, 3)
    x, y = np.rint(points[20] * 640 / 300).astype(int)
    assert large[y - 2 : y + 3, x - 2 : x + 3].min() < 200


def test_an_image_of_small_faces_is_enlarged():
    face, _ = face_at(scale=24)  # a box of 2.5 times that
    drawn = draw_found(np.zeros((800, 1000, 3), np.uint8), [face])
    assert drawn.shape == (1600, 2000, 3)  # 60 pixels are made 120
    face, _ = face_at(scale=4)
    drawn = draw_found(np.zeros((800, 1000, 3), np.uint8), [face])
    assert drawn.shape == (3200, 4000, 3)  # four times at the most


def test_without_faces_the_image_is_unchanged():
    image = np.random.default_rng(0).integers(0, 255, (700, 800, 3), np.uint8)
    np.testing.assert_array_equal(draw_found(image, []), image)


@pytest.mark.parametrize("roll", [0, 35, -80, 170])
def test_a_crop_is_upright(roll):
    face, points = face_at(roll)
    image = np.zeros((220, 300, 3), np.uint8)
    left, right = points[[7, 10]]  # eye centers
    for channel, (x, y) in ((0, left), (1, right)):
        row_index, column = int(y), int(x)
        image[row_index - 1 : row_index + 2, column - 1 : column + 2, channel] = 255
    crop = crop_face(image, face)
    assert crop.shape == (CROP_SIDE, CROP_SIDE, 3)
    centers = [
        np.average(np.argwhere(crop[..., c] > 50), axis=0, weights=crop[..., c][crop[..., c] > 50])
        for c in (0, 1)
    ]
    (left_y, left_x), (right_y, right_x) = centers
    assert abs(left_y - right_y) < 6  # level, whatever the roll
    eye_distance = CROP_SIDE / CROP_SCALE / 2.5
    assert right_x - left_x == pytest.approx(eye_distance, abs=6)
    assert (left_x + right_x) / 2 == pytest.approx(CROP_SIDE / 2, abs=6)


def test_track_numbers_are_drawn():
    image = np.full((220, 300, 3), 255, np.uint8)
    first, second = (draw_found(image, [face_at()[0]], [n]) for n in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("size", [(40000, 60), (60, 70000)])
def test_faces_in_images_beyond_opencvs_limit_are_cropped(size):
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    face, _ = face_at(x=width - 30.0, y=30.0, scale=10)
    assert crop_face(image, face).shape == (CROP_SIDE, CROP_SIDE, 3)
    assert max(draw_found(image, [face]).shape) == 4096


@pytest.mark.parametrize("box", [[5, 5, 5, 5], [-900, -900, -800, -800], [0, 0, 9000, 9000]])
def test_any_box_gives_a_crop(box):
    face = replace(face_at()[0], box_xyxy=np.array(box, float))
    assert crop_face(np.zeros((220, 300, 3), np.uint8), face).shape == (CROP_SIDE, CROP_SIDE, 3)
