from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from tools import calibrate_weights
from tools.calibrate_weights import (
    joined,
    recognized,
    recommended_threshold,
    reliability,
    visibility_calibration,
)


def test_the_recommended_threshold_is_the_lowest_with_24_faces_in_25_detections():
    probabilities = np.array([0.62] * 2 + [0.7] * 25)
    correct = np.array([False] * 2 + [True] * 24 + [False])
    # From 0.6 on 24 of 27 are faces, from 0.65 on 24 of 25.
    assert recommended_threshold(probabilities, correct) == 0.65
    assert recommended_threshold(probabilities, np.ones(27, bool)) == 0.05
    assert recommended_threshold(probabilities, np.zeros(27, bool)) == 0.95


def test_the_reliability_of_each_range():
    rows = reliability(np.array([0.2, 0.25, 0.92, 1.0]), np.array([False, True, True, True]))
    assert rows == [
        ("0.1 to 0.3", "2", "0.23", "0.50"),
        ("0.9 to 0.95", "1", "0.92", "1.00"),
        ("0.95 to 1", "1", "1.00", "1.00"),
    ]


def test_detections_of_no_image():
    scores, correct = joined([])
    assert len(scores) == len(correct) == 0


def test_recognized_landmarks_are_counted_before_and_after():
    visible = np.array([[1, 1, 0, 0], [1, np.nan, 0, 1]])
    before = np.array([[0.9, 0.4, 0.6, 0.1], [0.7, 0.2, 0.4, np.nan]])
    after = np.array([[0.9, 0.6, 0.6, 0.7], [0.7, 0.2, 0.4, np.nan]])
    assert recognized(before, after, visible) == [
        ("visible", "3", "66.7", "100.0"),
        ("occluded", "3", "66.7", "33.3"),
    ]


class Sees:
    """Doubts the chin of every face, and sees its left ear, which is occluded, even less."""

    def detect(self, pixels):
        outputs = np.ones(21)
        outputs[[12, 20]] = 0.1, 0.3
        nothing = np.full(3, np.nan)
        return [DetectedFace(BOX, 0.9, POINTS, outputs, nothing, np.nan)]


BOX = np.array([10.0, 10, 70, 70])
POINTS = np.tile([40.0, 40.0], (21, 1))


def test_the_visibility_is_fitted_on_held_out_faces(tmp_path, monkeypatch, capsys):
    path = tmp_path / "a.png"
    Image.new("RGB", (80, 80)).save(path)
    visible = np.float32([0 if k == 12 else 1 for k in range(21)])
    images = [
        AnnotatedImage(path, "a.png", "own", 80, 80, (
            Face(BOX.astype(np.float32), POINTS.astype(np.float32), visible, person=f"p{number}"),
        ), True)
        for number in range(12)
    ]  # fmt: skip
    monkeypatch.setattr(calibrate_weights, "held_out", lambda data: images)
    found = visibility_calibration(Sees(), "own").probabilities(Sees().detect(None)[0].visibility)
    assert (found[visible == 1] > 0.5).all() and found[12] < 0.5
    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if "|" in line]
    cells = [[cell.strip() for cell in row] for row in rows[2:]]
    assert cells == [["visible", "120", "95.0", "100.0"], ["occluded", "6", "100.0", "100.0"]]
    images[:] = [
        replace(each, faces=(replace(each.faces[0], visibility=np.ones(21)),)) for each in images
    ]
    with pytest.raises(UserError, match="own cannot be used to calibrate visibility"):
        visibility_calibration(Sees(), "own")
