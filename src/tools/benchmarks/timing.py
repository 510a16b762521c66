"""Times Keras networks: training steps as in `training.loop`, inference, one convolution."""

import time

import keras
from keras import layers, ops

from hyperface.models.trunk import build_trunk, region_input
from hyperface.regions.batches import Batch
from hyperface.training.feeding import Batches, reraise_user_errors
from tools.benchmarks.speed import sustained_seconds

ENDLESS = 1_000_000  # batches; the last one is never reached


class ConstantBatches(keras.utils.PyDataset):
    """The same batch in memory, repeated."""

    def __init__(self, batch: Batch) -> None:
        super().__init__()
        self._batch = batch

    def __len__(self) -> int:
        return ENDLESS

    def __getitem__(self, number: int) -> Batch:
        return self._batch


class CountedBatches(Batches):
    """The batches of another data set; `made_at` has the time at which each was ready."""

    def __init__(self, batches: keras.utils.PyDataset) -> None:
        super().__init__(batches.__getitem__, len(batches))
        self.made_at: list[float] = []

    def __getitem__(self, number: int) -> Batch:
        batch = super().__getitem__(number)
        self.made_at.append(time.perf_counter())
        return batch


def time_training(
    model: keras.Model, batches: keras.utils.PyDataset, steps: int, lead: int
) -> float:
    """Seconds for one training step.

    Args:
        model: A compiled model.
        batches: More batches than needed, so that they are made up to the last step.
        steps: Number of timed steps.
        lead: Number of steps before them, at least one: they build the graph and fill the queue.
    """
    times = _StepTimes()
    number = lead + steps
    with reraise_user_errors(batches):
        model.fit(batches, steps_per_epoch=number, shuffle=False, verbose=0, callbacks=[times])
    start, end = times.ends[lead - 1], times.ends[-1]
    if not isinstance(batches, CountedBatches):
        return (end - start) / steps
    made = sum(start < moment <= end for moment in batches.made_at)
    return sustained_seconds(end - start, steps, made)


def time_inference(model: keras.Model, inputs, steps: int) -> float:
    """Seconds of inference on one batch."""
    start = time.perf_counter()
    for _ in range(steps):
        model.predict_on_batch(inputs)
    return (time.perf_counter() - start) / steps


def build_convolutions(dtype: str) -> keras.Model:
    """conv1 to conv5 with their pooling and nothing else, compiled."""
    region = region_input()
    model = keras.Model(region, build_trunk(region, "none", dtype).pool5, name="convolutions")
    model.compile(
        # The weights stay: this meaningless loss would soon turn the ReLUs off.
        optimizer=keras.optimizers.SGD(0.0),
        loss=lambda _, maps: ops.mean(maps, axis=(1, 2, 3)),
        jit_compile=False,
    )
    return model


def build_large_convolution(dtype: str, batch_size: int):
    """One convolution, 28 x 28, 512 channels to 512, 3 x 3: the best that the machine reaches.

    Returns:
        The network, and a batch that is already on the device.
    """
    compute_dtype = keras.dtype_policies.get(dtype).compute_dtype
    maps = keras.Input((28, 28, 512), dtype=compute_dtype)
    x = layers.Conv2D(512, 3, padding="same", use_bias=False, dtype=dtype)(maps)
    # Only one pixel is returned, so that fetching the output takes no time.
    model = keras.Model(maps, ops.cast(x[:, 0, 0], "float32"))
    return model, ops.ones((batch_size, *maps.shape[1:]), compute_dtype)


class _StepTimes(keras.callbacks.Callback):
    """Records the end of every step."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        float(logs["loss"])  # Waits for the device, as the check in training does.
        self.ends.append(time.perf_counter())
