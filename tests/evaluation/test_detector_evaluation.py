"""`hyperface.evaluate` on images that are read from disk."""

import numpy as np
import pytest
from PIL import Image

from hyperface import evaluate
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace

BOX = np.float32([20, 10, 60, 50])


class Exact:
    """Finds the annotated face of every image that is not black."""

    def detect(self, image):
        if not image.any():
            return []
        return [DetectedFace(BOX, 0.9, np.zeros((21, 2)), np.ones(21), np.zeros(3), 0.5)]


@pytest.fixture
def images(tmp_path):
    made = []
    for name, value in (("a.png", 90), ("b.png", 0), ("c.png", 90)):
        Image.new("RGB", (100, 80), (value,) * 3).save(tmp_path / name)
        face = Face(BOX, published_box_xyxy=BOX)
        made.append(AnnotatedImage(tmp_path / name, name, "mine", 100, 80, (face,), complete=True))
    return made


def test_two_of_three_faces_are_found(images):
    (results,) = evaluate(Exact(), images)
    assert results.data == "mine"
    assert results.samples.is_found.tolist() == [True, False, True]


def test_an_unreadable_image_counts_as_an_image_without_detections(images, caplog):
    images[0].path.write_bytes(b"")
    (results,) = evaluate(Exact(), images)
    assert results.samples.is_found.tolist() == [False, False, True]
    assert "a.png: an empty file, counted as an image without detections" in caplog.text
