"""Training steps of every network on TensorFlow, and on JAX in a process of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from eager import narrow_resnet, zeros_for_weights
from training_defaults import LOSS_WEIGHTS
from training_defaults import optimization as make_optimization
from two_processes import UNOPTIMIZED

from hyperface.models.table import NETWORKS, build_network
from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.training.loop import compile_tasks

TESTS = Path(__file__).resolve().parents[1]
COMPUTES = [
    *(TESTS / "models" / f"test_{name}.py" for name in ("normalization", "transfer")),
    *(TESTS / "training" / f"test_{name}.py" for name in ("backends", "losses", "metrics")),
    *(TESTS / "training" / f"test_{name}.py" for name in ("optimization", "precision", "loop")),
]


@pytest.fixture
def told_channels_first():
    """Keras is told to build layers for images with their channels first, as by its keras.json."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.usefixtures("told_channels_first")
def test_every_network_takes_steps(name):
    """The networks are channels last, whatever Keras is told."""
    # JAX would compile the drawing of every kernel's shape.
    with zeros_for_weights(), narrow_resnet():
        model = build_network(name, width=0.125)
    assert model.input_shape == (None, 227, 227, 3)
    optimization = make_optimization(schedule="constant", clip_norm=10.0)
    compile_tasks(model, LOSS_WEIGHTS, optimization, 1)
    model.optimizer.build(model.trainable_variables)  # not in a graph, which is then traced twice
    # A graph takes seconds to build, of ResNet-101 a minute. HyperFace's has the layers of all but
    # ResNet-101, whose layers are Keras' own.
    model.run_eagerly = name != "hyperface"
    rng = np.random.default_rng(2)
    regions = rng.integers(0, 256, (2, 227, 227, 3), np.uint8)
    targets = {task: np.zeros((2, *TARGET_SHAPES[task]), np.float32) for task in model.output_names}
    for target in targets.values():
        target[0] = 1  # the second row has no labels at all
    kernels = [weight for weight in model.trainable_weights if weight.path.endswith("kernel")]
    for kernel in kernels:
        spread = np.sqrt(2 / np.prod(kernel.shape[:-1]))
        kernel.assign(rng.normal(0, spread, kernel.shape).astype(np.float32))
    before = [np.array(kernel) for kernel in kernels]

    logs = model.train_on_batch(regions, targets, return_dict=True)
    if "resnet" not in name:  # whose steps take seconds
        model.train_on_batch(regions, targets)

    assert np.isfinite(logs["loss"])
    assert logs["loss"] > 0
    if len(targets) > 1:
        total = sum(LOSS_WEIGHTS[task] * logs[f"{task}_loss"] for task in targets)
        assert logs["loss"] == pytest.approx(total, rel=1e-4)
    for kernel, old in zip(kernels, before, strict=True):
        assert np.isfinite(np.array(kernel)).all(), kernel.path
        assert not np.array_equal(np.array(kernel), old), f"{kernel.path} did not learn"


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() == "jax", reason="this is that process")
def test_networks_and_training_on_jax():
    """The step above for HyperFace, and the quick tests of what computes."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX, of requirements-dev.txt, is not installed")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=short"),
            # The others are made of the same layers, or, as ResNet-101, take minutes to compile.
            *("-k", "(takes_steps and hyperface and not resnet) or not slow"),
            *COMPUTES,
        ],
        cwd=TESTS.parent,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": UNOPTIMIZED,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
