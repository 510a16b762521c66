"""A process of its own that trains the tiny network, alone or with others: for test_devices.py.

Arguments: its folder, the epochs of the training, and the seconds to wait after each batch.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path

from hyperface.errors import UserError
from hyperface.startup import prepare_process
from hyperface.training import processes
from hyperface.utils.command import exit_status


def losses_callback(pause: float):
    """Keeps in `losses` the loss of every batch alone, not of the epoch so far."""
    import keras

    class Losses(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self._total, self.losses = 0.0, []

        def on_train_batch_end(self, batch, logs=None):
            total = logs["loss"] * (batch + 1)
            self.losses.append(total - (self._total if batch else 0.0))
            self._total = total
            time.sleep(pause)

    return Losses()


def train_tiny(folder: Path, epochs: int, pause: float) -> None:
    """Trains, exchanges something, and writes what came of it into `result.json`."""
    processes.join()
    import numpy as np  # after it, as in main.py
    from training.conftest import Batches, build_tiny

    from hyperface.training.devices import training_devices
    from hyperface.training.loop import train

    devices, losses = training_devices(), losses_callback(pause)
    rows = devices.rows(8)
    model = build_tiny(ema_momentum=0.5)
    history = train(
        model,
        lambda epoch: Batches(epoch, count=10, rows=rows),
        Batches(10_000),
        epochs,
        folder / "run",
        partial(print, flush=True),
        [losses],
        devices=devices,
    )
    text = processes.from_first(lambda: {"names": np.array(["né", folder.name])})["names"]
    difference = ""
    try:
        processes.require_same("the data", folder.name.encode())
    except UserError as error:
        difference = str(error)
    result = {
        "losses": losses.losses,
        "history": history,
        "weights": [float(np.abs(weight).sum()) for weight in model.get_weights()],
        "names": text.tolist(),
        "difference": difference,
    }
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    prepare_process()
    work = partial(train_tiny, Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    sys.exit(processes.run_distributed(partial(exit_status, work)))
