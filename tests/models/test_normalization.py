import keras
import numpy as np
import pytest
from keras import ops

from hyperface.models.normalization import LocalResponseNormalization

CAFFE = {"depth_radius": 2, "alpha": 2e-5, "beta": 0.75, "bias": 1.0}


def naive(x, depth_radius, alpha, beta, bias):
    """The formula, one value at a time."""
    y = np.empty_like(x, np.float64)
    channels = x.shape[-1]
    for place in np.ndindex(x.shape):
        i = place[-1]
        near = range(max(i - depth_radius, 0), min(i + depth_radius, channels - 1) + 1)
        total = sum(float(x[(*place[:-1], j)]) ** 2 for j in near)
        y[place] = x[place] / (bias + alpha * total) ** beta
    return y


def numpy_of(tensor):
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))


def test_three_channels_by_hand():
    layer = LocalResponseNormalization(depth_radius=1, alpha=1.0, beta=1.0, bias=2.0)
    given = np.array([1.0, 2.0, 3.0], np.float32).reshape(1, 1, 1, 3)
    expected = [1 / (2 + 1 + 4), 2 / (2 + 1 + 4 + 9), 3 / (2 + 4 + 9)]
    np.testing.assert_allclose(numpy_of(layer(given)).ravel(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "settings", [CAFFE, {"depth_radius": 5, "alpha": 1e-3, "beta": 0.5, "bias": 2.0}]
)
def test_it_is_the_formula_of_the_paper(settings):
    given = np.random.default_rng(0).normal(0, 60, (2, 3, 2, 9)).astype(np.float32)
    found = numpy_of(LocalResponseNormalization(**settings)(given))
    np.testing.assert_allclose(found, naive(given, **settings), rtol=2e-6)


def test_the_defaults_are_caffes_with_alpha_divided_by_the_size():
    config = LocalResponseNormalization().get_config()
    assert {name: config[name] for name in CAFFE} == CAFFE
    assert config["alpha"] == pytest.approx(1e-4 / 5)


def test_it_agrees_with_tensorflow():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("runs on another backend")
    import tensorflow as tf

    given = np.random.default_rng(1).normal(0, 80, (2, 5, 5, 96)).astype(np.float32)
    theirs = tf.nn.local_response_normalization(
        given, depth_radius=2, bias=1.0, alpha=2e-5, beta=0.75
    )
    ours = numpy_of(LocalResponseNormalization()(given))
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=2e-6)


def test_shape_stays():
    layer = LocalResponseNormalization()
    assert layer.compute_output_shape((None, 27, 27, 96)) == (None, 27, 27, 96)
    assert layer(keras.Input((27, 27, 96))).shape == (None, 27, 27, 96)


def test_bfloat16_is_computed_in_float32_and_rounded_once():
    given = np.random.default_rng(2).normal(0, 100, (1, 4, 4, 16)).astype(np.float32)
    rounded = ops.cast(given, "bfloat16")
    found = LocalResponseNormalization(dtype="mixed_bfloat16")(rounded)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    expected = naive(numpy_of(rounded), **CAFFE)
    # One rounding to the 8 binary digits of bfloat16 is off by 1 in 256 at the most.
    np.testing.assert_allclose(numpy_of(found), expected, rtol=1 / 255)


def test_zeros_stay_zeros():
    assert not numpy_of(LocalResponseNormalization()(np.zeros((1, 2, 2, 4), np.float32))).any()


def test_config_round_trip():
    settings = {"depth_radius": 3, "alpha": 0.01, "beta": 0.6, "bias": 1.5}
    layer = LocalResponseNormalization(**settings, name="norm1")
    again = LocalResponseNormalization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    saved = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(saved, LocalResponseNormalization)
    assert saved.name == "norm1"
    assert {name: getattr(saved, name) for name in settings} == settings
