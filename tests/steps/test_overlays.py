"""Landmarks drawn after an epoch, by a network that always answers the same."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.steps.overlays import LandmarkOverlays


@pytest.fixture
def regions(tmp_path):
    Image.new("RGB", (200, 120), "white").save(tmp_path / "a.png")
    landmarks = np.full((21, 2), np.nan, np.float32)
    landmarks[14] = 80, 60
    face = Face(np.float32([60, 20, 140, 100]), landmarks, np.ones(21, np.float32))
    image = AnnotatedImage(tmp_path / "a.png", "a.png", "set", 200, 120, (face,), True)
    boxes = np.array([[60, 20, 140, 100], [0, 0, 40, 40]])
    return SimpleNamespace(
        training=SimpleNamespace(rules=OverlapRules()),
        evaluation_images=[image],
        validation=[
            Region(0, boxes[0], 0, 1.0, proposed=True),
            Region(0, boxes[1], -1, 0.0, proposed=True),
        ],
    )


class Network:
    def predict_on_batch(self, images):
        points = np.zeros((len(images), 21, 2), np.float32)
        points[:, :, 0] = 0.25  # of the region's side, right of its middle: at (120, 60)
        return {"landmarks": points.reshape(len(images), -1)}


def test_overlays_show_truth_left_and_prediction_right(tmp_path, regions):
    overlays = LandmarkOverlays(regions, 8, tmp_path / "landmarks")
    overlays.set_model(Network())
    overlays.on_epoch_end(0)
    sheet = cv2.imread(str(tmp_path / "landmarks" / "epoch_00001.jpg")).astype(int)
    assert sheet.shape == (34 + 24 + 300 + 22 + 8, 8 + 300 + 8 + 300 + 8, 3)  # one face
    # Shown are 1.7 times the box, 136 pixels across and all 120 down, 300/136 as large, in the
    # middle of a square: (80, 60) is at (80 - 32) * 2.2 = 106 and (120, 60) at 194; y at 150.
    truth, answer = sheet[58:358, 8:308], sheet[58:358, 316:616]
    assert truth[148:153, 104:109].min() < 120 and answer[148:153, 192:197].min() < 120
    assert truth[148:153, 192:197].min() > 200 and answer[148:153, 104:109].min() > 200


def test_without_a_validation_face_nothing_is_drawn(tmp_path, regions):
    regions.validation = regions.validation[1:]
    overlays = LandmarkOverlays(regions, 8, tmp_path / "landmarks")
    overlays.set_model(Network())
    overlays.on_epoch_end(0)
    assert not (tmp_path / "landmarks").exists()
