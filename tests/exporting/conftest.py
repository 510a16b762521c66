"""Narrow networks whose answers differ from region to region, and their ONNX files."""

from dataclasses import asdict

import keras
import numpy as np
import pytest

from hyperface.exporting.formats import export_network
from hyperface.exporting.network_facts import (
    common_facts,
    proposal_detector_facts,
    region_network_facts,
)
from hyperface.exporting.real_inputs import image_batches, region_batches
from hyperface.models.calibration import Calibration, VisibilityCalibration
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.models.table import build_network
from hyperface.models.trunk import PREPROCESSING

THRESHOLD = 0.3
VISIBILITY = VisibilityCalibration(slope=6.0, intercepts=(0.5,) * 21)
CALIBRATION = Calibration(slope=0.9, intercept=0.1, visibility=VISIBILITY)


@pytest.fixture(scope="session")
def photos():
    """A photograph of noise in blocks, with a face in the middle."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 255, (20, 24, 3), np.uint8).repeat(10, 0).repeat(10, 1)
    return [(pixels, np.array([[70.0, 50.0, 170.0, 150.0]]))]


@pytest.fixture(scope="session")
def networks():
    """HyperFace, an eighth as wide, and the proposal detector, a quarter; random heads."""
    keras.utils.set_random_seed(3)
    network = build_network("hyperface", "lrn", width=0.125, dtype="float32")
    rng = np.random.default_rng(3)
    for task in network.output:
        kernel, bias = network.get_layer(task).get_weights()
        kernel = rng.normal(0, 1e-2, kernel.shape)
        network.get_layer(task).set_weights([kernel, bias])
    detector = build_proposal_detector(dtype="float32", width=0.25)
    kernel, bias = detector.get_layer("score").get_weights()
    detector.get_layer("score").set_weights([30 * kernel, 0 * bias])  # proposes here and there
    return network, detector


@pytest.fixture(scope="session")
def facts():
    """By network, the facts of its file."""
    common = common_facts("hyperface", PREPROCESSING, "float32", {"sha256": "ab", "threshold": 1})
    heads = {"detection": 2, "landmarks": 42, "visibility": 21, "pose": 3, "gender": 2}
    return {
        "hyperface": region_network_facts(
            heads, {"threshold": THRESHOLD, "calibration": asdict(CALIBRATION)}, common
        ),
        "proposal_detector": proposal_detector_facts({**common, "network": "proposal_detector"}),
    }


@pytest.fixture(scope="session")
def onnx_folder(networks, facts, photos, tmp_path_factory):
    """Both networks as ONNX files; skips where the extra is not installed."""
    for module in ("onnx", "tf2onnx", "onnxruntime"):
        pytest.importorskip(module, reason=f"{module} is of requirements-export.txt")
    folder = tmp_path_factory.mktemp("onnx")
    for network, batches in zip(
        networks, (region_batches(photos, 16), image_batches(photos, 2)), strict=True
    ):
        export_network(network, folder, "onnx", facts[network.name], batches)
    return folder
