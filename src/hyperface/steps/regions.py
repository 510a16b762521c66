"""Steps: propose regions, label them by overlap, and choose those that stay the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.evaluation.region_metrics import evaluation_regions
from hyperface.geometry.schemes import SCHEMES
from hyperface.images.stored_regions import holds_regions
from hyperface.proposals.cache import ProposalCache
from hyperface.proposals.selective_search import SearchOptions
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import Jitter, RegionSampler
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings


@dataclass(frozen=True)
class Regions:
    """What both trainings draw from, and what both are judged on.

    Attributes:
        training: Draws the training regions.
        validation: Regions watched after each epoch.
        evaluation: Regions judged at the end.
        evaluation_images: What the indices of the two lists point into.
        held_out: False where the data has no held-out face, so that training faces are judged.
    """

    training: RegionSampler
    validation: list[Region]
    evaluation: list[Region]
    evaluation_images: Sequence[AnnotatedImage]
    held_out: bool


def propose(
    settings: Settings, images: Sequence[AnnotatedImage], per_set: int, project: Path, step: Step
) -> dict[int, np.ndarray]:
    """Proposals, (N, 4) xyxy, of a bounded number of images of each set, by image index."""
    cache = ProposalCache(
        project / "data" / "cache" / "proposals",
        search_options(settings),
        say=step.say,
    )
    stored = [index for index, each in enumerate(images) if holds_regions(each.path)]
    chosen = spread(images, per_set, settings.SEED)
    chosen = [index for index in chosen if index not in set(stored)]
    rejects = SkipReport()
    found = cache.compute([images[index] for index in chosen], rejects=rejects)
    for line in rejects.lines():
        step.say(f"skipped {line}")
    proposals = {i: boxes for i, boxes in zip(chosen, found, strict=True) if boxes is not None}
    # A region of a sample file was proposed when it was made: it stands for itself.
    proposals |= {i: np.array([[0, 0, images[i].width, images[i].height]]) for i in stored}
    total = sum(map(len, proposals.values()))
    step.say(f"{total:,} proposals on {len(proposals):,} of {len(images):,} images")
    return proposals


def search_options(settings: Settings) -> SearchOptions:
    """How to search, as `proposals.selective_search.propose` takes it."""
    return {
        "method": settings.PROPOSAL_METHOD,
        "working_side": settings.PROPOSAL_SIDE or None,
        "min_side": settings.PROPOSAL_MIN_SIDE,
        "max_boxes": settings.PROPOSAL_BOXES,
    }


def overlap_rules(settings: Settings) -> OverlapRules:
    """The IoU cut-offs."""
    return OverlapRules(
        face=settings.FACE_IOU,
        background=settings.BACKGROUND_IOU,
        landmarks=settings.LANDMARKS_IOU,
        pose_gender=settings.POSE_GENDER_IOU,
        background_min=settings.BACKGROUND_MIN_IOU,
    )


def label(
    settings: Settings,
    images: Sequence[AnnotatedImage],
    proposals: Mapping[int, np.ndarray],
    step: Step,
) -> RegionSampler:
    """Labels proposals by overlap, and makes what draws regions from them and around faces."""
    sampler = RegionSampler(
        images,
        proposals,
        replace(overlap_rules(settings), num_landmarks=SCHEMES[settings.LANDMARKS].count),
        Jitter(settings.JITTER_SHIFT, settings.JITTER_SCALE, settings.JITTER_ASPECT),
        settings.BATCH_SHARES,
        settings.PROPOSAL_SHARE,
        settings.DATA_WEIGHTS,
    )
    numbers = ", ".join(f"{n:,} {kind}" for kind, n in sampler.proposed().items())
    step.say(f"proposals: {numbers}; faces to jitter around: {len(sampler.faces):,}")
    return sampler


def choose_regions(
    settings: Settings, training: RegionSampler, judged: RegionSampler, held_out: bool
) -> Regions:
    """The regions that do not change from epoch to epoch."""
    return Regions(
        training=training,
        validation=evaluation_regions(judged, settings.VALIDATION_REGIONS, settings.SEED),
        evaluation=evaluation_regions(judged, settings.EVALUATION_REGIONS, settings.SEED),
        evaluation_images=judged.images,
        held_out=held_out,
    )


def spread(images: Sequence[AnnotatedImage], per_set: int, seed: int) -> list[int]:
    """At most `per_set` images of each data set, at random: their indices, in order."""
    by_source: dict[str, list[int]] = {}
    for index, image in enumerate(images):
        by_source.setdefault(image.source, []).append(index)
    rng = np.random.default_rng((seed, 4))
    chosen = (rng.permutation(by_source[name])[:per_set] for name in sorted(by_source))
    return sorted(int(index) for indices in chosen for index in indices)
