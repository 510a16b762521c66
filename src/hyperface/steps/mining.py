"""Step: mine hard negatives, proposals of the fast mode that the network takes for faces."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.digest import digest_of
from hyperface.detection.fast_proposals import FastProposals
from hyperface.models.pretrained import PROPOSAL_WEIGHTS, pretrained_weights
from hyperface.regions.batches import read_unchanged
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler, proposals_by_kind
from hyperface.steps.run_regions import Regions, spread
from hyperface.steps.setting_groups import MiningSettings
from hyperface.training.feeding import predict_regions
from hyperface.utils.files import atomic_write
from hyperface.utils.json_text import json_text
from hyperface.utils.log import Step
from hyperface.utils.progress import progress

FILE = "mined.json"
KINDS = ("hard_negative", "background")

Propose = Callable[[np.ndarray], np.ndarray]  # (H, W, 3) uint8 RGB -> (N, 4) xyxy


def mine_negatives(
    model: keras.Model,
    regions: Regions,
    settings: MiningSettings,
    folder: Path,
    step: Step,
    propose: Propose | None = None,
) -> Regions:
    """Scores proposals without a face; false positives are then sampled more often.

    They are stored in `mined.json` for when the run is resumed. Without `propose` the pretrained
    proposal network proposes the regions.

    Returns:
        The regions, with others to train on where any were found.
    """
    if not settings.mining_images or "detection" not in model.output_names:
        step.say("skipped: MINING_IMAGES is 0, or the network has no detection head")
        return regions
    path = folder / FILE
    # Other images, as when a broken one was removed, would have other indices.
    digest = digest_of(regions.training.images)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if kept.get("pictures") == digest:
        found = kept["found"]
    else:
        propose = propose or FastProposals.load(pretrained_weights(PROPOSAL_WEIGHTS)).propose
        found = _false_positives(model, regions.training, settings, propose, step)
        with atomic_write(path) as aside:
            aside.write_text(json_text({"pictures": digest, "found": found}), encoding="utf-8")
    mined = _by_kind(regions.training, np.array(found, np.float32).reshape(-1, 5))
    numbers = ", ".join(f"{len(mined[kind]):,} {kind}" for kind in KINDS)
    step.say(f"false positives: {numbers}")
    return replace(regions, training=regions.training.with_mined(mined))


def _false_positives(
    model: keras.Model,
    sampler: RegionSampler,
    settings: MiningSettings,
    propose: Propose,
    step: Step,
) -> list[list[float]]:
    """Index of the image and box of each region whose score is above MINED_SCORE."""
    chosen = spread(sampler.images, settings.mining_images, settings.seed)
    scored: list[Region] = []
    for index in progress(chosen, description="images searched"):
        image = sampler.images[index]
        boxes = propose(read_unchanged(image))
        kinds = proposals_by_kind(index, image, boxes, sampler.rules)
        scored += [region for kind in KINDS for region in kinds[kind]]
    step.say(f"scoring {len(scored):,} regions of {len(chosen):,} images")
    if not scored:
        return []
    outputs = predict_regions(model, scored, sampler.images, sampler.rules, settings.batch_size)
    wrong = np.flatnonzero(outputs["detection"][:, 1] > settings.mined_score)
    return [[scored[row].image, *map(float, scored[row].box_xyxy)] for row in wrong]


def _by_kind(sampler: RegionSampler, found: np.ndarray) -> dict[str, list[Region]]:
    """(N, 5) image and box -> the regions of each kind."""
    mined: dict[str, list[Region]] = {kind: [] for kind in KINDS}
    for index in np.unique(found[:, 0]).astype(int):
        boxes = found[found[:, 0] == index, 1:]
        kinds = proposals_by_kind(index, sampler.images[index], boxes, sampler.rules)
        for kind in KINDS:
            mined[kind] += kinds[kind]
    return mined
