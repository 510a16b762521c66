import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from training_defaults import JITTER

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.fast_proposals import fast_settings
from hyperface.errors import UserError
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import BOX_SIDE, MEAN_FACE
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.sampling import RegionSampler
from hyperface.steps.mining import FILE, mine_regions
from hyperface.steps.run_regions import Regions
from hyperface.steps.setting_groups import MiningSettings
from hyperface.utils.defaults import default_settings

SETTINGS = MiningSettings(
    mining_images=3,
    mined_score=0.5,
    fast=fast_settings(default_settings()),
    batch_size=2,
    seed=1,
)
FACE = [20, 20, 60, 60]
# By image: of the last, the face, a quarter of it (hard), and what may show somebody else.
WINDOWS = {
    "bright.png": [[0, 0, 30, 30], [40, 30, 80, 70]],
    "dark.png": [[0, 0, 30, 30], [10, 10, 50, 50]],
    "face.png": [FACE, [20, 20, 40, 40], [70, 50, 95, 75]],
}


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
    """A bright and a dark image without faces, and one with a face and perhaps others."""
    images = []
    for name, level in (("bright.png", 220), ("dark.png", 20), ("face.png", 210)):
        Image.fromarray(np.full((80, 100, 3), level, np.uint8)).save(tmp_path / name)
        faces = (Face(np.array(FACE, np.float32)),) if name == "face.png" else ()
        images.append(
            AnnotatedImage(tmp_path / name, name, "set", 100, 80, faces, complete=not faces)
        )
    shares = {"face": 0.4, "hard_negative": 0.3, "background": 0.3}
    sampler = RegionSampler(images, {}, OverlapRules(), JITTER, shares)
    return Regions(sampler, [], [], images, held_out=True)


def propose(image):
    """The windows of the image, which is told by its level."""
    name = {220: "bright.png", 20: "dark.png", 210: "face.png"}[int(image[0, 0, 0])]
    return np.array(WINDOWS[name], np.float32)


def drawn(regions, kind):
    rng = np.random.default_rng(0)
    drawn = (regions.training.draw(kind, rng) for _ in range(1000))
    return [(region.image, *map(int, region.box_xyxy)) for region in drawn]


def test_false_positives_are_drawn_more_often(regions, tmp_path, told):
    model = Bright()
    mined = mine_regions(model, regions, SETTINGS, tmp_path, told, propose)
    assert model.asked == 6  # all but what may be somebody else's face
    assert told.lines == [
        "scoring 6 regions of 3 images",
        "mined regions: 1 face, 1 hard_negative, 2 background",
    ]
    background = [(0, *box) for box in WINDOWS["bright.png"]]
    share = np.mean([region in background for region in drawn(mined, "background")])
    assert 0.4 < share < 0.6
    hard = (2, *WINDOWS["face.png"][1])
    assert 0.4 < np.mean([region == hard for region in drawn(mined, "hard_negative")]) < 0.6
    assert drawn(mined, "face") != drawn(mined, "hard_negative")
    assert not set(drawn(regions, "background")) & set(background)


def test_a_resumed_run_scores_nothing_again(regions, tmp_path, told):
    first = mine_regions(Bright(), regions, SETTINGS, tmp_path, told, propose)
    model = Bright()
    again = mine_regions(model, regions, SETTINGS, tmp_path, told, propose)
    assert drawn(again, "background") == drawn(first, "background")
    assert drawn(again, "hard_negative") == drawn(first, "hard_negative")
    assert model.asked == 0


def test_nothing_is_mined_unless_asked_for(regions, tmp_path, told):
    none = replace(SETTINGS, mining_images=0)
    assert mine_regions(Bright(), regions, none, tmp_path, told, propose) is regions
    headless = SimpleNamespace(output_names=("pose",))
    assert mine_regions(headless, regions, SETTINGS, tmp_path, told, propose) is regions
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("found", ["nothing proposed", "nothing taken for a face"])
def test_where_nothing_is_found_nothing_changes(found, regions, tmp_path, told):
    nothing = found == "nothing proposed"
    settings = replace(SETTINGS, mined_score=0.5 if nothing else 1.0)
    empty = np.zeros((0, 4), np.float32)
    proposing = (lambda image: empty) if nothing else propose
    mined = mine_regions(Bright(), regions, settings, tmp_path, told, proposing)
    for kind in ("hard_negative", "background"):
        assert drawn(mined, kind) == drawn(regions, kind)


def test_an_image_that_is_gone_is_named(regions, tmp_path, told):
    (tmp_path / "dark.png").unlink()
    with pytest.raises(UserError, match=r"dark\.png changed since the run began"):
        mine_regions(Bright(), regions, SETTINGS, tmp_path, told, propose)


def test_the_network_that_comes_with_the_project_proposes(regions, tmp_path, told):
    mine_regions(Bright(), regions, SETTINGS, tmp_path, told)
    found = json.loads((tmp_path / FILE).read_text())["found"]
    assert all(len(row) == 5 for row in found)


def test_other_images_are_scored_again(regions, tmp_path, told):
    mine_regions(Bright(), regions, SETTINGS, tmp_path, told, propose)
    sampler = regions.training
    fewer = RegionSampler(sampler.images[1:], {}, sampler.rules, JITTER, {"background": 1.0})
    model = Bright()
    mined = mine_regions(model, replace(regions, training=fewer), SETTINGS, tmp_path, told, propose)
    assert model.asked == 4
    assert {image for image, *_ in drawn(mined, "background")} <= {0, 1}


class Moving(Bright):
    """Also predicts landmarks, of which the face's box is the region moved by a 20th of itself."""

    output_names = ("detection", "landmarks")

    def predict(self, batches, verbose):
        answers = super().predict(batches, verbose)
        # In region units: a box of side 1 around (0.05, 0).
        view = WeakPerspective(1 / BOX_SIDE, np.eye(3), np.array([0.05, -0.7 / BOX_SIDE]))
        points = view.project(MEAN_FACE).reshape(1, -1)
        return answers | {"landmarks": np.repeat(points, len(answers["detection"]), axis=0)}


def test_faces_are_drawn_as_they_are_proposed_and_as_irp_moves_them(regions, tmp_path, told):
    mined = mine_regions(Moving(), regions, SETTINGS, tmp_path, told, propose)
    assert told.lines[-1] == "mined regions: 2 face, 2 hard_negative, 4 background"
    faces, moved = drawn(mined, "face"), (2, 20, 18, 64, 62)
    # Half of the regions are proposals, and each of the two is as likely; others are jittered.
    assert 0.2 < np.mean([region == (2, *FACE) for region in faces]) < 0.32
    assert 0.2 < np.mean([region == moved for region in faces]) < 0.32
    assert moved not in drawn(regions, "face")
    assert (2, 20, 19, 42, 41) in drawn(mined, "hard_negative")
