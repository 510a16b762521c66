"""Files in each format, which are kept only if their own runtime answers as Keras does."""

import json

import keras
import numpy as np
import pytest

from hyperface.errors import UserError
from hyperface.exporting import formats, runtimes
from hyperface.exporting.formats import FORMATS, check_requirements, export_network
from hyperface.exporting.real_inputs import image_batches, region_batches
from hyperface.exporting.runtimes import OnnxNetwork


@pytest.fixture
def regions(photos):
    return region_batches(photos, 16)


@pytest.mark.slow
def test_an_onnx_file_tells_what_its_user_needs_to_know(onnx_folder):
    facts = OnnxNetwork(onnx_folder / "hyperface.onnx").facts
    assert facts["network"] == "hyperface"
    assert facts["threshold"] == 0.3
    assert facts["preprocessing"]["mean"] == [0.485, 0.456, 0.406]
    assert facts["genders"] == ["male", "female"]
    assert len(facts["landmarks"]) == 21
    assert facts["weights"] == {"sha256": "ab"}
    facts = OnnxNetwork(onnx_folder / "proposal_detector.onnx").facts
    assert facts["strides"] == [8, 16, 32, 64]


@pytest.mark.slow
def test_an_onnx_file_takes_any_number_of_regions_and_any_size_of_image(onnx_folder, networks):
    network, detector = networks
    exported = OnnxNetwork(onnx_folder / "hyperface.onnx")
    rng = np.random.default_rng(0)
    for number in (1, 3):
        regions = rng.integers(0, 255, (number, 227, 227, 3), np.uint8)
        answers, right = exported.predict_on_batch(regions), network.predict_on_batch(regions)
        assert set(answers) == set(right)
        for task, rows in right.items():
            np.testing.assert_allclose(answers[task], rows, atol=1e-4)
    exported = OnnxNetwork(onnx_folder / "proposal_detector.onnx")
    for height, width in ((64, 128), (192, 64)):
        image = rng.integers(0, 255, (1, height, width, 3), np.uint8)
        np.testing.assert_allclose(
            exported.predict_on_batch(image), detector.predict_on_batch(image), atol=1e-4
        )


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_lower_precision_makes_smaller_files(
    precision, onnx_folder, networks, facts, regions, tmp_path
):
    lower = facts["hyperface"] | {"precision": precision}
    path, agreement = export_network(networks[0], tmp_path, "onnx", lower, regions, regions)
    assert path.stat().st_size < 0.8 * (onnx_folder / "hyperface.onnx").stat().st_size
    assert OnnxNetwork(path).facts["precision"] == precision
    assert 0 < max(agreement.largest.values()) < 0.02
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["litert", "saved_model"])
def test_other_formats_have_the_facts_beside_them(name, networks, facts, photos, tmp_path):
    for module in FORMATS[name].modules:
        pytest.importorskip(module, reason=f"{module} is of requirements-export.txt")
    network, detector = networks
    path, agreement = export_network(
        network, tmp_path, name, facts["hyperface"], region_batches(photos, 8)
    )
    assert path.name == f"hyperface{FORMATS[name].suffix}"
    assert max(agreement.largest.values()) < 1e-4
    assert set(agreement.largest) == {"detection", "landmarks", "visibility", "pose", "gender"}
    assert json.loads((tmp_path / "hyperface.json").read_text())["threshold"] == 0.3
    batches = image_batches(photos, 3)
    export_network(detector, tmp_path, name, facts["proposal_detector"], batches)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, b"an older file"])
def test_a_file_that_answers_otherwise_is_refused_and_deleted(
    before, small_network, facts, tmp_path, monkeypatch
):
    onnx = pytest.importorskip("onnx")
    for module in ("tf2onnx", "onnxruntime"):
        pytest.importorskip(module, reason=f"{module} is of requirements-export.txt")
    if before is not None:
        (tmp_path / "small.onnx").write_bytes(before)

    def spoil(path, batches):
        model = onnx.load(path)
        bias = next(each for each in model.graph.initializer if "pose" in each.name)
        values = onnx.numpy_helper.to_array(bias) + 0.25
        bias.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float32), bias.name))
        onnx.save(model, path)

    monkeypatch.setattr(formats, "to_int8", spoil)
    spoilt = facts["hyperface"] | {"precision": "int8"}
    regions = [np.random.default_rng(0).random((8, 17, 17, 3), np.float32) for _ in range(2)]
    with pytest.raises(
        UserError, match=r"was not written, .* 16 inputs .* pose differs by .* int8"
    ):
        export_network(small_network, tmp_path, "onnx", spoilt, regions, regions)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([before] if before else [])


@pytest.mark.slow
def test_what_the_converter_does_not_know_is_one_sentence(facts, tmp_path):
    for module in ("onnx", "tf2onnx", "onnxruntime"):
        pytest.importorskip(module, reason=f"{module} is of requirements-export.txt")
    image = keras.Input((8, 8, 3))
    grouped = keras.layers.Conv2D(6, 3, groups=3, name="pose")(image)
    network = keras.Model(image, {"pose": keras.layers.Flatten(name="flat")(grouped)}, name="odd")
    with pytest.raises(UserError, match=r"odd.*(cannot be loaded|cannot be converted)"):
        export_network(
            network, tmp_path, "onnx", facts["hyperface"], [np.zeros((1, 8, 8, 3), np.uint8)]
        )
    assert not list(tmp_path.iterdir())


def test_precision_is_for_onnx():
    with pytest.raises(UserError, match=r"litert is exported in float32, not in int8: "):
        check_requirements("litert", "int8")


@pytest.mark.parametrize(("name", "package"), [("onnx", "tf2onnx"), ("litert", "ai_edge_litert")])
def test_a_missing_package_is_named_with_the_command(name, package, monkeypatch):
    def absent(module):
        if module.split(".")[0] == package:
            raise ModuleNotFoundError(module)

    monkeypatch.setattr(runtimes.importlib, "import_module", absent)
    with pytest.raises(UserError) as refused:
        check_requirements(name, "float32")
    assert str(refused.value) == (
        f"Exported networks need {package}: run `pip install -r requirements-export.txt`."
    )
