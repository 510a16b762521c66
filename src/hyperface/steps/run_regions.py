"""Steps: propose regions, label them by IoU, and choose those to evaluate on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.evaluation.region_metrics import evaluation_regions
from hyperface.images.decoding import is_sample_file
from hyperface.proposals.cache import ProposalCache
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.steps.data import usable_weights
from hyperface.steps.setting_groups import EvaluationSettings, SamplingSettings, SearchSettings
from hyperface.training.processes import Arrays, from_first
from hyperface.utils.log import Step

NO_BACKGROUND = (
    "every image may show faces that are not annotated, so that no region far from a face is "
    "background, and the network learns little about what is not a face: add images without faces "
    "(DATA=...+no_faces:/folder), or mark images as complete if every face is annotated "
    "(data/README.md)"
)
Proposals = Mapping[int, np.ndarray]  # by index of the image, (N, 4) xyxy


@dataclass(frozen=True)
class Regions:
    """The regions that a network is trained on, and those that it is evaluated on."""

    training: RegionSampler  # draws the training regions
    validation: list[Region]  # regions for the validation loss after each epoch
    evaluation: list[Region]  # regions evaluated at the end
    evaluation_images: Sequence[AnnotatedImage]  # the images that these two lists index
    # False if no face is held out, so that training faces are evaluated.
    held_out: bool


def propose(
    images: Sequence[AnnotatedImage],
    search: SearchSettings,
    per_set: int,
    project: Path,
    step: Step,
) -> Proposals:
    """Proposes regions in at most `per_set` images of each data set."""
    cache = ProposalCache(project / "data" / "cache" / "proposals", search.options, log=step.log)
    stored = {index for index, each in enumerate(images) if is_sample_file(each.path)}
    chosen = choose_per_set(images, per_set, search.seed)
    chosen = [index for index in chosen if index not in stored]
    skipped = SkipReport()

    def search_chosen() -> Arrays:
        found = cache.compute([images[index] for index in chosen], skipped=skipped)
        return {str(i): boxes for i, boxes in zip(chosen, found, strict=True) if boxes is not None}

    proposals = {int(index): boxes for index, boxes in from_first(search_chosen).items()}
    for line in skipped.lines():
        step.log(f"skipped {line}")
    # An image of a sample file is already a proposal.
    proposals |= {i: np.array([[0, 0, images[i].width, images[i].height]]) for i in stored}
    total = sum(map(len, proposals.values()))
    step.log(f"{total:,} proposals in {len(proposals):,} of {len(images):,} images")
    return proposals


def label(
    images: Sequence[AnnotatedImage], proposals: Proposals, sampling: SamplingSettings, step: Step
) -> RegionSampler:
    """Labels proposals by IoU; the sampler draws from them, and from boxes around the faces."""
    sampler = RegionSampler(
        images,
        proposals,
        sampling.rules,
        sampling.jitter,
        sampling.batch_shares,
        sampling.proposal_share,
        usable_weights(images, sampling.data_weights),
    )
    numbers = ", ".join(f"{n:,} {kind}" for kind, n in sampler.proposed().items())
    step.log(f"proposals: {numbers}; faces for jittered boxes: {len(sampler.faces):,}")
    return sampler


def with_evaluated(
    training: RegionSampler,
    evaluated: RegionSampler,
    held_out: bool,
    settings: EvaluationSettings,
    step: Step,
) -> Regions:
    """Adds a fixed choice of regions for validation and evaluation to the training regions."""
    if "background" not in training.possible:
        step.log(NO_BACKGROUND)
    if not held_out:
        step.log("no face is held out, so the results are those on training faces")
    return Regions(
        training,
        evaluation_regions(evaluated, settings.validation_regions, settings.seed),
        evaluation_regions(evaluated, settings.evaluation_regions, settings.seed),
        evaluated.images,
        held_out,
    )


def choose_per_set(images: Sequence[AnnotatedImage], per_set: int, seed: int) -> list[int]:
    """The sorted indices of at most `per_set` random images of each data set."""
    by_source: dict[str, list[int]] = {}
    for index, image in enumerate(images):
        by_source.setdefault(image.source, []).append(index)
    rng = np.random.default_rng((seed, 4))
    chosen = (rng.permutation(by_source[name])[:per_set] for name in sorted(by_source))
    return sorted(int(index) for indices in chosen for index in indices)
