"""Steps: train a network, and say what it is."""

from collections.abc import Sequence
from pathlib import Path

import keras

from hyperface.models.table import FACE_MODEL, HYPERFACE
from hyperface.models.weights import normalization_of
from hyperface.regions.augmentation import Augmentation
from hyperface.steps.regions import Regions
from hyperface.training.feeding import FixedBatches, TrainingBatches
from hyperface.training.loop import compile_tasks, train
from hyperface.training.optimization import Optimization
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings
from hyperface.visualization.graphs import draw_graph, graph_path

GRAPHS = "model_graphs"  # in the folder of a run
PAPERS = (FACE_MODEL, HYPERFACE)  # networks whose parameters the paper's figures tell


def train_network(
    model: keras.Model,
    regions: Regions,
    settings: Settings,
    epochs: int,
    stage: int,
    folder: Path,
    step: Step,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> list[dict]:
    """Trains a network on all tasks that it has heads for, or goes on where that was stopped.

    Args:
        model: Built, with the weights to start from.
        regions: To train on and to watch.
        settings: All settings.
        epochs: Of this network.
        stage: 0 for the face model, 1 for what starts from it; each draws regions of its own.
        folder: For checkpoints and history.
        step: Told of every epoch.
        callbacks: Keras', called beside the loop's own.

    Returns:
        The history, one row an epoch.
    """
    tasks = list(model.output_names)
    augmentation = augmentation_of(settings)

    def batches(epoch: int) -> TrainingBatches:
        return TrainingBatches(
            regions.training,
            augmentation,
            settings.BATCH_SIZE,
            settings.REGIONS_PER_EPOCH,
            seed=2 * settings.SEED + stage,
            epoch=epoch,
            tasks=tasks,
        )

    steps = epochs * len(batches(0))
    compile_tasks(model, settings.LOSS_WEIGHTS, optimization_of(settings), steps)
    validation = FixedBatches(
        regions.validation,
        regions.evaluation_images,
        regions.training.rules,
        settings.BATCH_SIZE,
        tasks,
    )
    return train(model, batches, validation, epochs, folder, step.say, callbacks)


def augmentation_of(settings: Settings) -> Augmentation:
    """How regions are changed at random in training."""
    return Augmentation(
        mirror=settings.FLIP_PROB,
        color=settings.COLOR_JITTER,
        gray=settings.GRAYSCALE_PROB,
        blur=settings.BLUR,
        scale=settings.DOWNSCALE_PROB,
        rotation=settings.ROTATION,
        rotation_degrees=settings.ROTATION_DEGREES,
        occlusion=settings.OCCLUSION,
    )


def optimization_of(settings: Settings) -> Optimization:
    """How weights follow gradients."""
    return Optimization(
        settings.OPTIMIZER,
        settings.LEARNING_RATE,
        settings.MOMENTUM,
        settings.WEIGHT_DECAY,
        settings.SCHEDULE,
        settings.WARMUP,
        settings.GRADIENT_CLIP_NORM,
    )


def introduce(model: keras.Model, folder: Path, step: Step) -> None:
    """Says how large a network is and draws its Keras graph into the folder of the run."""
    more = model.name in PAPERS and normalization_of(model) == "batch"
    paper = ", more than the paper's: batch norm" if more else ""
    step.say(f"{model.name}: {model.count_params():,} parameters{paper}")
    if not draw_graph(model, graph_path(folder / GRAPHS, model)):
        step.say("pygraphviz is missing: the graph is written as text")
