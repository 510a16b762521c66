import json
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import pytest

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError
from hyperface.models.pretrained import PROPOSAL_WEIGHTS
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.models.table import build_network
from hyperface.models.weights import read_weights, write_weights
from tools import publish_weights
from tools.publish_weights import (
    average_weights,
    publish,
    publish_proposals,
    without_folders,
)

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def images():
    return list(islice((each for each in own_faces.read(SAMPLE, SkipReport()) if each.faces), 2))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("trained") / "hyperface.weights.h5"
    keras.utils.set_random_seed(1)
    model, rng = build_network("hyperface", "batch", width=0.125), np.random.default_rng(2)
    for task in model.output_names:  # heads start at zero; these say something
        kernel, bias = model.get_layer(task).get_weights()
        model.get_layer(task).set_weights([rng.normal(0, 0.01, kernel.shape), bias])
    facts = {"run": "today", "figures": [1], "data": {"training": {}}}
    write_weights(model, path, facts)
    return path


@pytest.mark.slow
def test_published_weights_are_the_folded_network_in_float16(trained, images, tmp_path, told):
    target = tmp_path / "out" / "hyperface.weights.h5"
    differences = publish([trained], target, "lrn", 0.9, images, told)
    assert set(differences) == set(publish_weights.TOLERANCE)
    assert all(0 < differences[task] <= most for task, most in publish_weights.TOLERANCE.items())
    facts = json.loads((target.parent / "hyperface.json").read_text())
    assert facts["normalization"] == "lrn"
    assert facts["threshold"] == 0.9
    assert facts["parameters"] == 537_102  # without batch normalization's
    assert 2 * 537_102 < target.stat().st_size < 2.5 * 537_102  # bytes
    (training,) = facts["made_from"]
    assert training["run"] == "today"
    assert training["normalization"] == "batch"
    assert "figures" not in training  # they are the trained network's
    assert "MB" in told.lines[-1]


@pytest.mark.slow
def test_weights_with_different_outputs_are_not_published(
    trained, images, tmp_path, monkeypatch, told
):
    monkeypatch.setitem(publish_weights.TOLERANCE, "gender", -1.0)
    target = tmp_path / "hyperface.weights.h5"
    target.write_bytes(b"what was published before")
    with pytest.raises(UserError, match="gender would differ"):
        publish([trained], target, "lrn", 0.9, images, told)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_bytes() == b"what was published before"


@pytest.mark.slow
def test_weights_of_the_proposal_detector_are_stored_in_float16(tmp_path, told):
    weights, target = tmp_path / "a" / PROPOSAL_WEIGHTS, tmp_path / "b" / PROPOSAL_WEIGHTS
    model = build_proposal_detector()
    write_weights(model, weights, {"settings": {"DATA": "/home/me/helen+/home/me/cfp"}})
    publish_proposals(weights, weights, told)  # where they are already
    assert not told.lines
    publish_proposals(weights, target, told)
    assert target.stat().st_size < 0.6 * weights.stat().st_size
    facts = json.loads((target.parent / "proposal_detector.json").read_text())
    assert facts["made_from"][0]["settings"] == {"DATA": "helen+cfp"}
    assert facts["network"] == "proposal_detector"
    published = build_proposal_detector()
    read_weights(published, target)
    for one, other in zip(published.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/sets/mtfl+afw:/data/my set+data/sample", "mtfl+afw:my set+data/sample"),
        ("/runs/stage-1/hyperface.weights.h5", "hyperface.weights.h5"),
        ("/x", "x"),
        ("weights/face_model.weights.h5", "weights/face_model.weights.h5"),
        ("lrn", "lrn"),
        ("", ""),
    ],
)
def test_published_facts_name_no_folder_of_a_machine(text, kept):
    value = {"DATA": text, "many": [text, 3, None], "rate": 0.5}
    assert without_folders(value) == {"DATA": kept, "many": [kept, 3, None], "rate": 0.5}


def dense(value, units=2):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])
    model.set_weights([np.full((3, units), value), np.full(units, 10 * value)])
    return model


def test_each_weight_is_the_mean():
    models = [dense(1.0), dense(2.0), dense(6.0)]
    averaged = average_weights(models)
    assert averaged is models[0]
    kernel, bias = averaged.get_weights()
    assert (kernel == 3).all()
    assert (bias == 30).all()
    assert (models[2].get_weights()[0] == 6).all()


def test_the_mean_of_one_model_is_itself():
    assert (average_weights([dense(4.0)]).get_weights()[0] == 4).all()


def test_the_mean_of_different_networks_raises():
    with pytest.raises(ValueError, match="different networks"):
        average_weights([dense(1.0), dense(1.0, units=4)])
