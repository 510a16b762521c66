import pytest
from eager import short_runs

from hyperface.errors import UserError
from hyperface.models.weights import read_header
from tools import train_weights
from tools.train_weights import (
    OWN,
    POINTS,
    PROPOSALS,
    PROPOSALS_SETS,
    SETS,
    STAGES,
    stage_settings,
    train,
    train_proposals,
)


@pytest.fixture
def sets(tmp_path):
    folder = tmp_path / "sets"
    for name in (*SETS, POINTS):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.mark.parametrize("stage", range(1, len(STAGES) + 1))
def test_the_settings_of_every_stage_are_valid(stage, sets):
    settings = stage_settings(sets, stage, EPOCHS=1)
    assert settings.EPOCHS == 1
    assert STAGES[stage - 1]["MINING_IMAGES"] == settings.MINING_IMAGES
    names = [path.rsplit("/", 1)[-1] for path in settings.DATA.split("+")]
    assert names == [*SETS, *OWN]
    assert settings.DATA_WEIGHTS["cfp"] == SETS["cfp"]
    assert settings.FROZEN_LAYERS == ("conv1", "conv2")


def test_a_missing_set_is_named(sets):
    (sets / "cfp").rmdir()
    with pytest.raises(UserError, match="lacks the data sets cfp"):
        stage_settings(sets, 1)


def test_a_stage_needs_the_one_before_it(sets, tmp_path):
    with pytest.raises(UserError, match="train stage 1 first"):
        train(sets, tmp_path / "out", 2, None)


def test_all_stages_hold_out_the_same_images_and_draw_other_regions(sets):
    settings = [stage_settings(sets, stage) for stage in range(1, len(STAGES) + 1)]
    assert {(each.SPLIT_SEED, each.VALIDATION_FRACTION) for each in settings} == {(1, 0.1)}
    assert len({each.SEED for each in settings}) == len(STAGES)


def test_the_stage_of_the_proposal_detector_has_its_own_sampling_weights(sets):
    settings = stage_settings(sets, PROPOSALS, PROPOSAL_DETECTOR_EPOCHS=2)
    assert settings.PROPOSAL_DETECTOR_EPOCHS == 2 and settings.TRAIN_PROPOSAL_DETECTOR
    assert settings.DATA_WEIGHTS["wider_face"] == PROPOSALS_SETS["wider_face"]
    assert settings.DATA_WEIGHTS["helen"] == 1.0
    assert settings.SPLIT_SEED == stage_settings(sets, 1).SPLIT_SEED


@pytest.mark.slow
def test_the_proposal_detector_is_trained_and_written(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(train_weights, "SETS", {})
    monkeypatch.setattr(train_weights, "OWN", {"people": 1.0})
    short = {"PROPOSAL_DETECTOR_SCENES": 8, "PROPOSAL_DETECTOR_SIDE": 64}
    for name, value in short.items():
        monkeypatch.setitem(train_weights.PROPOSALS_STAGE, name, value)
    with short_runs():
        train_proposals(sets, tmp_path / "out", epochs=1)
    weights = tmp_path / "out" / "stage-proposals" / "weights" / "proposal_detector.weights.h5"
    assert read_header(weights).network == "proposal_detector"
