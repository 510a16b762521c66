from types import SimpleNamespace

import numpy as np
import pytest

from hyperface.errors import UserError
from hyperface.models.table import build_network
from hyperface.models.weights import read_weights
from hyperface.steps import starting
from hyperface.steps.setting_groups import NetworkSettings, StartSettings, group
from hyperface.steps.starting import (
    check_frozen_layers,
    layers_to_freeze,
    start_network,
    train_or_load_face_model,
)
from hyperface.steps.training import Workspace

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")


@pytest.fixture(autouse=True)
def no_graphs(monkeypatch):
    monkeypatch.setattr(starting, "describe_network", lambda *_: None)


@pytest.fixture
def settings(untrained):
    return SimpleNamespace(
        NETWORK="hyperface",
        HEADS=(),
        LANDMARKS="21",
        NORMALIZATION="none",
        DROPOUT=0.0,
        NETWORK_WIDTH=0.125,
        INIT_FROM="pretrained",
        PRETRAINED_WEIGHTS=str(untrained / "hyperface.weights.h5"),
        IMAGENET_WEIGHTS="",
        RESNET_WEIGHTS="",
        TRAIN_FACE_MODEL=False,
        FACE_MODEL_WEIGHTS="",
        FROZEN_LAYERS=("conv1",),
    )


def groups(settings):
    return group(NetworkSettings, settings), group(StartSettings, settings)


def ready(settings, tmp_path, told):
    work = Workspace(tmp_path, tmp_path, "float32")
    return train_or_load_face_model(*groups(settings), None, None, work, {}, told)


def started(settings, tmp_path, told):
    work = Workspace(tmp_path, tmp_path, "float32")
    return start_network(*groups(settings), None, None, None, work, told)


def test_an_unknown_frozen_layer_is_refused_before_any_training(settings):
    check_frozen_layers(*groups(settings))
    settings.FROZEN_LAYERS = ("conv1", "conv9")
    with pytest.raises(UserError, match="FROZEN_LAYERS names conv9, but hyperface has only"):
        check_frozen_layers(*groups(settings))


@pytest.mark.slow
def test_pretrained_starts_every_layer_and_needs_no_face_model(settings, untrained, tmp_path, told):
    assert ready(settings, tmp_path, told) is None
    model = started(settings, tmp_path, told)
    expected = build_network("hyperface", "none", width=0.125)
    read_weights(expected, untrained / "hyperface.weights.h5")
    for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [layer.name for layer in model.layers if not layer.trainable] == ["conv1"]
    assert "all layers start from" in told.lines[-2]


@pytest.mark.slow
def test_convolutions_start_the_face_models(settings, untrained, tmp_path, told):
    settings.INIT_FROM = "convolutions"
    model, history = ready(settings, tmp_path, told)
    assert history == []
    expected = build_network("hyperface", "none", width=0.125)
    read_weights(expected, untrained / "hyperface.weights.h5")
    for name in CONVOLUTIONS:
        for one, other in zip(
            model.get_layer(name).get_weights(), expected.get_layer(name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(one, other)
    assert any("convolutions start from" in line for line in told.lines)


@pytest.mark.slow
@pytest.mark.parametrize(("normalization", "weights"), [("lrn", 2), ("batch", 1)])
def test_convolutions_start_a_network_of_another_normalization(
    settings, untrained, tmp_path, told, normalization, weights
):
    settings.INIT_FROM, settings.NORMALIZATION = "convolutions", normalization
    model, _ = ready(settings, tmp_path, told)
    expected = build_network("hyperface", "none", width=0.125)
    read_weights(expected, untrained / "hyperface.weights.h5")
    for name in CONVOLUTIONS:
        own = model.get_layer(name).get_weights()
        assert len(own) == weights
        for one, other in zip(own, expected.get_layer(name).get_weights(), strict=False):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["pretrained", "convolutions"])
def test_missing_weights_are_an_error_with_a_hint(settings, start, tmp_path, told):
    settings.INIT_FROM, settings.PRETRAINED_WEIGHTS = start, "nowhere/hyperface.weights.h5"
    with pytest.raises(UserError, match=r"PRETRAINED_WEIGHTS is 'nowhere/.* or .*give the path"):
        ready(settings, tmp_path, told)
        started(settings, tmp_path, told)


@pytest.mark.slow
def test_another_normalization_is_refused(settings, tmp_path, told):
    settings.NORMALIZATION = "lrn"
    with pytest.raises(UserError, match='trained with NORMALIZATION = "none"'):
        started(settings, tmp_path, told)


@pytest.mark.slow
def test_batch_normalization_is_given_to_pretrained_weights(
    settings, untrained, tmp_path, told, monkeypatch
):
    images = np.random.default_rng(0).integers(0, 256, (4, 227, 227, 3), np.uint8)
    monkeypatch.setattr(starting, "_training_images", lambda *_: [images])
    settings.NORMALIZATION = "batch"
    model = started(settings, tmp_path, told)
    plain = build_network("hyperface", "none", width=0.125)
    read_weights(plain, untrained / "hyperface.weights.h5")
    before, after = plain.predict_on_batch(images), model.predict_on_batch(images)
    for task, values in before.items():
        np.testing.assert_allclose(after[task], values, atol=2e-4, err_msg=task)
    assert not model.get_layer("conv1_batch_norm").trainable


def test_convolutions_of_another_width_are_refused(settings, tmp_path, told):
    settings.INIT_FROM, settings.NETWORK_WIDTH = "convolutions", 1.0
    with pytest.raises(UserError, match=r"NETWORK_WIDTH is 1, .* have width 0\.125"):
        starting._start_convolutions(None, *groups(settings), tmp_path, told)


def test_the_default_weights_are_found_where_a_package_is_installed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = starting._pretrained_path("weights/pretrained/hyperface.weights.h5", tmp_path)
    assert found.is_file()
    assert found.name == "hyperface.weights.h5"
    own = tmp_path / "weights" / "pretrained" / "hyperface.weights.h5"
    own.parent.mkdir(parents=True)
    own.touch()
    assert starting._pretrained_path("weights/pretrained/hyperface.weights.h5", tmp_path) == own


@pytest.mark.parametrize(
    ("init_from", "network", "expected"),
    [
        ("convolutions", "hyperface", ("conv1", "conv2")),
        ("pretrained", "r_cnn_pose", ("conv1", "conv2")),
        ("imagenet", "hyperface", ()),
        ("random", "hyperface", ()),
        ("pretrained", "hyperface_resnet", ()),
    ],
)
def test_early_layers_are_frozen_where_they_start_from_faces(
    settings, init_from, network, expected
):
    settings.INIT_FROM, settings.NETWORK, settings.FROZEN_LAYERS = init_from, network, None
    assert layers_to_freeze(*groups(settings)) == expected
    settings.FROZEN_LAYERS = ()
    assert layers_to_freeze(*groups(settings)) == ()


@pytest.mark.parametrize("trained", [False, True])
def test_no_layer_is_frozen_where_a_saved_face_model_is_the_start(settings, trained):
    settings.INIT_FROM, settings.FROZEN_LAYERS = "convolutions", None
    settings.TRAIN_FACE_MODEL, settings.FACE_MODEL_WEIGHTS = trained, "face_model.weights.h5"
    assert layers_to_freeze(*groups(settings)) == (("conv1", "conv2") if trained else ())


@pytest.mark.slow
def test_the_face_model_keeps_its_frozen_layers_too(settings, tmp_path, told):
    settings.INIT_FROM, settings.FROZEN_LAYERS = "convolutions", ("conv1", "fc_full")
    face_model = ready(settings, tmp_path, told).model
    frozen = {layer.name for layer in face_model.layers if layer.weights and not layer.trainable}
    assert frozen == {"conv1"}
