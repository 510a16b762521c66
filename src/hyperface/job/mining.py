"""Step: regions without a face that the network takes for one, to train on."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from hyperface.job.regions import Regions
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.runs.files import write_aside
from hyperface.runs.log import Step
from hyperface.runs.settings import Settings
from hyperface.training.feeding import FixedBatches, user_errors_of

FILE = "mined.npy"


def mine_negatives(
    model: keras.Model, regions: Regions, settings: Settings, folder: Path, step: Step
) -> Regions:
    """Asks the network about background, and has what it takes for faces drawn more often.

    Args:
        model: With the weights that its training starts from.
        regions: To train on.
        settings: All knobs.
        folder: Of the run; keeps what was found for when the run is resumed.
        step: Told how many were found.

    Returns:
        The regions, with others to train on where any were found.
    """
    can = "detection" in model.output_names and "background" in regions.training.possible
    if not (settings.MINED_REGIONS and can):
        step.say("no region is asked about")
        return regions
    asked = _background(regions.training, settings)
    path = folder / FILE
    if path.is_file():
        found = np.load(path, allow_pickle=False)
    else:
        found = _taken_for_faces(model, asked, regions.training, settings)
        with write_aside(path) as aside, aside.open("wb") as file:
            np.save(file, found, allow_pickle=False)
    step.say(f"{len(found):,} of {len(asked):,} are taken for a face")
    mined = regions.training.with_mined([asked[row] for row in found])
    return replace(regions, training=mined)


def _background(sampler: RegionSampler, settings: Settings) -> list[Region]:
    """Regions of background, the same every time, ordered by picture."""
    rng = np.random.default_rng((settings.SEED, 6))
    drawn = (sampler.draw("background", rng) for _ in range(settings.MINED_REGIONS))
    return sorted(drawn, key=lambda region: (region.picture, tuple(region.box_xyxy)))


def _taken_for_faces(
    model: keras.Model, asked: list[Region], sampler: RegionSampler, settings: Settings
) -> np.ndarray:
    """(N,) int, the rows that the network gives more than MINED_SCORE."""
    batches = FixedBatches(
        asked, sampler.pictures, sampler.rules, settings.BATCH_SIZE, model.output_names
    )
    with user_errors_of(batches):
        scores = model.predict(batches, verbose=0)["detection"][:, 1]
    return np.flatnonzero(scores > settings.MINED_SCORE)
