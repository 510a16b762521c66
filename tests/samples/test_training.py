"""What was stored is what is trained on: the same pixels, and the targets of the file."""

import numpy as np
import pytest

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.readers import samples
from hyperface.annotations.record import SkipReport
from hyperface.regions.batches import make_batch
from hyperface.regions.overlap import OverlapRules, best_overlap
from hyperface.regions.region import Region
from hyperface.regions.sampling import Jitter, RegionSampler
from hyperface.samples.building import SampleSettings, build_samples
from hyperface.samples.shards import read_shard, shard_path
from hyperface.steps.regions import propose
from hyperface.utils.settings import Settings

SEARCH = {"method": "opencv_fast", "working_side": 60, "min_side": 8.0, "max_boxes": 200}
RULES = OverlapRules()


@pytest.fixture
def stored(tmp_path, make_picture):
    """The arrays of a sample file, and its regions as pictures."""
    picture = make_picture("a.png", complete=True, split="train")
    build_samples(tmp_path, [picture], SampleSettings(12, SEARCH), workers=0)
    arrays, _ = read_shard(shard_path(tmp_path, 0))
    rejects = SkipReport()
    pictures = list(samples.read(tmp_path, rejects))
    assert rejects.lines() == []
    return arrays, pictures


def whole(pictures):
    """Each picture as one region."""
    for number, picture in enumerate(pictures):
        box = np.array([0, 0, picture.width, picture.height])
        faces, overlaps = best_overlap(box[None], picture)
        yield Region(number, box, int(faces[0]), float(overlaps[0]), True)


def test_the_stored_regions_with_their_targets(stored):
    arrays, pictures = stored
    images, targets = make_batch(list(whole(pictures)), pictures, RULES)
    np.testing.assert_array_equal(images, arrays["images"])
    for task, target in targets.items():
        np.testing.assert_allclose(target, arrays[task], atol=1e-4, err_msg=task)
    overlaps = [region.overlap for region in whole(pictures)]
    np.testing.assert_allclose(overlaps, arrays["overlap"], atol=1e-5)
    assert {tuple(row) for row in targets["detection"].tolist()} >= {(1, 1), (0, 1)}


def test_a_region_is_its_own_proposal(stored, tmp_path):
    _, pictures = stored
    said = type("Step", (), {"say": print})
    settings = {"PROPOSAL_METHOD": "opencv_fast", "PROPOSAL_SIDE": 0, "PROPOSAL_MIN_SIDE": 20}
    settings = Settings({**settings, "PROPOSAL_BOXES": 100, "SEED": 1})
    proposals = propose(settings, pictures, 1, tmp_path, said)
    assert [proposals[n].tolist() for n in range(len(pictures))] == [[[0, 0, 227, 227]]] * 12
    sampler = RegionSampler(pictures, proposals, RULES, Jitter(), {"face": 1}, proposal_share=1)
    rng = np.random.default_rng(0)
    for region in (sampler.draw("face", rng) for _ in range(20)):
        if region.proposed:
            assert region.box_xyxy.tolist() == [0, 0, 227, 227]
            assert read_pixels(pictures[region.picture]).shape == (227, 227, 3)
        assert region.overlap > RULES.landmarks
