"""The training of the proposal detector, on scenes of a few drawn images."""

from pathlib import Path

import keras
import numpy as np
import pytest
from eager import short_runs

import config
from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import SkipReport
from hyperface.detection.fast_proposals import fast_settings
from hyperface.models import pretrained
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.models.weights import normalization_of, write_weights
from hyperface.steps.data import SplitImages
from hyperface.steps.proposal_training import train_proposal_detector
from hyperface.steps.setting_groups import step_settings
from hyperface.utils.settings import resolve

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "data" / "photographs"
SHORT = (
    *("PROPOSAL_DETECTOR_EPOCHS=1", "PROPOSAL_DETECTOR_SCENES=8", "PROPOSAL_DETECTOR_SIDE=64"),
)


@pytest.fixture
def images():
    return list(own_faces.read(PHOTOGRAPHS, SkipReport()))


def test_settings_are_those_of_scenes_and_proposals():
    settings = resolve(
        config,
        [
            "FAST_MIN_FACE_PX=14",
            "FLIP_PROB=0.25",
            "ROTATION_PROB=0.1",
            "FAST_LONG_SIDE=320",
            *SHORT,
        ],
    )
    scenes = step_settings(settings).proposals.scenes
    assert (scenes.side, scenes.min_face_px, scenes.rotation) == (64, 14, 0.1)
    assert scenes.augmentation.mirror == 0.25
    proposals = fast_settings(settings)
    assert (proposals.min_face_px, proposals.long_side) == (14, 320)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["random", "convolutions"])
def test_it_is_trained_from_random_or_pretrained_weights(
    images, told, tmp_path, monkeypatch, start
):
    monkeypatch.setenv(pretrained.VARIABLE, str(tmp_path))
    keras.utils.set_random_seed(0)
    shipped = build_proposal_detector()
    write_weights(shipped, tmp_path / "proposal_detector.weights.h5", {})
    settings = resolve(config, [f"INIT_FROM={start}", *SHORT])
    split, groups = SplitImages(images, images[:1]), step_settings(settings)
    with short_runs():
        model, (before, row) = train_proposal_detector(split, groups.proposals, tmp_path, told)
    assert before["epoch"] == 0
    assert row["epoch"] == 1 and np.isfinite([row["loss"], row["val_loss"]]).all()
    assert normalization_of(model) == "none" and model.name == "proposal_detector"
    expected = "random weights" if start == "random" else "proposal_detector.weights.h5"
    assert any(f"starts from {expected}" in line for line in told.lines)
    pairs = zip(model.get_weights(), shipped.get_weights(), strict=True)
    apart = max(np.abs(one - other).max() for one, other in pairs)
    assert (0 < apart < 0.01) == (start == "convolutions")
