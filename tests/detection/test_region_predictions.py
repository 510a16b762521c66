import numpy as np
import pytest
from mean_face_68 import MEAN_FACE_68

from hyperface.detection.region_predictions import region_face
from hyperface.geometry.mean_face import BOX_CENTER, BOX_SIDE, MEAN_FACE
from hyperface.regions.region import Region

REGION = Region(0, np.array([100, 200, 300, 400]), -1, 0.0, proposed=True)
# The mean face at rest, an eye distance of 40 pixels, its origin in the region's middle: in units
# of the region's side of 200 pixels, with y down.
AT_REST = MEAN_FACE[:, :2] * [1, -1] * 40 / 200
LEFT, TOP = np.array([200, 300]) + 40 * (BOX_CENTER[:2] * [1, -1] - BOX_SIDE / 2)
BOX = [LEFT, TOP, LEFT + 40 * BOX_SIDE, TOP + 40 * BOX_SIDE]


def outputs(**more):
    return {
        "detection": np.array([0.1, 0.9]),
        "landmarks": AT_REST.reshape(-1),
        "visibility": np.ones(21),
        "pose": np.array([0.1, 0.2, 0.3]),
        "gender": np.array([0.25, 0.75]),
    } | more


def test_landmarks_are_in_pixels_and_the_box_follows_from_them():
    face = region_face(outputs(), REGION)
    np.testing.assert_allclose(face.landmarks, [200, 300] + 200 * AT_REST)
    np.testing.assert_allclose(face.box_xyxy, BOX, atol=0.01)
    assert (face.score, face.female_probability) == (0.9, 0.75)
    assert face.pose.tolist() == [0.1, 0.2, 0.3]


def test_only_visible_landmarks_make_the_box():
    spoilt = AT_REST.copy()
    spoilt[20] += 5  # far away, and said to be occluded
    visibility = np.ones(21)
    visibility[20] = 0.4
    face = region_face(outputs(landmarks=spoilt.reshape(-1), visibility=visibility), REGION)
    np.testing.assert_allclose(face.box_xyxy, BOX, atol=0.1)
    visibility[20] = 0.5  # visible from here on, as everywhere
    face = region_face(outputs(landmarks=spoilt.reshape(-1), visibility=visibility), REGION)
    assert np.abs(face.box_xyxy - BOX).max() > 10


@pytest.mark.parametrize("visible", [0, 3])
def test_with_too_few_visible_landmarks_the_region_is_the_box(visible):
    visibility = (np.arange(21) < visible).astype(float)
    face = region_face(outputs(visibility=visibility), REGION)
    assert face.box_xyxy.tolist() == [100, 200, 300, 400]


def test_heads_that_the_network_lacks_are_nan():
    face = region_face({"detection": np.array([0.4, 0.6])}, REGION)
    assert face.box_xyxy.tolist() == [100, 200, 300, 400]
    assert face.score == 0.6
    for values, shape in ((face.landmarks, (21, 2)), (face.visibility, (21,)), (face.pose, (3,))):
        assert values.shape == shape and np.isnan(values).all()
    assert np.isnan(face.female_probability)
    assert np.isnan(region_face({"pose": np.zeros(3)}, REGION).score)


def test_another_scheme_of_landmarks():
    flat = MEAN_FACE_68[:, :2] * [1, -1] * 40 / 200
    face = region_face({"landmarks": flat.reshape(-1)}, REGION)
    assert face.landmarks.shape == (68, 2)
    assert face.visibility.shape == (68,)
    np.testing.assert_allclose(face.box_xyxy, BOX, atol=10)  # the two mean faces differ a little
