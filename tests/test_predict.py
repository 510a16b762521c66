"""predict.py with an untrained network: what it finds means nothing, that it runs does."""

import importlib.util
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.models.table import build_network
from hyperface.models.weights import write_weights

SOURCE = Path(__file__).resolve().parents[1] / "src"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("predict_script", SOURCE / "predict.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def weights(untrained):
    return untrained / "hyperface.weights.h5"


@pytest.fixture
def image(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (6, 8, 3), np.uint8).repeat(10, 0).repeat(10, 1)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    return pixels


def test_from_the_command_line_and_from_python_the_same(script, weights, image, capsys):
    command = ["a.png", "--out", "found", "--weights", str(weights), "--threshold", "0.4", "--draw"]
    command += ["--proposals", "selective_search"]
    assert script.main(command) == 0
    (row,) = map(json.loads, Path("found/faces.jsonl").read_text().splitlines())
    detector = FaceDetector.load(weights, settings=DetectionSettings(threshold=0.4))
    faces = detector.detect(image)
    assert faces
    assert len(faces) == len(row["faces"])
    for face, entry in zip(faces, row["faces"], strict=True):
        np.testing.assert_allclose(entry["box"], face.box_xyxy, atol=0.1)
        np.testing.assert_allclose(entry["landmarks"], face.landmarks, atol=0.1)
    about = json.loads(Path("found/about.json").read_text())
    assert about["detection"]["threshold"] == 0.4
    assert "nose points to the image's left" in about["angles"]
    assert Path("found/faces.csv").read_text().startswith("image,")
    assert Path("found/drawn/a.png.jpg").exists()
    assert script.main([*command, "--threshold", "0.6"]) == 2  # other settings, another folder
    assert "give another folder" in capsys.readouterr().err


def test_the_exit_status_is_1_if_every_file_fails_but_not_without_faces(
    script, weights, image, tmp_path, capsys
):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").touch()
    options = ["--weights", str(weights)]
    assert script.main(["bad", "--out", "one", *options]) == 1
    assert script.main(["a.png", "--out", "two", "--threshold", "1", *options]) == 0
    assert json.loads(Path("two/faces.jsonl").read_text())["status"] == "no_face"
    assert capsys.readouterr().out.count("threshold: 0.5, since") == 1  # given the second time


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["a.png", "--weights", "nowhere.weights.h5"],
            "nowhere.weights.h5', and there is nothing",
        ),
        (["empty"], "No files were found in empty"),
        (["a.pgn"], "a.png?): give the paths of images, videos or folders"),
        ([""], "A given path is empty"),
        (["--list", "nowhere.txt"], "The list nowhere.txt cannot be read: No such file"),
        (["a.png", "--set", "NOTHING=1"], "there is no NOTHING"),
    ],
)
def test_faults_end_with_one_sentence(script, weights, image, tmp_path, capsys, arguments, message):
    (tmp_path / "empty").mkdir()
    given = [*arguments, "--out", "out"]
    given += [] if "--weights" in given else ["--weights", str(weights)]
    assert script.main(given) == 2
    assert message in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_list_of_paths_may_have_any_encoding(script, weights, image, tmp_path, encoding):
    (tmp_path / "list.txt").write_bytes("a.png\r\n\r\n".encode(encoding))
    assert script.main(["--list", "list.txt", "--weights", str(weights), "--out", "out"]) == 0
    assert json.loads(Path("out/faces.jsonl").read_text())["image"] == "a.png"


@pytest.mark.parametrize("wrong", [["--threshold", "2"], ["--rounds", "-1"], ["--every", "0"]])
def test_numbers_out_of_range(script, wrong):
    with pytest.raises(SystemExit) as stopped:
        script.main(["a.png", "--out", "out", *wrong])
    assert stopped.value.code == 2


def test_files_that_cannot_be_processed_are_reported(script, weights, tmp_path, capsys):
    broken = tmp_path / "b\udcff.jpg"  # a name that is no Unicode
    broken.write_bytes(b"no image")
    arguments = [str(broken), "--weights", str(weights), "--out", str(tmp_path / "out")]
    assert script.main(arguments) == 1
    said = capsys.readouterr().out
    assert "skipped 1 x not an image or video of a known format" in said
    assert "faces found: 0, in 0 images" in said


def test_a_second_folder_of_results_in_the_same_album(script, weights, image, tmp_path, capsys):
    (tmp_path / "album").mkdir()
    (tmp_path / "a.png").rename(tmp_path / "album" / "a.png")
    options = ["--weights", str(weights), "--draw", "--crops"]
    for name in ("one", "two"):
        assert script.main(["album", "--out", f"album/{name}", *options]) == 0
        rows = Path(f"album/{name}/faces.jsonl").read_text().splitlines()
        assert [json.loads(row)["image"] for row in rows] == ["album/a.png"]
    assert "ignored 1 x output folder (album/one)" in capsys.readouterr().out


def test_weights_that_are_not_finite_are_refused(script, image, tmp_path, capsys):
    model = build_network("hyperface", "none", width=0.125)
    model.get_layer("pose").bias.assign([0, np.nan, 0])
    path = tmp_path / "spoilt.weights.h5"
    write_weights(model, path, {})
    assert script.main(["a.png", "--out", "found", "--weights", str(path)]) == 2
    assert "spoilt.weights.h5 holds weights that are not finite" in capsys.readouterr().err
    assert not Path("found").exists()
    path.unlink()


def test_changed_weights_are_refused(weights, tmp_path):
    copy = tmp_path / weights.name
    copy.write_bytes(weights.read_bytes()[:-1] + b"x")
    facts = weights.with_name("hyperface.json")
    (tmp_path / facts.name).write_bytes(facts.read_bytes())
    with pytest.raises(UserError, match="SHA-256"):
        FaceDetector.load(copy)


@pytest.mark.parametrize("name", ["multitask_face", "r_cnn_pose"])
def test_any_network_with_all_five_heads_is_accepted(tmp_path, name):
    path = tmp_path / "some.weights.h5"
    write_weights(build_network(name, "none", width=0.125), path, {})
    if name == "multitask_face":
        assert FaceDetector.load(path).model.name == name
    else:
        with pytest.raises(UserError, match=r"written for r_cnn_pose.* gender is missing"):
            FaceDetector.load(path)
    path.unlink()


def test_a_network_of_68_landmarks_is_refused(tmp_path):
    entrance = keras.Input((3,))
    model = keras.Model(entrance, keras.layers.Dense(136, name="landmarks")(entrance))
    write_weights(model, tmp_path / "hyperface.weights.h5", {})
    with pytest.raises(UserError, match=r'predicts 68 landmarks.*LANDMARKS = "21"'):
        FaceDetector.load(tmp_path / "hyperface.weights.h5")


def test_a_camera_cannot_be_combined_with_images(script, capsys):
    for wrong in (["a.png", "--webcam", "0"], ["--webcam", "0", "--draw"], []):
        with pytest.raises(SystemExit):
            script.main([*wrong, "--out", "out"])


def test_ctrl_c_stops_the_run(script, weights, image, monkeypatch, capsys):
    def stopped(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(script.predict_command, "predict_files", stopped)
    assert script.main(["a.png", "--out", "out", "--weights", str(weights)]) == 130
    assert "the same command resumes" in capsys.readouterr().err
    assert Path("out/faces.csv").exists()
