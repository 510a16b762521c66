"""The regions that a network is judged on: not derived from the truth where that can be."""

import numpy as np

from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler

LEAST_FACES = 32  # fewer faces are judged on several regions each


def evaluation_regions(sampler: RegionSampler, most: int, seed: int) -> list[Region]:
    """One region for each face, and as many that are no face.

    A face is judged on its best proposal, as it would be met at test time, or on a jittered box
    where its picture has no proposals or none that covers it enough. The other half are hard
    negatives and background, in equal parts, as far as the pictures give them. Where there are
    very few faces, each is judged on several jittered boxes as well.

    Args:
        sampler: Of the pictures to judge on.
        most: Number of regions at the most; faces are left out at random beyond half of it.
        seed: The same seed gives the same regions.

    Returns:
        Regions, ordered by picture, so that each is decoded once.
    """
    rng = np.random.default_rng((seed, 1))
    half = max(most // 2, 1)
    faces = [sampler.faces[i] for i in rng.permutation(len(sampler.faces))[:half]]
    regions = [sampler.best_proposal(*face) or sampler.jittered(*face, rng) for face in faces]
    while faces and len(regions) < min(LEAST_FACES, half):
        regions.append(sampler.jittered(*faces[len(regions) % len(faces)], rng))

    kinds = [kind for kind in ("hard_negative", "background") if kind in sampler.possible]
    count = (len(regions) or half) if kinds else 0
    drawn = (sampler.draw(kinds[number % len(kinds)], rng) for number in range(count))
    # Where a face fills its picture, the sampler may have nothing else to draw than the face.
    regions += [region for region in drawn if region.overlap < sampler.rules.background]
    return sorted(regions, key=lambda region: (region.picture, tuple(region.box_xyxy)))
