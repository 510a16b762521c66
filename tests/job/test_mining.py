from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from hyperface.job.mining import FILE, mine_negatives
from hyperface.job.regions import Regions
from hyperface.records.record import Face, Picture
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.sampling import Jitter, RegionSampler

SETTINGS = SimpleNamespace(MINED_REGIONS=40, MINED_SCORE=0.5, BATCH_SIZE=16, SEED=1)


class Bright:
    """Takes whatever is bright for a face, and counts what it is asked."""

    output_names = ("detection",)

    def __init__(self):
        self.asked = 0

    def predict(self, batches, verbose):
        images = np.concatenate([batches[number][0] for number in range(len(batches))])
        self.asked += len(images)
        score = images.mean(axis=(1, 2, 3)) / 255
        return {"detection": np.stack([1 - score, score], axis=1)}


@pytest.fixture
def regions(tmp_path):
    """A bright and a dark picture without faces, and one with a face."""
    pictures = []
    for name, level in (("bright.png", 220), ("dark.png", 20), ("face.png", 220)):
        Image.fromarray(np.full((80, 100, 3), level, np.uint8)).save(tmp_path / name)
        faces = (Face(np.array([20, 20, 60, 60], np.float32)),) if name == "face.png" else ()
        pictures.append(Picture(tmp_path / name, name, "set", 100, 80, faces, complete=not faces))
    shares = {"face": 0.5, "background": 0.5}
    sampler = RegionSampler(pictures, {}, OverlapRules(), Jitter(), shares)
    return Regions(sampler, [], [], pictures, held_out=True)


def background(regions):
    rng = np.random.default_rng(0)
    return [regions.training.draw("background", rng).picture for _ in range(200)]


def test_what_is_taken_for_a_face_is_drawn_more_often(regions, tmp_path, told):
    model = Bright()
    mined = mine_negatives(model, regions, SETTINGS, tmp_path, told)
    assert model.asked == 40
    found = np.load(tmp_path / FILE)
    assert told.lines == [f"{len(found)} of 40 are taken for a face"]
    assert 10 < len(found) < 30
    # The bright picture's regions are half of the draws, and half of the other half.
    assert 0.65 < background(mined).count(0) / 200 < 0.85
    assert 0.4 < background(regions).count(0) / 200 < 0.6


def test_a_resumed_run_asks_nothing_again(regions, tmp_path, told):
    mine_negatives(Bright(), regions, SETTINGS, tmp_path, told)
    first = background(mine_negatives(Bright(), regions, SETTINGS, tmp_path, told))
    model = Bright()
    assert background(mine_negatives(model, regions, SETTINGS, tmp_path, told)) == first
    assert model.asked == 0


def test_nothing_is_mined_unless_asked_for(regions, tmp_path, told):
    none = SimpleNamespace(MINED_REGIONS=0)
    assert mine_negatives(Bright(), regions, none, tmp_path, told) is regions
    headless = SimpleNamespace(output_names=("pose",))
    assert mine_negatives(headless, regions, SETTINGS, tmp_path, told) is regions
    assert not (tmp_path / FILE).exists()


def test_a_network_that_takes_nothing_for_a_face_changes_nothing(regions, tmp_path, told):
    strict = SimpleNamespace(**{**vars(SETTINGS), "MINED_SCORE": 1.0})
    mined = mine_negatives(Bright(), regions, strict, tmp_path, told)
    assert background(mined) == background(regions)
