"""The script itself, on a copy of the project, as a person runs it."""

import csv
import hashlib
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from eager import short_runs

import config
import main
from hyperface import startup
from hyperface.models.table import build_network
from hyperface.utils.folder import open_run
from hyperface.utils.settings import resolve

PROJECT = Path(__file__).resolve().parents[1]
WIDTH = 0.125
SMALL = (
    f"NETWORK_WIDTH={WIDTH}",
    "INIT_FROM=random",
    *("FACE_MODEL_EPOCHS=1", "EPOCHS=1", "REGIONS_PER_EPOCH=8", "BATCH_SIZE=4"),
    *("OPTIMIZER=sgd", "LEARNING_RATE=0.01"),
    *("PROPOSAL_DETECTOR_EPOCHS=1", "PROPOSAL_DETECTOR_SCENES=8", "PROPOSAL_DETECTOR_SIDE=64"),
    *("VALIDATION_REGIONS=4", "EVALUATION_REGIONS=8", "DATA=data/photographs"),
)
# Of two values for a setting the later holds.
KILLED = (
    *SMALL,
    *("EPOCHS=3", "SEED=2", "PHOTOGRAPH=", "SHEET_FACES=2", "TRAIN_PROPOSAL_DETECTOR=False"),
)
IMAGES = ("astronaut.jpg", "brick.jpg", "cell.jpg", "coffee.jpg")  # two to train on, two not
JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n"


def environment(elsewhere):
    """Without a display, without what the tests themselves set, and with a notebook's settings."""
    unwanted = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH", "KERAS_BACKEND")
    home = elsewhere.parent / "keras"
    home.mkdir(exist_ok=True)
    (home / "keras.json").write_text('{"image_data_format": "channels_first", "backend": "theano"}')
    notebook = {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "KERAS_HOME": str(home),
    }
    return {k: v for k, v in os.environ.items() if k not in unwanted} | notebook


def command(project, *arguments):
    """The copy's main.py, without its folder in the path."""
    return [sys.executable, "-P", str(project / "src" / "main.py"), *arguments]


def short_command(project, *arguments):
    """The same, shortened as `run_here` is."""
    script = f"""
        import sys
        sys.path[:0] = [{str(project / "src")!r}, {str(PROJECT / "tests")!r}]
        from hyperface.startup import prepare_process
        prepare_process()
        import main
        from eager import short_runs
        with short_runs():
            sys.exit(main.main(sys.argv[1:]))
    """
    return [sys.executable, "-P", "-c", textwrap.dedent(script), *arguments]


def run_main(project, elsewhere, *arguments):
    """Runs the copy's main.py from another folder."""
    return subprocess.run(
        command(project, *arguments),
        cwd=elsewhere,
        env=environment(elsewhere),
        capture_output=True,
        text=True,
        check=False,
    )


def run_here(project, elsewhere, *overrides):
    """Runs main.py on the copy, shortened and in this process; returns what it printed.

    The process itself is the point of `finished`, and so are the training of a graph and the
    drawing of Keras' graphs.
    """
    printed, errors = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(errors):
        patch.setattr(main, "PROJECT", project)
        patch.chdir(elsewhere)
        with short_runs():
            status = main.main(["--set", *overrides])
    assert status == 0, printed.getvalue() + errors.getvalue()
    return printed.getvalue()


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def copy_project(folder):
    """Copies what the job needs: code and photographs."""
    shutil.copytree(PROJECT / "src", folder / "src")  # compiled files included, which saves seconds
    source, target = PROJECT / "data" / "photographs", folder / "data" / "photographs"
    target.mkdir(parents=True)
    for name in IMAGES:
        shutil.copy(source / name, target)
    faces = json.loads((source / "faces.json").read_text())
    faces["pictures"] = [each for each in faces["pictures"] if each["file"] in IMAGES]
    (target / "faces.json").write_text(json.dumps(faces))
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project, removed afterwards, for it grows large."""
    yield (folder := copy_project(tmp_path_factory.mktemp("copy") / "a project"))
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def finished(project, elsewhere):
    """A whole small run: what it printed, and its folder."""
    sample = digests(project / "data" / "photographs")
    done = run_main(project, elsewhere, "--set", *SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (project / "runs").iterdir()
    return SimpleNamespace(
        project=project, folder=folder, out=done.stdout, err=done.stderr, sample=sample
    )


@pytest.fixture(scope="module")
def killed(finished, elsewhere):
    """A run killed in HyperFace's second epoch, and what the same command then did."""
    project = finished.project
    before = set((project / "runs").iterdir())
    with (elsewhere / "first.log").open("w") as log:
        process = subprocess.Popen(
            short_command(project, "--set", *KILLED),
            cwd=elsewhere,
            env=environment(elsewhere),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        first = None
        while process.poll() is None and first is None:
            time.sleep(0.05)
            new = [path for path in (project / "runs").iterdir() if path not in before]
            first = next((p for p in new if (p / "hyperface" / "epoch-00001.json").exists()), None)
        os.kill(process.pid, signal.SIGKILL)
        status = process.wait()
    said = (elsewhere / "first.log").read_text()
    (elsewhere / "first.log").unlink()
    assert first is not None, said
    assert status == -signal.SIGKILL, "it ended before it could be killed"
    assert not (first / "finished.json").exists()
    out = run_here(project, elsewhere, *KILLED)
    (folder,) = set((project / "runs").iterdir()) - before
    return SimpleNamespace(project=project, folder=folder, first=said, out=out)


@pytest.fixture
def run_again(finished, elsewhere):
    """Runs main.py on the finished run's project with other settings; what it printed, its folder.

    The proposal detector is left out, and so is what the settings do not ask for.
    """

    def run(*overrides):
        before = set((finished.project / "runs").iterdir())
        chosen = (*SMALL, "TRAIN_PROPOSAL_DETECTOR=False", "SHEET_FACES=2", *overrides)
        out = run_here(finished.project, elsewhere, *chosen)
        (folder,) = set((finished.project / "runs").iterdir()) - before
        return SimpleNamespace(folder=folder, out=out)

    return run


# --- A whole run ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_steps_are_named_and_timed(finished):
    steps = re.findall(r"^(\d+)\. (.+)$", finished.out, flags=re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert finished.out.count("done in") == len(steps) >= 5
    assert re.search(r"face_model: [\d,]+ parameters$", finished.out, flags=re.MULTILINE)
    assert re.search(r"hyperface: [\d,]+ parameters$", finished.out, flags=re.MULTILINE)
    assert "copied conv1, conv2, conv3, conv4, conv5" in finished.out
    for task in ("detection", "landmarks", "visibility", "pose", "gender"):
        assert re.search(rf"^ +{task}: .+ label(s|ed)$", finished.out, flags=re.MULTILINE)
    assert "Traceback" not in finished.out + finished.err


@pytest.mark.slow
def test_without_a_held_out_face_training_faces_are_evaluated(finished):
    assert "no face is held out" in finished.out
    assert "No face of this data is held out" in (finished.folder / "report.html").read_text()


@pytest.mark.slow
def test_it_looks_at_a_photograph_and_says_when_it_was_trained_on(finished):
    best = r"astronaut\.jpg: [\d,]+ regions proposed, [\d,]+ scored; the best face: score [01]\."
    assert re.search(best, finished.out)
    assert "; this is a training image" in finished.out
    assert (finished.folder / "photograph.jpg").read_bytes().startswith(JPEG)
    assert "Prediction on a photograph" in (finished.folder / "report.html").read_text()


@pytest.mark.slow
def test_weights_lie_beside_what_they_are(finished):
    for name in ("face_model", "hyperface"):
        path = finished.project / "weights" / f"{name}.weights.h5"
        facts = json.loads(path.with_name(f"{name}.json").read_text())
        assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert facts["network"] == name
        assert facts["parameters"] == build_network(name, width=WIDTH).count_params()
        assert facts["width"] == WIDTH
        assert facts["normalization"] == "lrn"
        assert facts["preprocessing"]
        assert facts["settings"]["REGIONS_PER_EPOCH"] == 8
        assert facts["run"] == finished.folder.name
    assert {figure["task"] for figure in facts["figures"]} >= {"detection", "landmarks", "pose"}
    names = {path.name for path in (finished.project / "weights").iterdir()}
    assert names == {
        f"{network}.{kind}" for network in ("face_model", "hyperface", "proposal_detector")
        for kind in ("weights.h5", "json")
    }  # fmt: skip


@pytest.mark.slow
def test_graphs_are_drawn(finished):
    images = sorted((finished.folder / "model_graphs").iterdir())
    assert [path.name for path in images] == [
        *("face_model.png", "hyperface_model.png", "proposal_detector_model.png"),
    ]
    assert all(path.read_bytes().startswith(PNG) for path in images)


@pytest.mark.slow
def test_the_runs_folder_tells_all_of_it(finished):
    folder = finished.folder
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", folder.name)
    settings = json.loads((folder / "settings.json").read_text())
    assert settings == json.loads(resolve(config, SMALL).as_json())
    (start,) = json.loads((folder / "environment.json").read_text())
    assert start["libraries"]["keras"]
    assert (folder / "finished.json").exists()
    log = (folder / "log.txt").read_text()
    assert all(line in log for line in finished.out.splitlines() if line.strip())
    for network in ("face_model", "hyperface", "proposal_detector"):
        start, row = rows_of(folder / network / "history.csv")
        assert start["epoch"] == "0"
        assert row["epoch"] == "1"
        assert float(row["loss"]) > 0
        assert float(row["val_loss"]) > 0
    metrics = json.loads((folder / "metrics.json").read_text())["metrics"]
    yaw = metrics["all: pose, yaw error"]
    assert yaw["unit"] == "degrees"
    assert yaw["before"]["value"] > 0 < yaw["after"]["value"]
    for name in ("face_model_curves.png", "hyperface_curves.png"):
        assert (folder / name).read_bytes().startswith(PNG), name
    for name in ("faces.jpg", "regions.jpg"):
        assert (folder / name).read_bytes().startswith(JPEG), name
    assert not list(folder.rglob(".aside*"))
    assert not list(folder.rglob("epoch-*")), "a finished run needs no checkpoint"


@pytest.mark.slow
def test_the_report_is_one_page_of_its_own(finished):
    page = (finished.folder / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 4  # 2 curves, 2 graphs
    for network in ("face_model", "hyperface_model"):
        assert f"Keras graph {network}." in page
    assert page.count("data:image/jpeg;base64,") == 3  # faces, photograph, regions
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page), "it leans on nothing outside"
    parameters = str(build_network("hyperface", width=WIDTH).count_params())
    for words in ("balanced accuracy", "REGIONS_PER_EPOCH", parameters, "constant"):
        assert words in page.replace(",", ""), words


@pytest.mark.slow
def test_it_writes_where_it_says_and_nowhere_else(finished, elsewhere):
    assert digests(finished.project / "data" / "photographs") == finished.sample
    assert not list(elsewhere.iterdir())
    names = {path.name for path in finished.project.iterdir()}
    assert names == {"src", "data", "runs", "weights"}


@pytest.mark.slow
def test_hyperface_can_start_without_a_trained_face_model(run_again):
    run = run_again("TRAIN_FACE_MODEL=False", "FACE_MODEL_WEIGHTS=", "PHOTOGRAPH=")
    assert "   skipped: TRAIN_FACE_MODEL is False" in run.out
    assert "   skipped: TRAIN_PROPOSAL_DETECTOR is False\n" in run.out
    assert "   skipped: PHOTOGRAPH is empty\n" in run.out
    assert not (run.folder / "photograph.jpg").exists()
    assert (run.folder / "hyperface" / "history.csv").exists()


@pytest.mark.slow
def test_fine_tuning_starts_where_the_other_training_ended(finished, elsewhere, run_again):
    weights = finished.project / "weights" / "hyperface.weights.h5"
    ended = json.loads(weights.with_name("hyperface.json").read_text())["figures"]
    copy = elsewhere / "mine.weights.h5"
    shutil.copy(weights, copy)
    folder = run_again(
        *("INIT_FROM=pretrained", f"PRETRAINED_WEIGHTS={copy}"),
        *("FROZEN_LAYERS=conv1", "PHOTOGRAPH="),
    ).folder
    assert not (folder / "face_model").exists()
    began = json.loads((folder / "before.json").read_text())["figures"]
    assert [figure["value"] for figure in began] == pytest.approx(
        [figure["value"] for figure in ended], abs=1e-3
    )
    assert ">before</th>" in (folder / "report.html").read_text()


@pytest.mark.slow
def test_another_network_with_fewer_heads_is_trained_and_reported(finished, run_again):
    run = run_again("NETWORK=r_cnn_fiducial", "TRAIN_FACE_MODEL=False")
    folder = run.folder
    assert "Train the heads of R-CNN_Fiducial: landmarks, visibility" in run.out
    assert "skipped: r_cnn_fiducial has no detection head" in run.out
    assert (folder / "r_cnn_fiducial" / "history.csv").exists()
    assert (folder / "faces.jpg").read_bytes().startswith(JPEG)
    assert "error / face extent" in (folder / "report.html").read_text()
    path = finished.project / "weights" / "r_cnn_fiducial.weights.h5"
    facts = json.loads(path.with_name("r_cnn_fiducial.json").read_text())
    assert facts["network"] == "r_cnn_fiducial"
    assert {figure["task"] for figure in facts["figures"]} == {"landmarks", "visibility"}
    path.unlink()
    path.with_name("r_cnn_fiducial.json").unlink()


# --- A killed and resumed run ----------------------------------------------------------------


@pytest.mark.slow
def test_a_killed_run_resumes_in_its_folder(killed):
    assert "resumed" in killed.out
    on_rerun = re.findall(r"resumes after epoch (\d) of (\d)", killed.out)
    assert on_rerun[0] == ("1", "1"), "the face model is not trained again"
    assert on_rerun[1][1] == "3"
    assert "epoch 1/1, loss" not in killed.out, "nor is the proposal detector trained"
    assert (killed.folder / "finished.json").exists()
    assert len(json.loads((killed.folder / "environment.json").read_text())) == 2
    assert not list(killed.folder.rglob(".aside*"))


@pytest.mark.slow
def test_no_epoch_is_duplicated_or_missing(killed):
    rows = rows_of(killed.folder / "face_model" / "history.csv")
    assert [row["epoch"] for row in rows] == ["0", "1"]
    start, *rows = rows_of(killed.folder / "hyperface" / "history.csv")
    assert start["epoch"] == "0"
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    first = re.search(r"epoch 1/3, loss ([\d.]+), validation loss ([\d.]+)", killed.first)
    if first:  # the kill may have come before the line
        assert float(rows[0]["loss"]) == pytest.approx(float(first[1]), abs=1e-4)
        assert float(rows[0]["val_loss"]) == pytest.approx(float(first[2]), abs=1e-4)


@pytest.mark.slow
def test_the_weights_are_then_the_killed_runs(killed):
    path = killed.project / "weights" / "hyperface.weights.h5"
    facts = json.loads(path.with_name("hyperface.json").read_text())
    assert facts["run"] == killed.folder.name
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


# --- Mistakes of the user ------------------------------------------------------------------


def test_an_unknown_setting_exits_with_two_and_a_suggestion(here, capsys, monkeypatch):
    """The script, from its first line to its last, in this process, which has its imports."""
    monkeypatch.setattr(startup, "prepare_process", lambda: None)
    monkeypatch.setattr(sys, "argv", ["main.py", "--set", "EPOCS=3"])
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(PROJECT / "src" / "main.py"), run_name="__main__")
    assert caught.value.code == 2
    assert "did you mean EPOCHS?" in capsys.readouterr().err


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty project, and the current folder, for calls of `main.main` in this process."""
    monkeypatch.setattr(main, "PROJECT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("EPOCS=3", "did you mean EPOCHS?"),
        ("epochs=3", "did you mean EPOCHS?"),
        ("LOSS_WEIGHTS.pos=3", "did you mean pose?"),
        ("EPOCHS=many", "EPOCHS=many"),
        ("EPOCHS=0", "EPOCHS=0"),
        ("NORMALIZATION=lnr", "lrn"),
        ("EPOCHS", "NAME=VALUE"),
        ("LEARNING_RATE=nan", "LEARNING_RATE=nan"),
    ],
)
def test_a_bad_override_is_one_line_and_two(here, capsys, override, said):
    assert main.main(["--set", override]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert len(error.splitlines()) == 1
    assert not list(here.iterdir()), "nothing is begun"


@pytest.mark.parametrize("seed", [2**32, 10**30])
def test_a_seed_too_large_is_an_error(here, capsys, seed):
    assert main.main(["--set", f"SEED={seed}"]) == 2
    assert "SEED" in capsys.readouterr().err


def test_a_missing_data_folder_is_an_error(here, capsys):
    assert main.main(["--set", "DATA=data/nowhere"]) == 2
    assert not (here / "runs").exists()
    error = capsys.readouterr().err
    assert str(here / "data" / "nowhere") in error
    assert "Traceback" not in error


def test_a_folder_without_a_data_set_is_an_error(here, capsys):
    (here / "data").mkdir()
    assert main.main(["--set", "DATA=data"]) == 2
    assert "No data set is recognized" in capsys.readouterr().err


def test_resuming_with_other_settings_is_refused_with_the_differences(here, capsys):
    run = open_run(here / "runs", resolve(config, ["EPOCHS=7", "LOSS_WEIGHTS.pose=4"]))
    run.close()
    assert main.main(["--resume", str(run.path), "--set", "EPOCHS=8", "LOSS_WEIGHTS.pose=4"]) == 2
    error = capsys.readouterr().err
    assert "EPOCHS: 8 here, 7 in the run" in error
    assert "pose" not in error
    assert len(list((here / "runs").iterdir())) == 1


def test_resuming_what_is_no_run_is_refused(here, capsys):
    assert main.main(["--resume", str(here / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert not (here / "nowhere").exists()


def test_a_run_in_use_is_refused(here, capsys):
    with open_run(here / "runs", resolve(config, ["EPOCHS=7", "DATA=."])):
        assert main.main(["--set", "EPOCHS=7", "DATA=."]) == 2
    assert "another process" in capsys.readouterr().err


def test_ctrl_c_says_how_to_resume(here, capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("hyperface.pipeline.train_and_evaluate", interrupted)
    assert main.main(["--set", "DATA=."]) == 130
    assert "the same command" in capsys.readouterr().err


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as caught:
        main.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert "examples:" in text
    assert text.count("python src/main.py") >= 3
    assert "--set" in text
    assert "--resume" in text


def test_the_examples_of_the_help_are_right(capsys):
    with pytest.raises(SystemExit):
        main.main(["--help"])
    for line in capsys.readouterr().out.splitlines():
        _, found, overrides = line.partition("python src/main.py --set ")
        if found:
            settings = resolve(config, overrides.split())
            assert settings.EPOCHS >= 1


def test_an_unknown_option_exits_with_two(capsys):
    with pytest.raises(SystemExit) as caught:
        main.main(["--epochs", "3"])
    assert caught.value.code == 2
    assert "--epochs" in capsys.readouterr().err
