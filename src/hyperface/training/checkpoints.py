"""Checkpoints: the whole state of a training after an epoch, so that a killed run can resume.

A checkpoint is an HDF5 file with every variable of model and optimizer, and a JSON file beside it
with the epoch, the history so far, and the SHA-256 of both. They are written atomically, the JSON
last: without it the checkpoint does not exist. The newest two are kept; if one is damaged, the one
before it is used.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np

from hyperface.models.weights import size_of
from hyperface.utils.files import atomic_write, sha256_of
from hyperface.utils.json_text import json_text, without_nan, write_json

KEPT_CHECKPOINTS = 2


@dataclass(frozen=True)
class Progress:
    """The progress of a training: the number of finished epochs, and the history."""

    epochs: int
    history: list[dict]


def save_checkpoint(folder: Path, model: keras.Model, progress: Progress) -> None:
    """Writes the state after `progress.epochs` epochs, and removes all but the newest two."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"epoch-{progress.epochs:05d}.h5"
    variables = state_variables(model)
    with atomic_write(path, size_of(variables)) as aside, h5py.File(aside, "w") as file:
        for number, variable in enumerate(variables):
            data = file.create_dataset(str(number), data=keras.ops.convert_to_numpy(variable))
            data.attrs["path"] = variable.path
    facts = {"sha256": sha256_of(path), "epochs": progress.epochs, "history": progress.history}
    facts = without_nan(facts)
    stored = {"facts": facts, "facts_sha256": _checksum(facts)}
    write_json(path.with_suffix(".json"), stored)
    for old in sorted(folder.glob("epoch-*.json"))[:-KEPT_CHECKPOINTS]:
        old.unlink()
        old.with_suffix(".h5").unlink(missing_ok=True)


def load_checkpoint(folder: Path, model: keras.Model, log: Callable[[str], None]) -> Progress:
    """Restores a model, compiled as before, from its newest intact checkpoint, if there is one.

    `log` is called for every checkpoint that is skipped. Without one, the progress is 0 epochs.
    """
    for path in sorted(folder.glob("epoch-*.json"), reverse=True):
        try:
            stored = json.loads(path.read_text())
            facts, data = stored["facts"], path.with_suffix(".h5")
            if _checksum(facts) != stored["facts_sha256"] or sha256_of(data) != facts["sha256"]:
                raise ValueError("its bytes have changed since it was written")
            _restore(data, model)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log(f"checkpoint {path.stem} is skipped: {error}")
            continue
        return Progress(facts["epochs"], [_with_nan(row) for row in facts["history"]])
    return Progress(0, [])


def remove_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a finished training, about a gigabyte."""
    for path in folder.glob("epoch-*"):
        path.unlink()


def _with_nan(row: dict) -> dict:
    """A row of the history; JSON has null for a number that does not exist."""
    return {name: float("nan") if value is None else value for name, value in row.items()}


def _checksum(facts: dict) -> str:
    return hashlib.sha256(json_text(facts).encode()).hexdigest()


def state_variables(model: keras.Model) -> list:
    """Weights, states of random generators, and the optimizer's state."""
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def value_of(variable: keras.Variable) -> np.ndarray:
    """A copy of a variable's value, since JAX may use its memory again."""
    return np.array(keras.ops.convert_to_numpy(variable))


def assign_all(variables: Sequence[keras.Variable], values: Iterable[np.ndarray]) -> None:
    """Assigns each variable its value."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _restore(path: Path, model: keras.Model) -> None:
    variables = state_variables(model)
    with h5py.File(path, "r") as file:
        values = [np.asarray(file[str(number)]) for number in range(len(file))]
    shapes = [tuple(variable.shape) for variable in variables]
    if [value.shape for value in values] != shapes:
        raise ValueError("it belongs to another network or optimizer")
    assign_all(variables, values)
