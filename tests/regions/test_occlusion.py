import numpy as np
import pytest

from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.regions.occlusion import MAX_OCCLUDED, occlude_face, random_mask

SIDE = 100


@pytest.fixture
def targets():
    """Landmarks along the diagonal, all visible but the last, which is labeled invisible."""
    targets = {name: np.zeros(shape, np.float32) for name, shape in TARGET_SHAPES.items()}
    targets["landmarks"][:20, :2] = np.linspace(-0.45, 0.45, 20)[:, None]
    targets["landmarks"][:20, 2] = targets["visibility"][:20, 0] = 1
    targets["landmarks"][:, 3] = targets["visibility"][:, 1] = 1
    return targets


@pytest.mark.parametrize("seed", range(30))
def test_masks_are_a_part_of_the_region(seed):
    mask = random_mask(SIDE, np.random.default_rng(seed))
    assert mask.shape == (SIDE, SIDE)
    assert mask.dtype == bool
    assert 0.002 < mask.mean() < 0.6


def test_exactly_the_landmarks_below_are_occluded(targets):
    region, source = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 9, np.uint8)
    count = 0
    for seed in range(40):
        covered, after = occlude_face(region, targets, source, np.random.default_rng(seed))
        place = np.floor((targets["landmarks"][:, :2] + 0.5) * SIDE).astype(int)
        below = covered[place[:, 1], place[:, 0], 0] == 9
        below[20] = False
        occluded = (targets["visibility"][:, 0] == 1) & (after["visibility"][:, 0] == 0)
        np.testing.assert_array_equal(occluded, below)
        np.testing.assert_array_equal(after["landmarks"][:, 2], after["visibility"][:, 0])
        assert (after["landmarks"][occluded, :2] == 0).all()
        assert (after["landmarks"][:, 3] == 1).all()
        assert occluded.sum() <= MAX_OCCLUDED * 20
        count += occluded.any()
    assert count > 10
    assert targets["visibility"][:, 0].sum() == 20  # the given targets are unchanged


def test_an_occlusion_of_too_many_landmarks_is_not_pasted(targets):
    targets["landmarks"][:20, :2] = 0.01  # all at one place: a mask occludes all or none
    region, source = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 9, np.uint8)
    for seed in range(40):
        covered, after = occlude_face(region, targets, source, np.random.default_rng(seed))
        assert after["visibility"][:, 0].sum() == 20
        assert covered[51, 51, 0] == 0


def test_a_missing_landmark_stays_missing(targets):
    targets["landmarks"][:] = targets["visibility"][:] = 0
    targets["landmarks"][14] = 0.3, 0.3, 1, 1
    targets["visibility"][14] = 1, 1
    region, source = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 9, np.uint8)
    for seed in range(20):
        _, after = occlude_face(region, targets, source, np.random.default_rng(seed))
        assert after["landmarks"][:, 3].sum() == after["visibility"][:, 1].sum() == 1
