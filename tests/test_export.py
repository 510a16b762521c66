"""export.py on untrained narrow networks, in a project of its own."""

import json
from pathlib import Path

import pytest

import config
from hyperface.commands import export_command
from hyperface.commands.project import Project
from hyperface.detection.detector import FaceDetector


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, config, {})  # without data


@pytest.fixture
def runtimes():
    for module in ("onnx", "tf2onnx", "onnxruntime"):
        pytest.importorskip(module, reason=f"{module} is of requirements-export.txt")


@pytest.mark.slow
@pytest.mark.usefixtures("runtimes")
def test_both_networks_are_exported_and_checked_on_the_astronaut(
    project, untrained, capsys, monkeypatch
):
    monkeypatch.setattr(export_command, "CHECK_INPUTS", 4)
    command = ["--format", "onnx", "--out", "onnx", "--weights"]
    assert export_command.main([*command, str(untrained / "hyperface.weights.h5")], project) == 0
    printed = capsys.readouterr().out
    assert "no data set found: checking on scikit-image's photograph" in printed
    assert "agrees with Keras on 4 regions; maximum errors: detection " in printed
    assert "agrees with Keras on 4 images; maximum errors: score " in printed
    files = {path.name for path in Path("onnx").iterdir() if not path.name.startswith(".")}
    assert files == {"about.json", "hyperface.onnx", "proposal_detector.onnx"}
    assert json.loads(Path("onnx/about.json").read_text())["precision"] == "float32"
    facts = FaceDetector.from_onnx("onnx").model.facts
    assert facts["weights"]["sha256"] == json.loads((untrained / "hyperface.json").read_text()).get(
        "sha256"
    )


@pytest.mark.usefixtures("runtimes")
@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            ("--precision", "int8"),
            "error: --precision int8 needs images to calibrate on, so give --data: ",
        ),
        (("--data", "nowhere"), "error: "),
        (("--weights", "nowhere.weights.h5"), "error: --weights is 'nowhere.weights.h5'"),
        (("--weights", "/"), "error: --weights is /, a folder, but Keras networks are exported"),
    ],
)
def test_what_is_missing_is_one_sentence(more, sentence, project, capsys):
    assert export_command.main(["--format", "onnx", "--out", "o", *more], project) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence)
    assert error.count("\n") == 1
    assert not Path("o").exists()


def test_other_precisions_of_other_formats_are_refused(project, capsys):
    command = ["--format", "saved_model", "--precision", "int8", "--out", "o"]
    assert export_command.main(command, project) == 2
    assert "saved_model is exported in float32, not in int8" in capsys.readouterr().err
