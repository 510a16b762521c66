"""Step: train the small network that proposes regions in the fast mode."""

from functools import partial
from pathlib import Path

import keras

from hyperface.models.proposal_network import WINDOW, build_proposal_network
from hyperface.models.trunk import PREPROCESSING
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.sampling import Jitter
from hyperface.steps.run_regions import Regions
from hyperface.steps.training import introduce
from hyperface.tasks import PAPER_LOSS_WEIGHTS
from hyperface.training.feeding import FixedBatches, TrainingBatches
from hyperface.training.loop import compile_tasks, train
from hyperface.training.optimization import Optimization
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings

BATCH = 128
# Windows are squares, so they are jittered without a change of their shape.
ASPECT = 1.0
SEED_STEP = 1_000_003  # away from the seeds of the other two networks
FACTS = {"preprocessing": {**PREPROCESSING, "input": "RGB, 0 to 255, windows of 31 x 31"}}


def train_proposal_network(
    regions: Regions, settings: Settings, folder: Path, step: Step
) -> tuple[keras.Model, list[dict]]:
    """Trains the proposal network on the regions of the others, 31 x 31 pixels small.

    Args:
        regions: To train on and to watch.
        settings: All settings.
        folder: Of the run; gets the graph, and a folder of checkpoints and history.
        step: Told of every epoch.

    Returns:
        The network, and its history, one row an epoch.
    """
    model = build_proposal_network()
    introduce(model, folder, step)
    jitter = Jitter(settings.JITTER_SHIFT, settings.JITTER_SCALE, ASPECT)
    sampler = regions.training.redrawn(jitter, settings.PROPOSAL_NETWORK_SHARES)
    augmentation = Augmentation(
        mirror=settings.FLIP_PROB, color=settings.COLOR_JITTER, gray=settings.GRAYSCALE_PROB
    )
    epochs = settings.PROPOSAL_NETWORK_EPOCHS
    batches = partial(
        TrainingBatches,
        sampler,
        augmentation,
        BATCH,
        settings.PROPOSAL_NETWORK_REGIONS,
        2 * settings.SEED + SEED_STEP,
        tasks=["detection"],
        side=WINDOW,
    )
    rate = settings.PROPOSAL_NETWORK_RATE
    optimization = Optimization("adam", rate, 0.0, 1e-4, "cosine", warmup=0.05, clip_norm=0.0)
    compile_tasks(model, PAPER_LOSS_WEIGHTS, optimization, epochs * len(batches(0)))
    validation = FixedBatches(
        regions.validation,
        regions.evaluation_images,
        sampler.rules,
        BATCH,
        ["detection"],
        side=WINDOW,
    )
    return model, train(model, batches, validation, epochs, folder / model.name, step.say)
