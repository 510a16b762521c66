"""Exported files that cannot be used, and prediction without TensorFlow."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyperface.detection.detector import FaceDetector
from hyperface.detection.fast_proposals import FastProposals
from hyperface.errors import UserError
from hyperface.exporting.runtimes import OnnxNetwork, load_region_network
from hyperface.models.calibration import Calibration, VisibilityCalibration

SOURCE = Path(__file__).resolve().parents[2] / "src"
VISIBILITY = VisibilityCalibration(slope=6.0, intercepts=(0.5,) * 21)
CALIBRATION = Calibration(
    slope=0.9, intercept=0.1, visibility=VISIBILITY
)  # of the exported weights
WITHOUT_KERAS = """
import json, sys
for name in ("tensorflow", "keras", "jax", "torch"):
    sys.modules[name] = None  # to import it raises ModuleNotFoundError
"""
DETECTS = """
from hyperface import FaceDetector, read_image
detector = FaceDetector.from_onnx(sys.argv[1])
faces = detector.detect(read_image(sys.argv[2]))
print(json.dumps([[*face.box_xyxy, face.score, face.female_probability, *face.pose,
                   *face.landmarks.ravel(), *face.visibility] for face in faces]))
"""
PREDICTS = """
from hyperface.commands.cli import main
status = main(["predict", sys.argv[2], "--weights", sys.argv[1], "--out", sys.argv[3], "--draw"])
sys.exit(status)
"""


@pytest.fixture
def image(photos, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(photos[0][0]).save(path)
    return path


def without_keras(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS + script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_detector_of_onnx_files_answers_as_that_of_keras_without_importing_it(
    onnx_folder, networks, photos, image
):
    network, detector = networks
    propose = FastProposals(detector).propose
    right = FaceDetector(network, propose=propose, calibration=CALIBRATION)
    right = right.with_settings(threshold=0.3).detect(photos[0][0])
    assert right
    done = without_keras(DETECTS, onnx_folder, image)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == len(right)
    for face, row in zip(right, rows, strict=True):
        expected = [*face.box_xyxy, face.score, face.female_probability, *face.pose]
        expected += [*face.landmarks.ravel(), *face.visibility]
        np.testing.assert_allclose(row, expected, atol=0.02)  # pixels, of 240


@pytest.mark.slow
def test_the_command_predicts_without_keras(onnx_folder, image, tmp_path):
    done = without_keras(PREDICTS, onnx_folder, image, tmp_path / "found")
    assert done.returncode == 0, done.stderr
    (row,) = map(json.loads, (tmp_path / "found" / "faces.jsonl").read_text().splitlines())
    assert row["faces"]
    about = json.loads((tmp_path / "found" / "about.json").read_text())
    assert about["computes_in"] == "ONNX float32"
    assert about["detection"]["threshold"] == 0.3


@pytest.mark.slow
def test_the_example_in_the_documents_runs_without_this_package(
    onnx_folder, networks, photos, image
):
    pixels = np.tile(photos[0][0], (2, 1, 1))[:227, :227]
    Image.fromarray(pixels).save(image)
    text = (SOURCE.parent / "docs" / "exports.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(import json.*?)```", text, re.DOTALL)
    assert example.count("\n") <= 40
    assert "import hyperface" not in example
    assert "from hyperface" not in example
    done = without_keras(example, onnx_folder / "hyperface.onnx", image, 0, 0, 227, 227)
    assert done.returncode == 0, done.stderr
    score, *landmarks, pose, _ = done.stdout.splitlines()
    answer = networks[0].predict_on_batch(pixels[None])
    probability = CALIBRATION.probabilities(answer["detection"][:1, 1])
    assert f"face {probability[0]:.3f}: a face" == score
    (first, *_) = landmarks
    x, y = answer["landmarks"][0, :2] * 227 + 113.5
    assert first.startswith(f"left brow left corner: {x:.1f}, {y:.1f} (")
    assert len(landmarks) == 21
    assert pose.startswith(f"roll {np.degrees(answer['pose'][0, 0]):.0f}, ")


@pytest.mark.slow
def test_settings_and_proposals_can_be_others(onnx_folder, photos):
    regions = np.array([[10.0, 10, 90, 90]])
    detector = FaceDetector.from_onnx(onnx_folder, propose=lambda image: regions)
    assert detector.settings.threshold == 0.3
    assert detector.propose(photos[0][0]) is regions


def test_a_folder_without_onnx_files_is_refused(tmp_path):
    with pytest.raises(UserError, match="no ONNX file of a network, but must have exactly one"):
        load_region_network(tmp_path)
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=r"a\.onnx, b\.onnx, but must have exactly one"):
        load_region_network(tmp_path)


def test_a_damaged_file_is_refused(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is of requirements-export.txt")
    path = tmp_path / "hyperface.onnx"
    with pytest.raises(UserError, match=r"There is no .*hyperface\.onnx"):
        OnnxNetwork(path)
    path.write_bytes(b"not a network")
    with pytest.raises(UserError, match="cannot be loaded by ONNX Runtime"):
        OnnxNetwork(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"heads": {"detection": ""}}, "names no head for gender, landmarks, pose, visibility"),
        ({"landmarks": ["nose"] * 68}, "predicts 68 landmarks"),
    ],
)
def test_a_network_that_does_not_serve_is_refused(changes, reason, onnx_folder, facts, tmp_path):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(onnx_folder / "hyperface.onnx")
    onnx.helper.set_model_props(model, {"hyperface": json.dumps(facts["hyperface"] | changes)})
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(UserError, match=reason):
        FaceDetector.from_onnx(tmp_path)
