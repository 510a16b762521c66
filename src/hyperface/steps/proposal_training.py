"""Step: train the single-shot detector that proposes regions in the fast mode."""

from functools import partial
from pathlib import Path

from hyperface.models.folding import fold_into
from hyperface.models.pretrained import PROPOSAL_WEIGHTS, find_pretrained_weights
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.models.trunk import PREPROCESSING
from hyperface.models.weights import read_weights
from hyperface.regions.batches import read_unchanged
from hyperface.regions.scenes import SceneMaker
from hyperface.steps.data import SplitImages, usable_weights
from hyperface.steps.setting_groups import ProposalDetectorSettings
from hyperface.steps.training import Trained, describe_network
from hyperface.training.feeding import scene_batches
from hyperface.training.loop import train, uses_jit
from hyperface.training.optimization import Optimization
from hyperface.training.proposal_loss import ProposalLoss
from hyperface.utils.log import Step

BATCH = 8  # scenes
MAX_VALIDATION_BATCHES = 64
FINE_TUNING_FACTOR = 0.1  # multiplier of the learning rate if training starts from trained weights
SEED_STEP = 1_000_003  # offset from the seeds of the other two networks
VALIDATION_EPOCH = 2**31  # epoch number for validation scenes, which no training reaches
FACTS = {"preprocessing": {**PREPROCESSING, "input": "RGB, 0 to 255, sides multiples of 64"}}


def train_proposal_detector(
    images: SplitImages, settings: ProposalDetectorSettings, folder: Path, step: Step
) -> Trained:
    """Trains the proposal detector on scenes made of the annotated images.

    It starts from the pretrained detector if INIT_FROM names pretrained weights and the file
    exists. Otherwise it starts from random weights with batch normalization, which is folded into
    the convolutions of the returned detector. The best epoch is chosen on scenes of the evaluated
    images. The run's folder gets the graph, and a folder of checkpoints and history.
    """
    weights = None
    if settings.init_from in ("convolutions", "pretrained"):
        weights = find_pretrained_weights(PROPOSAL_WEIGHTS)
    model = build_proposal_detector("none" if weights else "batch")
    if weights:
        read_weights(model, weights)
    describe_network(model, folder, step)
    step.log(f"starts from {weights.name if weights else 'random weights'}")

    steps = -(-settings.proposal_detector_scenes // BATCH)
    training, validation = (
        SceneMaker(
            each, settings.scenes, usable_weights(each, settings.data_weights), read_unchanged
        )
        for each in (images.training, images.evaluated)
    )
    make = partial(scene_batches, training, BATCH, steps, 2 * settings.seed + SEED_STEP)
    count = min(max(1, steps // 4), MAX_VALIDATION_BATCHES)
    judged = scene_batches(validation, BATCH, count, settings.seed, VALIDATION_EPOCH)
    epochs = settings.proposal_detector_epochs
    rate = settings.proposal_detector_rate * (FINE_TUNING_FACTOR if weights else 1.0)
    optimization = Optimization(
        optimizer="adam",
        learning_rate=rate,
        momentum=0.0,
        weight_decay=1e-2,
        schedule="cosine",
        warmup=0.05,
        clip_norm=10.0,
        ema_momentum=settings.ema_momentum,
    )
    model.compile(optimization.build(epochs * steps), ProposalLoss(), jit_compile=uses_jit())
    history = train(model, make, judged, epochs, folder / model.name, step.log)
    if weights:
        return Trained(model, history)
    folded = build_proposal_detector()
    fold_into(folded, model)
    return Trained(folded, history)
