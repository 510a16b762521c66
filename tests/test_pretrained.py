"""The weights that come with the project: whole, the paper's network, and they find her."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hyperface.commands.project import describe_weights
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.images.reading import decode_image
from hyperface.models.pretrained import (
    PROPOSAL_WEIGHTS,
    find_pretrained_weights,
    pretrained_weights,
)
from hyperface.models.weights import facts_path
from hyperface.utils.files import sha256_of

PROJECT = Path(__file__).resolve().parents[1]
PRETRAINED = PROJECT / "weights" / "pretrained"
WEIGHTS = PRETRAINED / "hyperface.weights.h5"
FAST_WEIGHTS = PRETRAINED / "proposal_detector.weights.h5"
PHOTOGRAPHS = PROJECT / "data" / "photographs"


@pytest.fixture(scope="module")
def detector():
    return FaceDetector.from_pretrained()


def found_in(detector, name):
    return detector.detect(decode_image(PHOTOGRAPHS / name, apply_orientation=True))


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
    assert face.female_probability > 0.5
    assert np.abs(np.degrees(face.pose)).max() < 30


@pytest.mark.slow
@pytest.mark.parametrize("name", ["brick.jpg", "coffee.jpg", "grass.jpg", "rocket.jpg", "text.png"])
def test_images_without_a_face_have_none(detector, name):
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


def test_the_used_weights_are_printed(tmp_path):
    assert "the included ones" in describe_weights(WEIGHTS)
    assert describe_weights(tmp_path / "mine.weights.h5") == f"weights: {tmp_path}/mine.weights.h5"


def test_they_are_found_beside_the_package_unless_a_folder_is_named(tmp_path, monkeypatch):
    assert pretrained_weights() == WEIGHTS
    assert pretrained_weights(PROPOSAL_WEIGHTS) == FAST_WEIGHTS
    mine = tmp_path / "hyperface.weights.h5"
    mine.touch()
    monkeypatch.setenv("HYPERFACE_WEIGHTS", str(tmp_path))
    assert pretrained_weights() == mine
    assert pretrained_weights(PROPOSAL_WEIGHTS) == FAST_WEIGHTS


def test_missing_weights_are_a_user_error_with_advice(monkeypatch):
    with pytest.raises(UserError, match=r"no other\.weights\.h5 in .*HYPERFACE_WEIGHTS"):
        pretrained_weights("other.weights.h5")
    assert find_pretrained_weights("other.weights.h5") is None


def test_an_unknown_proposal_method_is_named():
    with pytest.raises(ValueError, match="expected one of fast, selective_search"):
        FaceDetector.from_pretrained(proposals="quick")


def test_own_proposals_replace_the_fast_ones():
    def nothing(image):
        return np.zeros((0, 4))

    assert FaceDetector.from_pretrained(propose=nothing).propose is nothing
