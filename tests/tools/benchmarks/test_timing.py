"""On a network of a few weights: what is run and what is counted, not how fast."""

import keras
import numpy as np

from tools.benchmarks.speed import count_operations
from tools.benchmarks.timing import (
    ConstantBatches,
    CountedBatches,
    build_convolutions,
    build_large_convolution,
    time_inference,
    time_training,
)


def small_model():
    region = keras.Input((4, 4, 3))
    model = keras.Model(region, keras.layers.Dense(2)(keras.layers.Flatten()(region)))
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse", jit_compile=False)
    return model


def batch(size=2):
    return np.zeros((size, 4, 4, 3), np.uint8), np.zeros((size, 2), np.float32)


class SlowBatches(CountedBatches):
    """The queue and the counting of the real ones, without images."""

    def __init__(self):
        super().__init__(ConstantBatches(batch()))

    def __getitem__(self, number):
        self.made_at.append(-1.0)  # before every step: as if all came from the queue's store
        return batch()


def test_training_runs_the_lead_and_the_steps():
    model = small_model()
    seconds = time_training(model, ConstantBatches(batch()), steps=3, lead=2)
    assert seconds > 0
    assert int(model.optimizer.iterations) == 5


def test_training_that_drains_the_queue_is_not_counted_as_fast():
    model = small_model()
    batches = SlowBatches()
    seconds = time_training(model, batches, steps=4, lead=1)
    # Nothing was made meanwhile, so that four steps count as one.
    assert seconds > 0
    assert len(batches.made_at) >= 5


def test_inference_returns_the_seconds_for_one_batch():
    assert time_inference(small_model(), batch()[0], steps=3) > 0


def test_convolutions_are_the_trunk_alone():
    model = build_convolutions("float32")
    names = [layer.name for layer in model.layers if hasattr(layer, "kernel")]
    assert names == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    assert count_operations(model).forward == 2_153_268_288


def test_large_convolution_computes_in_its_precision():
    for dtype, compute in (("float32", "float32"), ("mixed_bfloat16", "bfloat16")):
        model, maps = build_large_convolution(dtype, 1)
        assert model.layers[1].compute_dtype == compute
        assert keras.backend.standardize_dtype(maps.dtype) == compute
        assert count_operations(model).forward == 2 * (3 * 3 * 512) * (28 * 28 * 512)
        assert model.predict_on_batch(maps).shape == (1, 512)
