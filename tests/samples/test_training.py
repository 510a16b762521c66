"""What was stored is what is trained on: the same pixels, and the targets of the file."""

import numpy as np
import pytest
from training_defaults import JITTER

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.readers import samples
from hyperface.annotations.record import SkipReport
from hyperface.regions.batches import make_batch
from hyperface.regions.overlap import OverlapRules, best_overlap
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.samples.building import SampleSettings, build_samples
from hyperface.samples.shards import read_shard, shard_path
from hyperface.steps.run_regions import propose
from hyperface.steps.setting_groups import SearchSettings

SEARCH = {"method": "opencv_fast", "working_side": 60, "min_side": 8.0, "max_boxes": 200}
RULES = OverlapRules()


@pytest.fixture
def stored(tmp_path, make_image):
    """The arrays of a sample file, and its regions as images."""
    image = make_image("a.png", complete=True, split="train")
    build_samples(tmp_path, [image], SampleSettings(12, SEARCH), workers=0)
    arrays, _ = read_shard(shard_path(tmp_path, 0))
    skipped = SkipReport()
    images = list(samples.read(tmp_path, skipped))
    assert skipped.lines() == []
    return arrays, images


def whole(images):
    """Each image as one region."""
    for number, image in enumerate(images):
        box = np.array([0, 0, image.width, image.height])
        faces, overlaps = best_overlap(box[None], image)
        yield Region(number, box, int(faces[0]), float(overlaps[0]), True)


def test_the_stored_regions_with_their_targets(stored):
    arrays, images = stored
    pixel_arrays, targets = make_batch(list(whole(images)), images, RULES)
    np.testing.assert_array_equal(pixel_arrays, arrays["images"])
    for task, target in targets.items():
        np.testing.assert_allclose(target, arrays[task], atol=1e-4, err_msg=task)
    overlaps = [region.overlap for region in whole(images)]
    np.testing.assert_allclose(overlaps, arrays["overlap"], atol=1e-5)
    assert {tuple(row) for row in targets["detection"].tolist()} >= {(1, 1), (0, 1)}


def test_a_region_is_its_own_proposal(stored, tmp_path):
    _, images = stored
    said = type("Step", (), {"log": print})
    proposals = propose(images, SearchSettings(SEARCH, 1, 1, seed=1), 1, tmp_path, said)
    assert [proposals[n].tolist() for n in range(len(images))] == [[[0, 0, 227, 227]]] * 12
    sampler = RegionSampler(images, proposals, RULES, JITTER, {"face": 1}, proposal_share=1)
    rng = np.random.default_rng(0)
    for region in (sampler.draw("face", rng) for _ in range(20)):
        if region.proposed:
            assert region.box_xyxy.tolist() == [0, 0, 227, 227]
            assert read_pixels(images[region.image]).shape == (227, 227, 3)
        assert region.overlap > RULES.landmarks
