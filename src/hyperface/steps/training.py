"""Steps: train a network, and describe it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from hyperface import __version__
from hyperface.errors import UserError
from hyperface.models.table import FACE_MODEL, HYPERFACE
from hyperface.models.weights import normalization_of
from hyperface.steps.run_regions import Regions
from hyperface.steps.setting_groups import TrainingSettings
from hyperface.training.devices import check_batch_size, device_count, training_devices
from hyperface.training.feeding import fixed_batches, training_batches
from hyperface.training.loop import compile_tasks, train
from hyperface.training.precision import resolve_precision
from hyperface.training.processes import from_first, is_first, require_same
from hyperface.utils.folder import RunFolder
from hyperface.utils.log import Log, Step
from hyperface.utils.settings import Settings
from hyperface.visualization.graphs import draw_graph, graph_path

GRAPHS = "model_graphs"  # in the folder of a run
IN_THE_PAPER = (FACE_MODEL, HYPERFACE)  # networks whose parameter count the paper's figures give


@dataclass(frozen=True)
class Workspace:
    """The folders and the precision of a run."""

    run: Path  # the run's folder
    project: Path  # the folder of caches and trained weights; relative paths may start from it
    dtype: str  # Keras dtype policy

    def weights_of(self, model: keras.Model) -> Path:
        """The path for the weights of a trained network."""
        folder = self.project / "weights" if is_first() else self.run
        return folder / f"{model.name}.weights.h5"


def prepare(settings: Settings, run: RunFolder, project: Path) -> tuple[Log, Workspace]:
    """Opens the log, sets the seed of Keras, and chooses the precision.

    Raises:
        UserError: Processes have different settings, or BATCH_SIZE does not suit the devices.
    """
    log = Log(run.path / "log.txt")
    log.log("\n".join([f"run {run.name}", *run.notices]))
    keras.utils.set_random_seed(settings.SEED)
    require_same("The settings and the version", f"{__version__} {settings.as_json()}".encode())
    check_batch_size(settings.BATCH_SIZE)
    # Chips differ in what they compute fast.
    chosen = from_first(lambda: {"dtype": np.array(resolve_precision(settings.PRECISION))})
    work = Workspace(run.path, project, str(chosen["dtype"]))
    many = f", {count} devices" if (count := device_count()) > 1 else ""
    log.log(f"computes in {work.dtype} on {keras.backend.backend()}{many}")
    return log, work


class Trained(NamedTuple):
    """A network, and its history with one row for each epoch; empty if it was not trained."""

    model: keras.Model
    history: list[dict]


def train_network(
    model: keras.Model,
    regions: Regions,
    settings: TrainingSettings,
    work: Workspace,
    step: Step,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> list[dict]:
    """Trains a network on all tasks that it has heads for, on all devices; can be resumed.

    Checkpoints and the history are stored in a folder of the run named after the network. The
    history, with one row for each epoch, is also returned.

    Raises:
        UserError: The weights of all its losses are 0.
    """
    tasks, devices = list(model.output_names), training_devices()
    if not any(settings.loss_weights[task] for task in tasks):
        raise UserError(
            f"LOSS_WEIGHTS are 0 for all heads of {model.name} ({', '.join(tasks)}), so nothing "
            "would be learned: raise one of them."
        )
    batches = partial(
        training_batches,
        regions.training,
        settings.augmentation,
        settings.batch_size,
        settings.regions_per_epoch,
        settings.seed,
        tasks=tasks,
        rows=devices.rows(settings.batch_size),
    )
    steps = settings.epochs * len(batches(0))
    compile_tasks(model, settings.loss_weights, settings.optimization, steps)
    validation = fixed_batches(
        regions.validation,
        regions.evaluation_images,
        regions.training.rules,
        settings.batch_size,
        tasks,
    )
    folder = work.run / model.name
    return train(
        model,
        batches,
        validation,
        settings.epochs,
        folder,
        step.log,
        callbacks,
        keep_last=settings.kept_epoch == "last",
        devices=devices,
    )


def describe_network(model: keras.Model, folder: Path, step: Step) -> None:
    """Logs the size of a network, and draws its Keras graph into the run's folder."""
    more = model.name in IN_THE_PAPER and normalization_of(model) == "batch"
    paper = ", including batch normalization, which the paper does not have" if more else ""
    step.log(f"{model.name}: {model.count_params():,} parameters{paper}")
    if not draw_graph(model, graph_path(folder / GRAPHS, model)):
        step.log("the graph could not be drawn and is written as text")
