"""Networks to look at: the paper's without their random weights, and tiny ones."""

from pathlib import Path

import keras
import numpy as np
import pytest
from eager import zeros_for_weights

from hyperface.models.table import build_network

SHARED_WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "weights"


@pytest.fixture(scope="session")
def outline():
    """Builds one of the paper's networks with zeros for weights, in a fraction of the time."""

    def build(name, *arguments, **options):
        with zeros_for_weights():
            return build_network(name, *arguments, **options)

    return build


@pytest.fixture(scope="session")
def paper_face_model(outline):
    """The paper's face model, of zeros; not to be changed."""
    return outline("face_model")


@pytest.fixture(scope="session")
def paper_hyperface(outline):
    """The paper's HyperFace, of zeros; not to be changed."""
    return outline("hyperface")


@pytest.fixture
def tiny_trunk():
    """Builds a network whose five convolutions are named as the trunk's, with random weights."""

    def build(
        name="tiny", filters=(4, 5, 6, 6, 4), kernel=3, batch=False, without=(), head=2, seed=0
    ):
        with zeros_for_weights():  # all weights are drawn below
            x = entrance = keras.Input((8, 8, 3))
            for number, count in enumerate(filters, start=1):
                if f"conv{number}" in without:
                    continue
                conv = keras.layers.Conv2D(
                    count, kernel, padding="same", use_bias=not batch, name=f"conv{number}"
                )
                x = conv(x)
                if batch:
                    x = keras.layers.BatchNormalization(name=f"conv{number}_batch_norm")(x)
            x = keras.layers.GlobalAveragePooling2D()(x)
            model = keras.Model(entrance, keras.layers.Dense(head, name="detection")(x), name=name)
        rng = np.random.default_rng(seed)
        for weight in model.weights:
            weight.assign(rng.normal(size=weight.shape).astype("float32"))
        return model

    return build


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """The folder of published weights beside the project; tests that use it are extra."""
    if not SHARED_WEIGHTS.is_dir():
        pytest.skip("the published weights, ../shared/weights, are absent")
    return SHARED_WEIGHTS
