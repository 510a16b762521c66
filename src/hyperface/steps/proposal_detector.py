"""Step: train the single-shot detector that proposes regions in the fast mode."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import keras

from hyperface.annotations.record import AnnotatedImage
from hyperface.detection.fast_proposals import FastSettings
from hyperface.models.folding import fold_into
from hyperface.models.pretrained import PROPOSAL_WEIGHTS, find_pretrained_weights
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.models.trunk import PREPROCESSING
from hyperface.models.weights import read_weights
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import read_unchanged
from hyperface.regions.scenes import SceneMaker, SceneSettings
from hyperface.steps.training import introduce
from hyperface.training.loop import train
from hyperface.training.optimization import Optimization
from hyperface.training.proposal_loss import ProposalLoss
from hyperface.training.scene_batches import SceneBatches
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings

BATCH = 8  # scenes
STARTED_RATE = 0.1  # of the learning rate, where training starts from trained weights
SEED_STEP = 1_000_003  # away from the seeds of the other two networks
VALIDATION_EPOCH = 2**31  # whose scenes no training reaches
FACTS = {"preprocessing": {**PREPROCESSING, "input": "RGB, 0 to 255, sides multiples of 64"}}


def train_proposal_detector(
    training: Sequence[AnnotatedImage],
    validation: Sequence[AnnotatedImage],
    settings: Settings,
    folder: Path,
    step: Step,
) -> tuple[keras.Model, list[dict]]:
    """Trains the proposal detector on scenes of the annotated images.

    It starts from the pretrained one, if that lies here and INIT_FROM lets the other networks start
    from pretrained weights, too; else from random weights, with batch normalization, which is
    folded into the convolutions at the end.

    Args:
        training: To make scenes of.
        validation: To make the scenes of by which the best epoch is chosen; where none has a face,
            the training's are taken.
        settings: All settings.
        folder: Of the run; gets the graph, and a folder of checkpoints and history.
        step: Told of every epoch.

    Returns:
        The detector without batch normalization, and its history, one row an epoch.
    """
    weights = None
    if settings.INIT_FROM in ("convolutions", "pretrained"):
        weights = find_pretrained_weights(PROPOSAL_WEIGHTS)
    model = build_proposal_detector("none" if weights else "batch")
    if weights:
        read_weights(model, weights)
    introduce(model, folder, step)
    step.say(f"starts from {weights.name if weights else 'random weights'}")

    if not any(image.faces for image in validation):
        validation = training
    scenes = scene_settings(settings)
    steps = -(-settings.PROPOSAL_DETECTOR_SCENES // BATCH)
    make = partial(
        SceneBatches,
        SceneMaker(training, scenes, settings.DATA_WEIGHTS, read_unchanged),
        BATCH,
        steps,
        2 * settings.SEED + SEED_STEP,
    )
    judged = SceneBatches(
        SceneMaker(validation, scenes, settings.DATA_WEIGHTS, read_unchanged),
        BATCH,
        max(1, steps // 4),
        settings.SEED,
        VALIDATION_EPOCH,
    )
    epochs = settings.PROPOSAL_DETECTOR_EPOCHS
    optimization = Optimization(
        "adam",
        settings.PROPOSAL_DETECTOR_RATE * (STARTED_RATE if weights else 1.0),
        weight_decay=1e-2,
        clip_norm=10.0,
    )
    model.compile(optimization.build(epochs * steps), ProposalLoss(), jit_compile=False)
    history = train(model, make, judged, epochs, folder / model.name, step.say)
    if weights:
        return model, history
    folded = build_proposal_detector()
    fold_into(folded, model)
    return folded, history


def scene_settings(settings: Settings) -> SceneSettings:
    """What scenes look like, of the settings of all networks' augmentation."""
    return SceneSettings(
        side=settings.PROPOSAL_DETECTOR_SIDE,
        min_face_px=settings.FAST_MIN_FACE_PX,
        rotation=settings.ROTATION,
        rotation_degrees=settings.ROTATION_DEGREES,
        augmentation=Augmentation(
            mirror=settings.FLIP_PROB,
            color=settings.COLOR_JITTER,
            gray=settings.GRAYSCALE_PROB,
            blur=settings.BLUR,
            blur_sigma=1.5,
        ),
    )


def proposal_settings(settings: Settings) -> FastSettings:
    """What the detector proposes."""
    return FastSettings(
        score_threshold=settings.FAST_SCORE_THRESHOLD,
        nms_iou=settings.FAST_NMS_IOU,
        max_proposals=settings.FAST_MAX_PROPOSALS,
        min_face_px=settings.FAST_MIN_FACE_PX,
        long_side=settings.FAST_LONG_SIDE,
        max_long_side=settings.FAST_MAX_LONG_SIDE,
    )
