"""Epoch 0: the network before its training, which is kept if no epoch is better."""

import math
from collections.abc import Mapping, Sequence

import keras

from hyperface.training.feeding import reraise_user_errors

START_KEPT_WARNING = (
    "no epoch had a lower validation loss than the network before its training, whose weights are "
    "kept; a lower learning rate or more data may help"
)


def epoch_zero(model: keras.Model, validation: keras.utils.PyDataset) -> dict | None:
    """The row of the history for a compiled model before its training: `epoch` and `seconds` are 0.

    None if the loss of the validation is not finite, which the first epoch then reports.
    """
    with reraise_user_errors(validation):
        evaluated = model.evaluate(validation, verbose=0, return_dict=True)
    if not math.isfinite(evaluated["loss"]):
        return None
    columns = {f"val_{name}": float(value) for name, value in evaluated.items()}
    return {"epoch": 0, "seconds": 0.0, **columns}


def start_is_best(history: Sequence[Mapping]) -> bool:
    """Whether epoch 0 has the lowest validation loss of a history."""
    start = [row["val_loss"] for row in history if row["epoch"] == 0]
    trained = [row["val_loss"] for row in history if row["epoch"] > 0]
    return bool(start and trained) and start[0] < min(trained)
