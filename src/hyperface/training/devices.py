"""The devices that a network is trained on: one, or, with JAX, all devices of one or more hosts.

With several devices, only the training steps are distributed: each device computes its rows of the
batch, and Keras sums the gradients. Everything else runs in each process on one device, with a
copy of the network that is not distributed.
"""

import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from hyperface.errors import UserError
from hyperface.training import processes
from hyperface.training.checkpoints import assign_all, state_variables, value_of


def device_count() -> int:
    """The number of devices that train together."""
    if keras.backend.backend() != "jax":
        return 1
    return keras.distribution.get_device_count()


def check_batch_size(size: int) -> None:
    """Checks that a batch can be divided among the devices.

    Raises:
        UserError: It cannot.
    """
    if size % (count := device_count()):
        raise UserError(
            f"BATCH_SIZE is {size}, which {count} devices cannot share equally: choose a multiple "
            f"of {count}."
        )


class OneDevice:
    """Trains on one device, in one process.

    Attributes:
        writes: Whether this process writes checkpoints and weights.
    """

    writes = True

    def rows(self, batch_size: int) -> list[int] | None:
        """The rows of a batch that this process makes; None for all."""
        return None

    def fit(self, model: keras.Model, batches: Any, **options: Any) -> dict[str, list[float]]:
        """Runs `keras.Model.fit`, and returns its history."""
        build(model, batches)
        return model.fit(batches, **options).history

    def agree(self, value: Any) -> Any:
        """Returns the first process's value, which must be JSON, in every process."""
        return value

    def share_state(self, model: keras.Model) -> None:
        """Copies the weights and the optimizer's state of the first process to all others."""


class AllDevices(OneDevice):
    """Trains one network on all devices of all processes, which share every batch."""

    def __init__(self) -> None:
        self.writes = processes.is_first()
        self._distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
        self._copy: keras.Model | None = None

    def rows(self, batch_size: int) -> list[int] | None:
        """The rows of this process's own devices."""
        import jax

        each = batch_size // jax.device_count()
        own = [n for n, x in enumerate(jax.devices()) if x.process_index == jax.process_index()]
        return [row for n in own for row in range(n * each, (n + 1) * each)]

    def fit(self, model: keras.Model, batches: Any, **options: Any) -> dict[str, list[float]]:
        """Trains a copy of the network on all devices; the network itself takes over the result.

        The network is validated and passed to callbacks after an epoch. The batches have the rows
        of `rows`.
        """
        validation, callbacks = options.pop("validation_data"), options.pop("callbacks")
        if self._copy is None:
            with self._distribution.scope():
                self._copy = keras.models.clone_model(model)
                self._copy.compile_from_config(model.get_compile_config())
        copy = self._copy
        with self._distribution.scope(), processes.await_peer_failure():
            build(copy, batches)
            copy_state(model, copy)
            after = _TakeOver(model, validation, callbacks)
            return copy.fit(batches, callbacks=[after], **options).history

    def agree(self, value: Any) -> Any:
        """See `OneDevice`."""
        text = processes.from_first(lambda: {"json": np.array(json.dumps(value))})["json"]
        return json.loads(str(text))

    def share_state(self, model: keras.Model) -> None:
        """See `OneDevice`."""
        variables = state_variables(model)
        assign_all(variables, processes.arrays_from_first(list(map(value_of, variables))))


def training_devices() -> OneDevice:
    """The devices that networks are trained on: all that are available."""
    return AllDevices() if device_count() > 1 else OneDevice()


class _TakeOver(keras.callbacks.Callback):
    """Passes the events of a distributed training to the callbacks of the network itself.

    After an epoch the network gets the weights of its copy, and is validated on one device.
    """

    def __init__(
        self, model: keras.Model, validation: Any, callbacks: Sequence[keras.callbacks.Callback]
    ) -> None:
        super().__init__()
        self._network = model
        self._validation = validation
        self._callbacks = keras.callbacks.CallbackList(list(callbacks), model=model)

    def on_epoch_begin(self, epoch, logs=None):
        self._callbacks.on_epoch_begin(epoch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._callbacks.on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        distribution = keras.distribution.distribution()
        keras.distribution.set_distribution(None)
        try:
            copy_state(self.model, self._network)
            validated = self._network.evaluate(
                self._validation, verbose=0, return_dict=True, callbacks=self._callbacks
            )
            logs |= {f"val_{name}": value for name, value in validated.items()}
            self._callbacks.on_epoch_end(epoch, logs)
        finally:
            keras.distribution.set_distribution(distribution)


def build(model: keras.Model, batches: Any) -> None:
    """Builds what the first step of `fit` would: the optimizer, on JAX losses and metrics too.

    TensorFlow would otherwise trace the step twice, which takes seconds. On JAX, `fit` would use
    the first batch to build them, and a resumed training would not get its batches in the order of
    an uninterrupted one.
    """
    model.optimizer.build(model.trainable_variables)
    metrics = model._compile_metrics
    if keras.backend.backend() == "jax" and metrics is not None and not metrics.built:
        model._symbolic_build(data_batch=batches[0])


def copy_state(source: keras.Model, target: keras.Model) -> None:
    """Copies weights, states of random generators and the optimizer's state, across devices."""
    assign_all(state_variables(target), map(value_of, state_variables(source)))
