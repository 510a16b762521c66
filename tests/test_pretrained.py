"""The weights that come with the project: whole, the paper's network, and they find her."""

import json
import shutil

import numpy as np
import pytest
from hyperface.commands.places import FAST_WEIGHTS, PROJECT, WEIGHTS, in_words

from hyperface.detection.detector import FaceDetector
from hyperface.detection.pipeline import DetectionSettings
from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.images.reading import read_picture
from hyperface.models.weights import facts_path
from hyperface.utils.files import sha256_of

PHOTOGRAPHS = PROJECT / "data" / "photographs"


@pytest.fixture(scope="module")
def detector():
    return FaceDetector.load(WEIGHTS, fast=FAST_WEIGHTS)


def found_in(detector, name):
    return detector.detect(read_picture(PHOTOGRAPHS / name, apply_orientation=True))


@pytest.mark.parametrize("path", [WEIGHTS, FAST_WEIGHTS])
def test_the_files_are_those_that_are_described(path):
    facts = json.loads(facts_path(path).read_text())
    assert facts["sha256"] == sha256_of(path)
    assert path.stat().st_size < 70e6


def test_hyperface_is_the_papers_network():
    facts = json.loads(facts_path(WEIGHTS).read_text())
    assert facts["network"] == "hyperface"
    assert facts["parameters"] == 33_821_318
    assert facts["normalization"] == "lrn"


@pytest.mark.slow
def test_the_recommended_threshold_is_used_unless_another_is_given(detector):
    assert detector.settings.threshold == json.loads(facts_path(WEIGHTS).read_text())["threshold"]
    other = FaceDetector.load(WEIGHTS, settings=DetectionSettings(threshold=0.3))
    assert other.settings.threshold == 0.3


@pytest.mark.slow
def test_the_astronaut_who_is_in_no_training_set_is_found(detector):
    (annotated,) = json.loads((PHOTOGRAPHS / "faces.json").read_text())["pictures"][0]["faces"]
    (face,) = found_in(detector, "astronaut.jpg")
    box = np.array(annotated["box"], float)
    assert iou_matrix_xyxy(face.box_xyxy[None], box[None])[0, 0] > 0.5
    assert face.female > 0.5
    assert np.abs(np.degrees(face.pose)).max() < 30


@pytest.mark.slow
@pytest.mark.parametrize("name", ["brick.jpg", "coffee.jpg", "grass.jpg", "rocket.jpg", "text.png"])
def test_pictures_without_a_face_have_none(detector, name):
    assert found_in(detector, name) == []


@pytest.mark.slow
def test_a_damaged_file_is_refused(tmp_path):
    copy = tmp_path / WEIGHTS.name
    shutil.copyfile(facts_path(WEIGHTS), facts_path(copy))
    content = bytearray(WEIGHTS.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    with pytest.raises(UserError, match="SHA-256"):
        FaceDetector.load(copy)


def test_a_person_is_told_which_weights_are_used(tmp_path):
    assert "come with the project" in in_words(WEIGHTS)
    assert str(tmp_path) in in_words(tmp_path / "mine.weights.h5")
