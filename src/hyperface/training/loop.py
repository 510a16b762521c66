"""The training loop: Keras' `fit` one epoch at a time, with a checkpoint after each epoch."""

import csv
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from hyperface.errors import UserError
from hyperface.models.weights import not_finite, read_weights, write_weights
from hyperface.tasks import TASKS
from hyperface.training.checkpoints import (
    Progress,
    assign_all,
    load_checkpoint,
    save_checkpoint,
    value_of,
)
from hyperface.training.devices import OneDevice
from hyperface.training.epoch_zero import START_KEPT_WARNING, epoch_zero, start_is_best
from hyperface.training.feeding import reraise_user_errors
from hyperface.training.losses import TaskLoss
from hyperface.training.metrics import TaskMetric
from hyperface.training.optimization import Optimization
from hyperface.utils.files import atomic_write
from hyperface.utils.progress import is_terminal

BEST_WEIGHTS = "best.weights.h5"


def compile_tasks(
    model: keras.Model,
    loss_weights: Mapping[str, float],
    optimization: Optimization,
    steps: int,
) -> None:
    """Gives every output of a network, named after its task, its loss, its weight and its metric.

    The schedule of the optimizer is that of a training of `steps` batches.
    """
    tasks = list(model.output_names)
    # Keras omits the output's name in the columns of a model with a single output.
    prefix = "" if len(tasks) > 1 else f"{tasks[0]}_"
    model.compile(
        optimizer=optimization.build(steps),
        loss={task: TaskLoss(task) for task in tasks},
        loss_weights={task: loss_weights[task] for task in tasks},
        metrics={task: [TaskMetric(task, name=prefix + TASKS[task].metric)] for task in tasks},
        jit_compile=uses_jit(),
    )


def uses_jit() -> bool:
    """Whether networks are compiled just in time; JAX is slow without it.

    With TensorFlow it is not faster on the measured CPUs, starts slowly, and compiles again for
    every image size.
    """
    return keras.backend.backend() == "jax"


def freeze(model: keras.Model, names: Sequence[str]) -> None:
    """Excludes the named layers, and their batch normalization, from training.

    Raises:
        UserError: A name is not a layer of the model.
    """
    known = {layer.name: layer for layer in model.layers}
    unknown = [name for name in names if name not in known]
    if unknown:
        trainable = ", ".join(name for name, layer in known.items() if layer.weights)
        raise UserError(
            f"FROZEN_LAYERS names {', '.join(unknown)}, but {model.name} has only {trainable}."
        )
    for name in names:
        for layer in (known[name], known.get(f"{name}_batch_norm")):
            if layer is not None:
                layer.trainable = False


def train(
    model: keras.Model,
    batches_of_epoch: Callable[[int], keras.utils.PyDataset],
    validation: keras.utils.PyDataset,
    epochs: int,
    folder: Path,
    log: Callable[[str], None],
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    keep_last: bool = False,
    devices: OneDevice | None = None,
) -> list[dict]:
    """Trains a compiled model, starting from its newest checkpoint, and loads its best weights.

    If the optimizer keeps moving averages of the weights, these are validated and stored as the
    best; training continues with the weights themselves.

    Args:
        model: See `compile_tasks`.
        batches_of_epoch: Gives the batches of an epoch, counted from 0.
        validation: Batches on which the best epoch is chosen, by total loss.
        epochs: Total number of epochs, including finished ones.
        folder: The folder for checkpoints, best weights and history.csv.
        log: Logs a line.
        callbacks: Keras callbacks, called beside the loop's own.
        keep_last: Keep the last epoch instead of the best one.
        devices: The devices to train on; None for one device.

    Returns:
        One row for each epoch: epoch (from 1), seconds, learning_rate, then the columns of Keras'
        history; a metric without labels is NaN. The row of epoch 0 comes first (`epoch_zero`).

    Raises:
        UserError: The loss or a weight is not finite; the last good epoch remains on disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    devices = devices or OneDevice()
    loaded = load_checkpoint(folder, model, log)
    devices.share_state(model)
    progress = Progress(*devices.agree([loaded.epochs, loaded.history]))
    if progress.epochs:
        log(f"resumes after epoch {progress.epochs} of {epochs}")
        if devices.writes:
            write_history(folder / "history.csv", progress.history)
    history = list(progress.history)
    if not progress.epochs:
        start = devices.agree(epoch_zero(model, validation))
        if start is not None:
            history.append(start)
            if devices.writes:
                write_weights(model, folder / BEST_WEIGHTS, start)
            log(f"validation loss before the training: {start['val_loss']:.4f}")
    for epoch in range(progress.epochs, epochs):
        started = time.monotonic()
        batches, averages = batches_of_epoch(epoch), _Averages()
        with reraise_user_errors(batches, validation):
            fitted = devices.fit(
                model,
                batches,
                validation_data=validation,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,
                verbose=1 if is_terminal(sys.stdout) else 0,
                callbacks=[_StopIfNotFinite(folder), averages, *callbacks],
            )
        row = {"epoch": epoch + 1, "seconds": round(time.monotonic() - started, 1)}
        row["learning_rate"] = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
        row |= {name: float(values[-1]) for name, values in fitted.items()}
        row = devices.agree(row)
        # Max pooling can hide a NaN from the loss, so the weights are checked, too.
        if wrong := not_finite(model):
            raise _not_finite(f"The weight {wrong[0]}", epoch, folder)
        if not np.isfinite(row["val_loss"]):
            raise _not_finite("The validation loss", epoch, folder)
        history.append(row)
        best = min(past["val_loss"] for past in history)
        if devices.writes and (keep_last or row["val_loss"] <= best):
            write_weights(model, folder / BEST_WEIGHTS, row)
        averages.take_out()
        if devices.writes:
            save_checkpoint(folder, model, Progress(epoch + 1, history))
            write_history(folder / "history.csv", history)
        log(_epoch_line(row, epochs))
    if not keep_last and start_is_best(history):
        log(START_KEPT_WARNING)
    if devices.writes:
        try:
            read_weights(model, folder / BEST_WEIGHTS)
        except UserError as error:
            log(f"the best epoch's weights cannot be read, the last epoch's are used: {error}")
    devices.share_state(model)
    return history


def write_history(path: Path, history: Sequence[dict]) -> None:
    """Writes all rows as CSV again, so that no row is duplicated or lost; NaN is an empty cell."""
    rows = [
        {name: "" if value != value else value for name, value in row.items()} for row in history
    ]
    with atomic_write(path) as aside, aside.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[-1]))
        writer.writeheader()
        writer.writerows(rows)


class _StopIfNotFinite(keras.callbacks.Callback):
    """Stops the training at the first batch whose loss is not finite."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            raise _not_finite(f"The loss of batch {batch + 1}", self._epoch, self._folder)


class _Averages(keras.callbacks.Callback):
    """Puts the optimizer's moving averages of the weights into the model from validation on."""

    def __init__(self) -> None:
        super().__init__()
        self._trained: list[np.ndarray] = []

    def on_test_begin(self, logs=None):
        if self.model.optimizer.use_ema:
            weights = self.model.trainable_variables
            self._trained = list(map(value_of, weights))
            self.model.optimizer.finalize_variable_values(weights)
            # JAX deletes arrays that it evaluated; those of the averages are still needed.
            assign_all(weights, list(map(value_of, weights)))

    def take_out(self) -> None:
        """Restores the weights that training continues from."""
        if self._trained:
            assign_all(self.model.trainable_variables, self._trained)


def _not_finite(what: str, epoch: int, folder: Path) -> UserError:
    return UserError(
        f"{what} of epoch {epoch + 1} is not a finite number: lower the learning rate or set "
        f"GRADIENT_CLIP_NORM; {folder} has the epochs before it."
    )


def _epoch_line(row: dict, epochs: int) -> str:
    parts = [f"epoch {row['epoch']}/{epochs}", f"loss {row['loss']:.4f}"]
    parts.append(f"validation loss {row['val_loss']:.4f}")
    for name, value in row.items():
        if name.startswith("val_") and not name.endswith("loss"):
            number = "-" if np.isnan(value) else f"{value:.4g}"
            parts.append(f"{name.removeprefix('val_').replace('_', ' ')} {number}")
    return ", ".join([*parts, f"{row['seconds']:.0f} s"])
