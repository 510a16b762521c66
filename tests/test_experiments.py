"""The presets, and each experiment from start to report on a handful of drawn images."""

import csv
import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from eager import short_runs
from mean_face_68 import MEAN_FACE_68

import config
import main
from experiments import EXPERIMENTS
from hyperface.annotations.readers import points_68
from hyperface.annotations.record import SkipReport
from hyperface.annotations.writers.own_writers import write_own_faces
from hyperface.errors import UserError
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.pose import rotation_matrix
from hyperface.utils.settings import resolve

SMALL = (
    "NETWORK_WIDTH=0.03",
    *("FACE_MODEL_EPOCHS=1", "EPOCHS=1", "REGIONS_PER_EPOCH=4", "BATCH_SIZE=2", "PHOTOGRAPH="),
    *("VALIDATION_REGIONS=4", "EVALUATION_REGIONS=4", "TRAIN_PROPOSAL_DETECTOR=False"),
    *("SHEET_FACES=2", "INIT_FROM=random", "OPTIMIZER=sgd"),
)


def given(name):
    return [f"{setting}=x" for setting in EXPERIMENTS[name].expects]


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_every_preset_is_made_of_settings(name):
    settings = resolve(config, EXPERIMENTS[name].overrides(given(name)))
    assert settings.DATA == "x"
    heads = settings.HEADS or tuple(config.LOSS_WEIGHTS)
    weights = {task: settings.LOSS_WEIGHTS[task] for task in heads}
    paper = {"detection": 1, "landmarks": 5, "visibility": 0.5, "pose": 5, "gender": 2}
    if name == "5":
        paper |= {"detection": 0, "pose": 0}
    assert weights == {task: paper[task] for task in heads}
    assert ("68" if name in "145" else "21") == settings.LANDMARKS


def test_set_overrides_a_preset():
    overrides = EXPERIMENTS["4"].overrides(["DATA=x", "LANDMARK_OVERLAYS=2", "HEADS=landmarks"])
    settings = resolve(config, overrides)
    assert (settings.LANDMARK_OVERLAYS, settings.HEADS) == (2, ("landmarks",))
    assert settings.LOSS_WEIGHTS["pose"] == 5


def test_data_has_to_be_given():
    with pytest.raises(UserError, match=r"needs --set FACE_MODEL_DATA=.* and DATA=.*AFLW"):
        EXPERIMENTS["2a"].overrides([])
    with pytest.raises(UserError, match=r"needs --set PRETRAINED_WEIGHTS="):
        EXPERIMENTS["5"].overrides(["DATA=x", "EPOCHS=3"])


def test_the_list_shows_every_experiment(capsys):
    assert main.main(["--experiment", "list"]) == 0
    said = capsys.readouterr().out
    for name, experiment in EXPERIMENTS.items():
        assert f"\n{name}  {experiment.about}\n" in "\n" + said


# --- The whole study in miniature -----------------------------------------------------------------


def draw_faces(folder, count):
    """Images of noise with 68 points at a face's places, as 300-W has them."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(len(folder.name))
    for number in range(count):
        image = rng.integers(0, 256, (100, 120, 3), np.uint8)
        yaw = rng.uniform(-0.4, 0.4)
        view = WeakPerspective(20.0, rotation_matrix(0, 0, yaw), np.array([60.0, 36.0]))
        points = view.project(MEAN_FACE_68) + 0.5
        lines = "\n".join(f"{x:.3f} {y:.3f}" for x, y in points)
        cv2.imwrite(str(folder / f"{number}.png"), image)
        (folder / f"{number}.pts").write_text(
            f"version: 1\nn_points: 68\n{{\n{lines}\n}}\n", encoding="utf-8"
        )


def draw_nothing(folder, count):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(7)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.png"), rng.integers(0, 256, (64, 64, 3), np.uint8))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """All experiments in their order, each on what those before it left; removed afterwards."""
    project = tmp_path_factory.mktemp("study")
    draw_faces(project / "helen" / "trainset", 6)
    draw_faces(project / "own", 6)
    images = [
        (image.path.name, replace(image, faces=tuple(with_gender(image.faces))))
        for image in points_68.read(project / "own", SkipReport())
    ]
    for path in (project / "own").glob("*.pts"):
        path.unlink()
    write_own_faces(project / "own", images)
    draw_nothing(project / "no_faces", 4)

    faces_68, aflw = "DATA=helen", "DATA=own"
    data = {
        "1": (faces_68,),
        "2a": (aflw, "FACE_MODEL_DATA=helen"),
        "2b": (aflw, "FACE_MODEL_DATA=helen+no_faces"),
        "3": (aflw,),
        "4": (faces_68, "LANDMARK_OVERLAYS=2"),
        # What comes later on the command line wins: SMALL's INIT_FROM over the preset's.
        "5": (faces_68, "PRETRAINED_WEIGHTS=weights/hyperface.weights.h5", "INIT_FROM=pretrained"),
    }
    runs = {}
    with pytest.MonkeyPatch.context() as patch, short_runs():
        patch.setattr(main, "PROJECT", project)
        patch.chdir(project)  # where weights/ of the real project is not found
        for name in EXPERIMENTS:
            before = set((project / "runs").glob("*"))
            assert main.main(["--experiment", name, "--set", *SMALL, *data[name]]) == 0
            (folder,) = set((project / "runs").iterdir()) - before
            runs[name] = SimpleNamespace(
                folder=folder,
                log=(folder / "log.txt").read_text(),
                settings=json.loads((folder / "settings.json").read_text()),
            )
    yield runs
    shutil.rmtree(project)


def with_gender(faces):
    return [replace(face, gender=float(number % 2)) for number, face in enumerate(faces)]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_an_experiment_runs_and_records_itself(study, name):
    run = study[name]
    assert (run.folder / "report.html").exists()
    assert "frozen:" not in run.log
    preset = EXPERIMENTS[name].overrides([*given(name), *SMALL])
    chosen = ("DATA", "FACE_MODEL_DATA", "PRETRAINED_WEIGHTS", "INIT_FROM", "LANDMARK_OVERLAYS")
    expected = json.loads(resolve(config, preset).as_json())
    assert run.settings == expected | {setting: run.settings[setting] for setting in chosen}
    _, row = csv.DictReader((run.folder / "hyperface" / "history.csv").open(newline=""))
    assert float(row["loss"]) > 0
    columns = {f"{task}_loss" for task in run.settings["HEADS"] or config.LOSS_WEIGHTS}
    assert columns == {name for name in row if name.endswith("_loss") and "val" not in name}


@pytest.mark.slow
def test_what_each_starts_from(study):
    assert "   skipped: TRAIN_FACE_MODEL is False" in study["1"].log
    for name in ("2a", "2b"):
        assert (study[name].folder / "face_model" / "history.csv").exists()
        assert "face model: helen, 6 images, 6 faces" in study[name].log
    assert "face model: no_faces, 4 images, 0 faces" in study["2b"].log
    for name in ("3", "4"):
        assert "read from weights/face_model.weights.h5" in study[name].log
        assert "copied conv1" in study[name].log
    assert (
        "skipped: all layers of hyperface start from weights/hyperface.weights.h5" in study["5"].log
    )
    assert "all layers start from weights/hyperface.weights.h5" in study["5"].log


@pytest.mark.slow
def test_landmarks_are_drawn_after_each_epoch_of_the_fourth(study):
    folder = study["4"].folder / "hyperface" / "landmarks"
    assert [path.name for path in folder.iterdir()] == ["epoch_00001.jpg"]
    assert cv2.imread(str(folder / "epoch_00001.jpg")).shape[0] > 300
    assert not (study["1"].folder / "hyperface" / "landmarks").exists()


@pytest.mark.slow
def test_the_fifth_learns_from_the_landmarks_alone(study):
    _, row = csv.DictReader((study["5"].folder / "hyperface" / "history.csv").open(newline=""))
    assert float(row["loss"]) == pytest.approx(5 * float(row["landmarks_loss"]), rel=1e-4)
    assert float(row["pose_loss"]) > 0  # watched
