"""What the tests of losses, checkpoints and the loop share."""

import keras
import numpy as np
import pytest
from training_defaults import LOSS_WEIGHTS
from training_defaults import optimization as make_optimization

from hyperface.training.feeding import Batches as BaseBatches
from hyperface.training.loop import compile_tasks


@pytest.fixture(scope="session")
def gradient():
    """The gradient of a loss of one array, on TensorFlow and on JAX."""

    def of(loss, at):
        at = np.asarray(at, np.float32)
        if keras.backend.backend() == "jax":
            import jax

            return np.asarray(jax.grad(loss)(at))
        import tensorflow as tf

        point = tf.constant(at)
        with tf.GradientTape() as tape:
            tape.watch(point)
            value = loss(point)
        return tape.gradient(value, point).numpy()

    return of


class Batches(BaseBatches):
    """Batches in memory for the tiny network: (8, 5) numbers, targets of detection and pose.

    Args:
        epoch: With the number of the batch, all that a batch depends on.
        count: Number of batches.
        change: Called with (number, inputs, targets) before they are given out.
        tasks: The tasks whose targets are returned.
        rows: The rows of a batch to give; None for all.
    """

    def __init__(self, epoch, count=4, change=None, tasks=("detection", "pose"), rows=None):
        super().__init__(self._batch, count)
        self.tasks = tasks
        self.epoch = epoch
        self.change = change
        self.rows = slice(None) if rows is None else rows

    def _batch(self, number):
        rng = np.random.default_rng((self.epoch, number))
        inputs = rng.normal(size=(8, 5)).astype(np.float32)
        targets = {
            "detection": np.stack([inputs[:, 0] > 0, np.ones(8)], -1).astype(np.float32),
            "pose": np.stack([inputs[:, 1:4], np.ones((8, 3))], -1).astype(np.float32),
        }
        if self.change:
            self.change(number, inputs, targets)
        return inputs[self.rows], {task: targets[task][self.rows] for task in self.tasks}


@pytest.fixture(scope="session")
def batches():
    return Batches


def build_tiny(seed=0, units=6, tasks=("detection", "pose"), steps=16, dropout=0.3, **optimization):
    """Builds and compiles a network small enough to train in a test, with every kind of state:

    weights, moving averages, the states of dropout's generator and of the optimizer.
    """
    keras.utils.set_random_seed(seed)
    entrance = keras.Input((5,))
    x = keras.layers.Dense(units, activation="relu", name="fc")(entrance)
    x = keras.layers.BatchNormalization(name="fc_batch_norm")(x)
    x = keras.layers.Dropout(dropout, name="fc_dropout")(x)
    outputs = {}
    if "detection" in tasks:
        outputs["detection"] = keras.layers.Dense(2, "softmax", name="detection")(x)
    if "pose" in tasks:
        outputs["pose"] = keras.layers.Dense(3, name="pose")(x)
    model = keras.Model(entrance, outputs, name="tiny")
    compile_tasks(model, LOSS_WEIGHTS, make_optimization(**optimization), steps)
    return model


@pytest.fixture(scope="session")
def tiny():
    return build_tiny


@pytest.fixture
def said():
    """What the code under test says: a list, and the function that adds to it."""
    lines = []
    return lines, lines.append


def everything_of(model):
    """Weights, generators' states and the optimizer's, as arrays."""
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


@pytest.fixture(scope="session")
def same_state():
    """Whether two networks with their optimizers are the same to the last bit."""

    def same(ours, theirs):
        pairs = zip(everything_of(ours), everything_of(theirs), strict=True)
        return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)

    return same
