"""The ImageNet start: AlexNet inside the wider trunk computes what AlexNet computes."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from hyperface.errors import UserError
from hyperface.models.imagenet import read_convolutions, start_from_imagenet
from hyperface.models.trunk import CONVOLUTIONS, build_trunk, region_input

# The published one-tower AlexNet: kernel side, channels in, filters.
PUBLISHED = ((11, 3, 64), (5, 64, 192), (3, 192, 384), (3, 384, 256), (3, 256, 256))


def random_convolutions(seed=0):
    rng = np.random.default_rng(seed)
    arrays = {}
    for number, (side, inputs, filters) in enumerate(PUBLISHED):
        spread = np.sqrt(2 / (side * side * inputs))
        kernel = rng.normal(0, spread, (side, side, inputs, filters))
        arrays[f"AlexNet_0.Conv_{number}.kernel"] = kernel.astype(np.float32)
        arrays[f"AlexNet_0.Conv_{number}.bias"] = rng.normal(0, 0.1, filters).astype(np.float32)
    return arrays


def written(path, arrays):
    np.savez(path, **arrays)
    return path


def trunk(normalization="none"):
    """The paper's trunk alone, all its convolutions as outputs, with random weights."""
    keras.utils.set_random_seed(7)
    region = region_input()
    model = keras.Model(region, build_trunk(region, normalization).pool5)
    for layer in model.layers:
        if getattr(layer, "use_bias", False):
            layer.bias.assign(np.random.default_rng(8).normal(0, 1, layer.bias.shape))
    return model


def convolution_outputs(model, pixels):
    outputs = [model.get_layer(name).output for name in CONVOLUTIONS]
    return [ops.convert_to_numpy(x) for x in keras.Model(model.input, outputs)(pixels)]


def narrow_alexnet(arrays, pixels):
    """AlexNet of the published widths, without normalization, built here from the arrays alone."""
    x = entrance = keras.Input((227, 227, 3))
    outputs = []
    for number, (side, _, filters) in enumerate(PUBLISHED):
        conv = layers.Conv2D(
            filters,
            side,
            strides=1 if number else 4,
            padding="same" if number else "valid",
            activation="relu",
            name=f"narrow{number}",
        )
        x = conv(x)
        outputs.append(x)
        if number in (0, 1):
            x = layers.MaxPooling2D(3, 2)(x)
    model = keras.Model(entrance, outputs)
    for number in range(len(PUBLISHED)):
        parts = [arrays[f"AlexNet_0.Conv_{number}.{part}"] for part in ("kernel", "bias")]
        model.get_layer(f"narrow{number}").set_weights(parts)
    scaled = (pixels / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return [ops.convert_to_numpy(x) for x in model(scaled.astype(np.float32))]


def assert_computes_alexnet(path, arrays):
    pixels = np.random.default_rng(9).integers(0, 256, (2, 227, 227, 3)).astype(np.float32)
    model = trunk()
    start_from_imagenet(model, path)
    ours = convolution_outputs(model, pixels)
    theirs = narrow_alexnet(arrays, pixels)
    for name, wide, narrow in zip(CONVOLUTIONS, ours, theirs, strict=True):
        assert narrow.std() > 0.01, "the comparison would be of zeros"
        scale = np.abs(narrow).max()
        np.testing.assert_allclose(
            wide[..., : narrow.shape[-1]], narrow, rtol=1e-4, atol=1e-4 * scale, err_msg=name
        )


@pytest.mark.slow
def test_the_given_channels_compute_what_alexnet_computes(tmp_path):
    arrays = random_convolutions()
    assert_computes_alexnet(written(tmp_path / "alexnet.npz", arrays), arrays)


@pytest.mark.slow
def test_the_published_file_computes_what_alexnet_computes(shared_weights):
    path = shared_weights / "alexnet_imagenet_torchvision_conv.npz"
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    for number, (side, inputs, filters) in enumerate(PUBLISHED):
        kernel = arrays[f"AlexNet_0.Conv_{number}.kernel"]
        assert kernel.shape == (side, side, inputs, filters)
    assert_computes_alexnet(path, arrays)


@pytest.mark.slow
def test_what_is_given_lies_first_and_the_rest_stays_random(tmp_path):
    arrays = random_convolutions()
    model = trunk()
    before = {name: model.get_layer(name).get_weights() for name in CONVOLUTIONS}
    start_from_imagenet(model, written(tmp_path / "alexnet.npz", arrays))
    for number, name in enumerate(CONVOLUTIONS):
        kernel, bias = model.get_layer(name).get_weights()
        given = arrays[f"AlexNet_0.Conv_{number}.kernel"]
        inputs, filters = given.shape[2:]
        assert np.array_equal(kernel[:, :, :inputs, :filters], given)
        assert not kernel[:, :, inputs:, :filters].any(), "added channels are not heard"
        assert np.array_equal(kernel[..., filters:], before[name][0][..., filters:])
        assert np.array_equal(bias[:filters], arrays[f"AlexNet_0.Conv_{number}.bias"])
        assert np.array_equal(bias[filters:], before[name][1][filters:])


@pytest.mark.slow
def test_with_batch_normalization_the_kernels_are_taken_alone(tmp_path):
    arrays = random_convolutions()
    model = trunk("batch")
    start_from_imagenet(model, written(tmp_path / "alexnet.npz", arrays))
    for number, name in enumerate(CONVOLUTIONS):
        (kernel,) = model.get_layer(name).get_weights()
        given = arrays[f"AlexNet_0.Conv_{number}.kernel"]
        assert np.array_equal(kernel[:, :, : given.shape[2], : given.shape[3]], given)


# --- Files that cannot be used, on a trunk of a few channels --------------------------------------


def small_convolutions():
    arrays = {}
    for number in range(5):
        inputs = 3 if number == 0 else 2
        arrays[f"Conv_{number}.kernel"] = np.full((3, 3, inputs, 2), number + 1, np.float32)
        arrays[f"Conv_{number}.bias"] = np.full(2, -number, np.float32)
    return arrays


def test_names_without_a_prefix_are_accepted(tmp_path, tiny_trunk):
    model = tiny_trunk()
    start_from_imagenet(model, written(tmp_path / "a.npz", small_convolutions()))
    kernel, bias = model.get_layer("conv4").get_weights()
    assert (kernel[:, :, :2, :2] == 4).all()
    assert (bias[:2] == -3).all()


def test_other_layers_of_the_file_are_ignored(tmp_path):
    arrays = {f"AlexNet_0.{name}": array for name, array in small_convolutions().items()}
    # The shared file has layers of another network with the same last names.
    arrays |= {f"NetLinLayer_{n}.Conv_0.kernel": np.zeros((1, 1, 64, 1)) for n in range(5)}
    found = read_convolutions(written(tmp_path / "a.npz", arrays))
    assert [kernel.shape for kernel, _ in found] == [(3, 3, 3, 2)] + 4 * [(3, 3, 2, 2)]


def unusable(kind, folder):
    """The path of a file that cannot be used."""
    path = folder / "alexnet.npz"
    if kind == "a folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("weights")
    elif kind == "an .npy":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "cut short":
        whole = written(path, small_convolutions()).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "changed bytes":
        arrays = {f"Conv_{n}.kernel": np.zeros((8, 8, 8, 8)) for n in range(5)}
        whole = bytearray(written(path, arrays).read_bytes())
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)
    elif kind == "pickled":
        written(path, small_convolutions() | {"Conv_1.bias": np.array([{}, None], object)})
    return path


@pytest.mark.parametrize(
    "kind",
    ["absent", "a folder", "empty", "text", "an .npy", "cut short", "changed bytes", "pickled"],
)
def test_an_unusable_file_is_reported_with_its_name(tmp_path, tiny_trunk, kind):
    path = unusable(kind, tmp_path)
    with pytest.raises(UserError, match=r"alexnet\.npz"):
        start_from_imagenet(tiny_trunk(), path)


def test_a_missing_layer_is_named(tmp_path):
    arrays = small_convolutions()
    del arrays["Conv_3.bias"]
    with pytest.raises(UserError, match="Conv_3"):
        read_convolutions(written(tmp_path / "a.npz", arrays))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("Conv_1.kernel", np.zeros((5, 5, 2, 2))),  # another side
        ("Conv_1.kernel", np.zeros((3, 3, 99, 2))),  # more inputs than there are
        ("Conv_1.kernel", np.zeros((3, 3, 2, 99))),  # more filters than there are
        ("Conv_1.kernel", np.zeros((3, 3))),  # no kernel at all
        ("Conv_1.bias", np.zeros(3)),
        ("Conv_1.bias", np.zeros(1)),
    ],
    ids=["side", "inputs", "filters", "rank", "long bias", "short bias"],
)
def test_a_misshapen_layer_is_named_and_nothing_is_taken(tmp_path, tiny_trunk, name, array):
    path = written(tmp_path / "a.npz", small_convolutions() | {name: array})
    model = tiny_trunk()
    before = model.get_weights()
    with pytest.raises(UserError, match=r"conv2|Conv_1"):
        start_from_imagenet(model, path)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
