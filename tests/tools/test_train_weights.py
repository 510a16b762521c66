import pytest

from hyperface.errors import UserError
from tools.train_weights import OWN, POINTS, SETS, STAGES, stage_settings, train


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
