"""Step: search training images as in prediction, for hard negatives and for regions of faces.

Proposals of the fast mode that the network takes for faces by mistake are hard negatives. Proposals
of faces, and the regions that iterative region proposals (IRP) make from them, join the proposals
of selective search, so that the network also learns from the regions that occur in prediction.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.fast_proposals import FastProposals
from hyperface.detection.iterative_proposals import better_regions
from hyperface.detection.region_predictions import RegionPredictions
from hyperface.models.pretrained import PROPOSAL_WEIGHTS, pretrained_weights
from hyperface.regions.batches import read_unchanged
from hyperface.regions.region import Region
from hyperface.regions.sampling import KINDS, RegionSampler, proposals_by_kind
from hyperface.steps.kept_values import read_kept, write_kept
from hyperface.steps.run_regions import Regions, choose_per_set
from hyperface.steps.setting_groups import MiningSettings
from hyperface.tasks import NUM_LANDMARKS
from hyperface.training.feeding import predict_regions
from hyperface.training.processes import from_first
from hyperface.utils.log import Step
from hyperface.utils.progress import progress

FILE = "mined.json"

Propose = Callable[[np.ndarray], np.ndarray]  # (H, W, 3) uint8 RGB -> (N, 4) xyxy


def mine_regions(
    model: keras.Model,
    regions: Regions,
    settings: MiningSettings,
    folder: Path,
    step: Step,
    propose: Propose | None = None,
) -> Regions:
    """Searches training images, and adds the mined regions to the training regions.

    The mined regions are sampled more often, and stored in `mined.json` in case the run is resumed.
    Without `propose`, the pretrained proposal detector proposes the regions.
    """
    if not settings.mining_images or "detection" not in model.output_names:
        step.log("skipped: MINING_IMAGES is 0, or the network has no detection head")
        return regions
    read_or_search = partial(_read_or_search, model, regions.training, settings, folder, step)
    found = from_first(lambda: {"found": read_or_search(propose)})["found"]
    mined = _by_kind(regions.training, found)
    numbers = ", ".join(f"{len(mined[kind]):,} {kind}" for kind in KINDS)
    step.log(f"mined regions: {numbers}")
    return replace(regions, training=regions.training.with_mined(mined))


def _read_or_search(
    model: keras.Model,
    sampler: RegionSampler,
    settings: MiningSettings,
    folder: Path,
    step: Step,
    propose: Propose | None,
) -> np.ndarray:
    """(N, 5) float32, the image and box of each mined region, found now or earlier in this run."""
    path = folder / FILE
    found = read_kept(path, "found", sampler.images)
    if found is None:
        if propose is None:
            weights = pretrained_weights(PROPOSAL_WEIGHTS)
            propose = FastProposals.load(weights, settings=settings.fast).propose
        found = _found(model, sampler, settings, propose, step)
        write_kept(path, "found", sampler.images, found)
    return np.array(found, np.float32).reshape(-1, 5)


def _found(
    model: keras.Model,
    sampler: RegionSampler,
    settings: MiningSettings,
    propose: Propose,
    step: Step,
) -> list[list[float]]:
    """The image index and the box of each region of a face and of each false positive."""
    chosen = choose_per_set(sampler.images, settings.mining_images, settings.seed)
    proposed: list[Region] = []
    for index in progress(chosen, description="images searched"):
        boxes = propose(read_unchanged(sampler.images[index]))
        proposed += _all_kinds(index, sampler, boxes)
    step.log(f"scoring {len(proposed):,} regions of {len(chosen):,} images")
    if not proposed:
        return []
    outputs = predict_regions(model, proposed, sampler.images, sampler.rules, settings.batch_size)
    likely = outputs["detection"][:, 1] > settings.mined_score
    # IRP may move a region off its face, or off background onto a face.
    taken_for_faces = [proposed[row] for row in np.flatnonzero(likely)]
    likely_outputs = {task: rows[likely] for task, rows in outputs.items()}
    iterated = _iterated(sampler, taken_for_faces, likely_outputs)
    wanted = [
        region
        for region, taken in zip(proposed, likely, strict=True)
        if taken or region.overlap > sampler.rules.landmarks
    ]
    return [[region.image, *map(float, region.box_xyxy)] for region in [*wanted, *iterated]]


def _iterated(
    sampler: RegionSampler, regions: Sequence[Region], outputs: dict[str, np.ndarray]
) -> list[Region]:
    """The regions of any kind that IRP makes from regions, which are in the order of the images."""
    if outputs.get("landmarks", np.zeros((0, 0))).shape[-1] != 2 * NUM_LANDMARKS:
        return []
    found: list[Region] = []
    numbers = np.array([region.image for region in regions], int)
    asked = np.array([region.box_xyxy for region in regions], int).reshape(-1, 4)
    predictions = RegionPredictions.from_outputs(outputs, asked)
    for index in np.unique(numbers).tolist():
        own, image = predictions.rows(numbers == index), sampler.images[index]
        boxes = better_regions(own, image.width, image.height, DetectionSettings().irp_scale)
        found += _all_kinds(index, sampler, boxes)
    return found


def _all_kinds(index: int, sampler: RegionSampler, boxes_xyxy: np.ndarray) -> list[Region]:
    """The boxes of an image as regions, without those that have no certain kind."""
    kinds = proposals_by_kind(index, sampler.images[index], boxes_xyxy, sampler.rules)
    return [region for kind in KINDS for region in kinds[kind]]


def _by_kind(sampler: RegionSampler, found: np.ndarray) -> dict[str, list[Region]]:
    """(N, 5) image index and box -> the regions of each kind."""
    mined: dict[str, list[Region]] = {kind: [] for kind in KINDS}
    for index in np.unique(found[:, 0]).astype(int):
        boxes = found[found[:, 0] == index, 1:]
        kinds = proposals_by_kind(index, sampler.images[index], boxes, sampler.rules)
        for kind in KINDS:
            mined[kind] += kinds[kind]
    return mined
