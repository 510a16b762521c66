import json

import h5py
import keras
import numpy as np
import pytest

from hyperface.errors import UserError
from hyperface.models.normalization import LocalResponseNormalization
from hyperface.models.table import build_network
from hyperface.models.weights import (
    facts_path,
    load_network,
    load_weights,
    normalization_of,
    read_weights,
    save_weights,
    write_weights,
)
from hyperface.utils.files import sha256_of


def same_weights(ours, theirs):
    pairs = zip(ours.get_weights(), theirs.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.fixture
def saved(tmp_path, tiny_trunk):
    """A tiny network and the path where its weights lie."""
    model, path = tiny_trunk(seed=1), tmp_path / "weights" / "tiny.weights.h5"
    write_weights(model, path, {"run": "today", "settings": {"EPOCHS": 3}})
    return model, path


@pytest.mark.parametrize("batch", [False, True])
def test_what_is_written_is_read(tmp_path, tiny_trunk, batch):
    path = tmp_path / "tiny.weights.h5"
    model, other = tiny_trunk(batch=batch, seed=1), tiny_trunk(batch=batch, seed=2)
    write_weights(model, path, {})
    assert not same_weights(model, other)
    read_weights(other, path)
    assert same_weights(model, other)


def test_a_network_of_any_width_is_built_again(tmp_path):
    # 0.03 * 96 filters are rounded to 3, which is a width of 0.03125.
    model = build_network("r_cnn_pose", width=0.03)
    write_weights(model, tmp_path / "narrow.weights.h5", {})
    assert same_weights(load_network(tmp_path / "narrow.weights.h5", "r_cnn_pose"), model)


def test_layers_without_weights_are_ignored(tmp_path):
    def build(seed):
        keras.utils.set_random_seed(seed)
        entrance = keras.Input((6,))
        x = keras.layers.Rescaling(0.5)(entrance)
        x = keras.layers.Dropout(0.5, name="fc_dropout")(keras.layers.Dense(4, name="fc")(x))
        return keras.Model(entrance, keras.layers.Dense(2, name="detection")(x), name="tiny")

    model, other = build(1), build(2)
    write_weights(model, tmp_path / "tiny.weights.h5", {})
    read_weights(other, tmp_path / "tiny.weights.h5")
    assert same_weights(model, other)


def test_the_file_beside_says_what_the_weights_are(saved):
    model, path = saved
    assert facts_path(path).name == "tiny.json"
    facts = json.loads(facts_path(path).read_text())
    assert facts["network"] == "tiny"
    assert facts["parameters"] == model.count_params()
    assert facts["normalization"] == "none"
    assert facts["sha256"] == sha256_of(path)
    assert facts["preprocessing"]["mean"] == [0.485, 0.456, 0.406]
    assert facts["preprocessing"]["deviation"] == [0.229, 0.224, 0.225]
    assert "RGB" in facts["preprocessing"]["input"]
    assert facts["run"] == "today"
    assert facts["settings"] == {"EPOCHS": 3}
    assert sorted(x.name for x in path.parent.iterdir()) == ["tiny.json", "tiny.weights.h5"]


def test_writing_again_replaces_the_file(saved, tiny_trunk):
    _, path = saved
    later, reader = tiny_trunk(seed=5), tiny_trunk(seed=6)
    write_weights(later, path, {"run": "tomorrow"})
    read_weights(reader, path)
    assert same_weights(later, reader)
    assert json.loads(facts_path(path).read_text())["run"] == "tomorrow"


def test_a_compiled_network_is_stored_without_its_optimizer(tmp_path, tiny_trunk):
    path = tmp_path / "tiny.weights.h5"
    model, other = tiny_trunk(seed=1), tiny_trunk(seed=2)
    model.compile(keras.optimizers.SGD(momentum=0.9), "mse")
    model.optimizer.build(model.trainable_variables)
    save_weights(model, path)
    with h5py.File(path) as file:
        found = []
        file.visit(found.append)
    assert not [name for name in found if "optimizer" in name or "momentum" in name]
    load_weights(other, path)  # which has none
    assert same_weights(model, other)
    load_weights(model, path)
    assert int(model.optimizer.iterations) == 0


def test_which_normalization_a_network_has():
    def network(*names):
        x = entrance = keras.Input((4, 4, 3))
        for name in names:
            kind = LocalResponseNormalization
            if name.endswith("batch_norm"):
                kind = keras.layers.BatchNormalization
            x = kind(name=name)(x)
        return keras.Model(entrance, x)

    assert normalization_of(network("norm1")) == "lrn"
    assert normalization_of(network("conv1_batch_norm")) == "batch"
    assert normalization_of(network()) == "none"


def test_a_missing_file_is_an_error_with_a_hint(tmp_path, tiny_trunk):
    with pytest.raises(
        UserError, match=r"^There are no weights at .*nowhere\.weights\.h5: train them first"
    ):
        read_weights(tiny_trunk(), tmp_path / "nowhere.weights.h5")


def test_a_folder_is_an_error_with_a_hint(tmp_path, tiny_trunk):
    with pytest.raises(UserError, match="is a folder: give the path"):
        read_weights(tiny_trunk(), tmp_path)


def test_a_flipped_byte_is_refused_and_nothing_is_loaded(saved, tiny_trunk):
    _, path = saved
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    model = tiny_trunk(seed=3)
    before = model.get_weights()
    with pytest.raises(UserError, match=r"SHA-256"):
        read_weights(model, path)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_the_weights_of_another_run_under_the_same_name_are_refused(saved, tiny_trunk):
    _, path = saved
    save_weights(tiny_trunk(seed=9), path)  # without its facts
    with pytest.raises(UserError, match=r"tiny\.json"):
        read_weights(tiny_trunk(), path)


def test_weights_without_facts_are_taken(saved, tiny_trunk):
    model, path = saved
    facts_path(path).unlink()
    other = tiny_trunk(seed=2)
    read_weights(other, path)
    assert same_weights(model, other)


@pytest.mark.parametrize("content", ["", '{"sha256": "12', "[]", "null", "\xff"])
def test_an_unreadable_json_file_is_an_error(saved, tiny_trunk, content):
    _, path = saved
    facts_path(path).write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError, match=r"tiny\.json"):
        read_weights(tiny_trunk(), path)


@pytest.mark.parametrize("content", ["empty", "text", "cut short"])
def test_a_file_that_is_not_a_weights_file_is_an_error(saved, tiny_trunk, content):
    _, path = saved
    facts_path(path).unlink()
    whole = path.read_bytes()
    kinds = {"empty": b"", "text": b"weights", "cut short": whole[: len(whole) // 2]}
    path.write_bytes(kinds[content])
    with pytest.raises(UserError, match=r"tiny\.weights\.h5"):
        read_weights(tiny_trunk(), path)


def test_a_file_name_that_keras_refuses_is_an_error(saved, tiny_trunk):
    _, path = saved
    path.rename(path.with_name("tiny.h5"))
    with pytest.raises(UserError, match=r"\.weights\.h5"):
        read_weights(tiny_trunk(), path.with_name("tiny.h5"))


def test_missing_extra_and_misshapen_layers_are_all_named(saved, tiny_trunk):
    _, path = saved
    other = tiny_trunk("other", filters=(4, 7, 6, 6, 4), without=("conv5",), batch=True)
    before = other.get_weights()
    with pytest.raises(UserError) as caught:
        read_weights(other, path)
    message = str(caught.value)
    assert "conv1_batch_norm is missing in the file" in message
    assert "conv5 is not in the network" in message
    assert "conv2 is [(3, 3, 4, 5), (5,)] in the file, [(3, 3, 4, 7)] in the network" in message
    assert all(np.array_equal(a, b) for a, b in zip(before, other.get_weights(), strict=True))


def test_weights_of_another_normalization_are_refused(tmp_path):
    """The two have the same variables, and would compute different things with them."""

    def network(name, normalized):
        x = entrance = keras.Input((4, 4, 3))
        x = keras.layers.Conv2D(3, 1, name="conv1")(x)
        if normalized:
            x = LocalResponseNormalization(name="norm1")(x)
        return keras.Model(entrance, x, name=name)

    path = tmp_path / "face_model.weights.h5"
    write_weights(network("face_model", True), path, {})
    with pytest.raises(UserError, match="lrn"):
        read_weights(network("face_model", False), path)


@pytest.mark.slow
def test_weights_of_the_face_model_do_not_fit_hyperface(
    tmp_path, paper_face_model, paper_hyperface
):
    path = tmp_path / "face_model.weights.h5"
    write_weights(paper_face_model, path, {})
    try:
        with pytest.raises(UserError) as caught:
            read_weights(paper_hyperface, path)
    finally:
        path.unlink()
    message = str(caught.value)
    assert "face_model.weights.h5 does not fit hyperface: it was written for face_model;" in message
    for name in ("conv1a", "conv3a", "conv_all", "fc_full", "fc_pose", "pose", "landmarks"):
        assert f"{name} is missing in the file" in message
    assert "fc6 is not in the network" in message
    assert "fc_detection is [(4096, 512), (512,)] in the file" in message


@pytest.mark.slow
def test_hyperface_with_everything_comes_back(tmp_path, outline):
    """Batch normalization and dropout: the most layers that a file can have."""
    path = tmp_path / "hyperface.weights.h5"
    model = outline("hyperface", "batch", 0.5)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(rng.random(weight.shape).astype(np.float32))
    write_weights(model, path, {})
    other = outline("hyperface", "batch", 0.5)
    read_weights(other, path)
    path.unlink()
    assert same_weights(model, other)


def test_float16_weights_are_half_as_large_and_read_as_float32(tmp_path, tiny_trunk):
    model, other = (
        tiny_trunk(filters=(40, 50, 60, 60, 40)),
        tiny_trunk(seed=2, filters=(40, 50, 60, 60, 40)),
    )
    for name, half in (("whole", False), ("half", True)):
        write_weights(model, tmp_path / f"{name}.weights.h5", {}, half)
    sizes = [(tmp_path / f"{name}.weights.h5").stat().st_size for name in ("whole", "half")]
    assert 0.5 < sizes[1] / sizes[0] < 0.6
    read_weights(other, tmp_path / "half.weights.h5")
    for given, read in zip(model.get_weights(), other.get_weights(), strict=True):
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, given.astype(np.float16))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path, tiny_trunk, number):
    model, path = tiny_trunk(), tmp_path / "tiny.weights.h5"
    bias = model.get_layer("conv2").bias
    bias.assign([number, *np.array(bias)[1:]])
    write_weights(model, path, {})
    with pytest.raises(
        UserError, match=r"tiny\.weights\.h5 holds weights that are not finite.*conv2"
    ):
        read_weights(tiny_trunk(seed=2), path)
