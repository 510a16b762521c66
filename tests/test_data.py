"""The three commands of data.py, from the command line to files."""

import importlib.util
import json
import sys
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from PIL import Image

SOURCE = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture(scope="module")
def data():
    """The script as a module; its folder is where it finds the config."""
    spec = importlib.util.spec_from_file_location("data_script", SOURCE / "data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """A data set of three images, two sound, of one person and in both splits."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "holiday"
    folder.mkdir()
    entries = []
    rng = np.random.default_rng(0)
    for number in range(3):
        pixels = rng.integers(0, 255, (12, 16, 3), np.uint8).repeat(12, 0).repeat(12, 1)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        face = {"box": [50, 40, 110, 100], "gender": "male", "person": "Ben"}
        split = "validation" if number else "train"
        entries.append({"file": f"{number}.png", "complete": True, "split": split, "faces": [face]})
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:60])
    content = {"format": "hyperface-faces", "version": 1, "pictures": entries}
    (folder / "faces.json").write_text(json.dumps(content))
    return folder


def test_check_reports_a_folder(data, faces, capsys):
    assert data.main(["check", "holiday", "--sheet", "sheet.jpg", "--page", "out/page.html"]) == 0
    text = capsys.readouterr().out
    assert "holiday" in text
    assert "| person | holiday (train) | holiday (validation) |" in text
    assert "of the faces" in text
    assert "are uncertain" in text  # 2 faces are held out at most
    assert "no background is certain" not in text  # the images are complete
    assert cv2.imread("sheet.jpg").shape[1] == 2 * 300  # two images
    assert "Ben" in Path("out/page.html").read_text()


def test_check_decodes_images_on_request(data, faces, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(data, "PROJECT", tmp_path / "project")
    (faces / "1.png").write_bytes((faces / "0.png").read_bytes())
    assert data.main(["check", "holiday", "--duplicates"]) == 0
    text = capsys.readouterr().out
    assert "cannot be used: 1" in text
    assert "2.png" in text
    assert "look like an earlier one: 1" in text
    assert "| near-identical image | holiday (train) | holiday (validation) |" in text


@pytest.mark.parametrize("form", ["json", "csv"])
def test_convert_and_use(data, faces, form, capsys):
    for _ in range(2):  # the second finds all there
        assert data.main(["convert", "holiday", "new", "--format", form]) == 0
    assert "3 images and 3 faces" in capsys.readouterr().out
    assert (Path("new/images/holiday/0.png")).read_bytes() == (faces / "0.png").read_bytes()
    assert data.main(["check", "new"]) == 0
    assert "train 1, validation 2" in capsys.readouterr().out


def test_convert_refuses_anothers_folder(data, faces, capsys):
    assert data.main(["convert", "holiday", "holiday"]) == 2
    assert "is not empty (0.png, 1.png, 2.png)" in capsys.readouterr().err
    assert data.main(["convert", "holiday", "new"]) == 0
    assert data.main(["convert", "holiday", "new", "--format", "coco"]) == 2


def test_links_leave_the_images_alone(data, faces):
    (faces / "0.png").chmod(0o444)
    before = (faces / "0.png").stat()
    assert data.main(["convert", "holiday", "new", "--link", "--format", "coco"]) == 0
    assert Path("new/images/holiday/0.png").samefile(faces / "0.png")
    after = (faces / "0.png").stat()
    assert (after.st_mode, after.st_size, after.st_mtime_ns) == (
        before.st_mode, before.st_size, before.st_mtime_ns,
    )  # fmt: skip
    assert len(json.loads(Path("new/coco.json").read_text())["annotations"]) == 3


def write_video(path, frames=12):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (96, 72))
    rng = np.random.default_rng(0)
    for _ in range(frames):
        writer.write(rng.integers(0, 255, (6, 8, 3), np.uint8).repeat(12, 0).repeat(12, 1))
    writer.release()


def test_convert_writes_frames_of_a_video(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    annotations = tmp_path / "clips" / "001" / "annot"
    annotations.mkdir(parents=True)
    write_video(annotations.parent / "vid.avi")
    rng = np.random.default_rng(1)
    for number in (1, 11):
        points = "\n".join(f"{x} {y}" for x, y in rng.uniform([30, 20], [60, 50], (68, 2)))
        (annotations / f"{number:06d}.pts").write_text(points)
    assert data.main(["convert", "300vw:clips", "new"]) == 0
    frames = sorted(path.name for path in Path("new/images/300vw/001").iterdir())
    assert frames == ["000001.png", "000011.png"]
    assert cv2.imread("new/images/300vw/001/000011.png").shape == (72, 96, 3)


def test_create_of_annotated_images(data, faces, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(data, "PROJECT", tmp_path / "project")
    command = ["create", "holiday", "samples", "--workers", "0", "--max-regions", "8"]
    assert data.main(command) == 0
    said = capsys.readouterr().out
    assert "2.png" in said  # truncated: said, and passed over
    with h5py.File("samples/samples-00000.h5") as file:
        assert file["images"].shape == (16, 227, 227, 3)
        detection = file["detection"][()]
        assert detection[0].tolist() == [1, 1]  # the face's own box
        assert (detection == [0, 1]).all(1).any()
        images = json.loads(file["pictures"][()])
    # Both show one person: what is held out and not by the same person is on neither side.
    assert [(each["name"], each["split"]) for each in images] == [
        ("0.png", "train"), ("1.png", None),
    ]  # fmt: skip
    assert images[0]["faces"][0]["person"] == "Ben"
    assert cv2.imread("samples/regions.jpg") is not None
    assert data.main(command) == 0  # resumes: nothing is left to do
    kept = Path("samples/samples.json")
    kept.write_text(kept.read_text().replace('"max_regions"', '"most"'))  # its former name
    assert data.main(command) == 0
    assert data.main([*command[:-1], "9"]) == 2
    assert "give another folder" in capsys.readouterr().err
    assert data.main(["convert", "samples:samples", "converted"]) == 2  # regions are stretched
    assert "convert the data that they were made from" in capsys.readouterr().err
    assert data.main(["check", "samples:samples"]) == 0  # they are a data set themselves
    said = capsys.readouterr().out
    assert "8 x region of an image that is neither for training nor held out" in said


def test_create_from_a_video_without_annotation(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "clip.avi")
    assert data.main(["create", "clip.avi", "out", "--every", "5", "--format", "hdf5",
                      "--workers", "0", "--most", "3"]) == 0  # fmt: skip
    with h5py.File("out/samples-00000.h5") as file:
        images = json.loads(file["pictures"][()])
        detection = file["detection"][()]
    assert [each["name"] for each in images] == [f"clip.avi/{number:06d}" for number in (1, 6, 11)]
    assert detection[:, 1].max() == 0  # nobody said face or not


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "no folder"),
        (["check", "aflw:nowhere"], "put the data set there (from: TU Graz"),
        (["check", "empty"], "No data set is recognized"),
        (["convert", "nowhere", "out"], "no folder"),
        (["create", "nowhere", "out"], "no folder"),
        (["create", "empty", "out"], "No image or video can be read"),
        (["create", "broken", "out"], "an empty file"),
        (["create", "broken", "out", "--set", "NOTHING=1"], "there is no NOTHING"),
    ],
)
def test_faults_end_with_one_sentence(data, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.jpg").touch()
    assert data.main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("error:") == 1


def test_an_image_that_cannot_be_decoded_is_a_user_error(data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (90, 90)).save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: len(content) - 40])  # the header is sound
    assert data.main(["create", "a.jpg", "out", "--workers", "0"]) == 2
    assert "No region of" in capsys.readouterr().err


def test_help_shows_examples(data, capsys):
    with pytest.raises(SystemExit) as stopped:
        data.main(["--help"])
    assert stopped.value.code == 0
    assert "examples:" in capsys.readouterr().out


def test_the_config_is_the_scripts_own(data):
    assert Path(sys.modules["config"].__file__).parent == SOURCE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["check", "x", "--sheet", "s.gif"], "expected a name that ends in .jpg, .jpeg or .png"),
        (["check", "x", "--images", "0"], "expected a whole number from 1 on, not 0"),
        (["create", "x", "out", "--workers=-3"], "expected a whole number from 0 on, not -3"),
    ],
)
def test_a_wrong_option_is_told_what_is_expected(data, wrong, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        data.main(wrong)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
