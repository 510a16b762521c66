"""The whole measuring of one network, so small that only its course is tested."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from training_defaults import optimization

from hyperface.tasks import TASKS
from hyperface.training.loop import compile_tasks
from tools.benchmarks import measuring
from tools.benchmarks.measuring import ROUNDS, Pipeline, measure, try_batch_sizes
from tools.benchmarks.speed_table import CONVOLUTIONS, PRECISIONS, WORKS, feed_rows, speed_rows


class MadeUp(Pipeline):
    """Batches of small black regions, with the pipeline's threads and queue."""

    def batches(self, size, tasks, epoch=0):
        made = super().batches(size, tasks, epoch)
        labels = dict.fromkeys(TASKS) | {"detection": np.ones((size, 2), np.float32)}
        targets = {task: labels[task] for task in tasks}
        made._make = lambda number: (np.zeros((size, 6, 6, 3), np.uint8), targets)
        return made


@pytest.fixture
def pipeline():
    return MadeUp(None, None, seed=1)


def build(precision):
    region = keras.Input((6, 6, 3))
    maps = keras.layers.Conv2D(2, 3, dtype=precision)(region)
    x = keras.layers.Flatten()(maps)
    answer = keras.layers.Dense(2, "softmax", name="detection", dtype="float32")(x)
    model = keras.Model(region, {"detection": answer}, name="small")
    compile_tasks(model, {"detection": 1.0}, optimization(), 1000)
    return model


@pytest.mark.slow
def test_every_measurement_is_taken_in_every_round(pipeline, monkeypatch):
    monkeypatch.setattr(measuring, "LARGE_BATCH", 1)
    measured = measure(build, pipeline, [4, 2], seconds=0.03)
    whats = ("large", "training", "inference", "pipeline")
    assert set(measured.measurements) == {(w, p) for w in whats for p in PRECISIONS} | {
        ("feed", "float32")
    }
    assert all(
        len(measurement.step_seconds) == ROUNDS for measurement in measured.measurements.values()
    )
    convolution, dense = 2 * (3 * 3 * 3) * (4 * 4 * 2), 2 * 32 * 2
    assert measured.operations == {
        "training": 2 * convolution + 3 * dense,
        "inference": convolution + dense,
        "large": 2 * (3 * 3 * 512) * (28 * 28 * 512),
    }
    assert len(list(speed_rows("small", measured))) == 4
    assert len(list(feed_rows("small", measured))) == 2


def test_no_larger_size_is_tried_once_a_step_takes_too_long(pipeline, monkeypatch):
    seconds_of = {2: 0.5, 4: 3.0, 8: 9.0}
    asked = []

    def try_batch(model, batch, work, seconds):
        asked.append((model.name, work, len(batch[0]), seconds))
        return seconds_of[len(batch[0])]

    monkeypatch.setattr(measuring, "try_batch", try_batch)
    model = SimpleNamespace(name=CONVOLUTIONS)
    tried = try_batch_sizes({"float32": model}, pipeline, {"float32": [2, 4, 8]}, seconds=2.0)
    assert tried == {(work, "float32"): {2: 4.0, 4: 4 / 3} for work in WORKS}
    assert asked[0] == (CONVOLUTIONS, "training", 2, 2.0 / ROUNDS)
