"""HyperFace-ResNet: its maps, its fusion, its pixels and its start from published weights."""

import keras
import numpy as np
import pytest
from eager import narrow_resnet, zeros_for_weights
from keras import ops

from hyperface.errors import UserError
from hyperface.models.resnet import STAGES, start_from_resnet
from hyperface.models.weights import read_weights, write_weights

pytestmark = pytest.mark.slow  # a hundred layers take seconds to build


@pytest.fixture(scope="module", autouse=True)
def narrow():
    """The whole ResNet-101 is in `test_architectures.py`; an eighth as wide, it takes a moment."""
    with narrow_resnet():
        yield


@pytest.fixture(scope="module")
def published():
    return keras.applications.ResNet101(include_top=False, weights=None, input_shape=(227, 227, 3))


@pytest.fixture(scope="module")
def network(outline, published, tmp_path_factory):
    """HyperFace-ResNet, started from the published weights."""
    path = tmp_path_factory.mktemp("resnet") / "published.weights.h5"
    published.save_weights(path)
    network = outline("hyperface_resnet")
    with zeros_for_weights():
        start_from_resnet(network, path)
    path.unlink()
    return network


def test_four_depths_are_halved_onto_each_other_and_summed(network):
    layer = network.get_layer
    # An eighth of 256, 512, 1,024 and 2,048 filters.
    assert layer("conv2").output.shape == (None, 57, 57, 32)
    for stage, side, depth in (("conv3", 29, 64), ("conv4", 15, 128), ("conv5", 8, 256)):
        summed = layer(f"sum_{stage}")
        assert summed.input[0] is layer(f"fuse_{stage}").output
        assert summed.output.shape == (None, side, side, depth)
        assert layer(f"fuse_{stage}").strides == (2, 2)
    assert layer("average_pool").input is layer("sum_conv5").output
    assert layer("fc_pose").input is layer("average_pool").output
    assert len(network.layers) < 30, "its graph shows stages, not a hundred layers"


def test_red_green_blue_is_answered_as_caffe_answers_blue_green_red(network, published):
    pixels = np.random.default_rng(1).integers(0, 256, (1, 227, 227, 3)).astype(np.float32)
    scaled = network.get_layer("scale_pixels")(pixels)
    ours = network.get_layer("conv1").get_layer("conv1_conv")(scaled)
    caffe = keras.applications.resnet.preprocess_input(pixels.copy())
    theirs = published.get_layer("conv1_conv")(ops.convert_to_tensor(caffe))
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (ours, theirs)), rtol=1e-3, atol=1e-2)


def test_starts_from_published_weights_and_comes_back_from_its_own(network, published, tmp_path):
    for stage, name in (("conv2", "conv2_block1_0_conv"), ("conv4", "conv4_block23_3_conv")):
        ours = network.get_layer(stage).get_layer(name).get_weights()[0]
        np.testing.assert_array_equal(ours, published.get_layer(name).get_weights()[0])

    path = tmp_path / "hyperface_resnet.weights.h5"
    write_weights(network, path, {})
    written = network.get_weights()
    for weight in network.weights:
        weight.assign(ops.full(weight.shape, 7, weight.dtype))
    read_weights(network, path)
    path.unlink()
    pairs = zip(network.get_weights(), written, strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_other_weights_are_refused(network, tmp_path):
    with pytest.raises(UserError, match="RESNET_WEIGHTS"):
        start_from_resnet(network, tmp_path / "nowhere.h5")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(
        tmp_path / "other.weights.h5"
    )
    with zeros_for_weights(), pytest.raises(UserError, match="ResNet101 without its top"):
        start_from_resnet(network, tmp_path / "other.weights.h5")


def test_layers_of_a_stage_that_do_not_fit_are_named(network, outline, tmp_path):
    path = tmp_path / "face_model.weights.h5"
    write_weights(outline("face_model", width=0.125), path, {})
    with pytest.raises(UserError, match="conv4_block23_3_conv is missing in the file"):
        read_weights(network, path)
    path.unlink()


def test_every_stage_computes_in_the_given_precision(outline):
    model = outline("hyperface_resnet", dtype="mixed_bfloat16")
    for stage in STAGES:
        kinds = {layer.compute_dtype for layer in model.get_layer(stage).layers[1:]}
        assert kinds == {"bfloat16"}
    assert keras.config.dtype_policy().name == "float32"
