from pathlib import Path

import numpy as np
import pytest
from training_defaults import scenes

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.errors import UserError
from hyperface.proposals.locations import locations_of
from hyperface.regions.assignment import FACE
from hyperface.regions.scenes import SceneMaker
from hyperface.training.feeding import scene_batches


@pytest.fixture
def maker():
    face = Face(np.float32([70, 60, 130, 120]))
    image = AnnotatedImage(Path("none"), "none", "set", 200, 180, (face,), complete=True)
    pixels = np.random.default_rng(0).integers(0, 256, (180, 200, 3), np.uint8)
    return SceneMaker([image], scenes(side=128), read=lambda _: pixels)


def test_batches_are_scenes_and_their_targets_and_always_the_same(maker):
    batches = scene_batches(maker, batch_size=4, count=3, seed=1, epoch=0)
    assert len(batches) == 3
    pixels, targets = batches[0]
    assert pixels.shape == (4, 128, 128, 3) and pixels.dtype == np.uint8
    assert targets.shape == (4, len(locations_of(128, 128).strides), 5)
    assert (targets[..., 0] == FACE).any() and np.isfinite(targets).all()
    again = scene_batches(maker, 4, 3, seed=1, epoch=0)[0]
    assert (again[0] == pixels).all() and (again[1] == targets).all()
    for other in (
        batches[1],
        scene_batches(maker, 4, 3, 2, 0)[0],
        scene_batches(maker, 4, 3, 1, 1)[0],
    ):
        assert (other[0] != pixels).any()


def test_an_error_in_a_batch_is_kept(maker):
    def gone(_):
        raise UserError("the image is gone")

    broken = scene_batches(SceneMaker(maker._sets[0], maker.settings, read=gone), 1, 1, 1, 0)
    with pytest.raises(UserError):
        broken[0]
    assert str(broken.failure) == "the image is gone"
