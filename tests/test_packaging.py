"""The package as others get it: built, installed into an environment of its own, and used."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
ASTRONAUT = PROJECT / "data" / "photographs" / "astronaut.jpg"
REQUIREMENTS = {
    name: PROJECT / f"requirements{'' if name == 'main' else f'-{name}'}.txt"
    for name in ("main", "demo", "render", "dev", "export", "cluster")
}


def listed(path):
    """The requirements of a file, without its comments and the files that it includes."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return {line for line in lines if line and not line.startswith(("#", "-r"))}


def test_requirements_stand_in_pyproject_with_the_same_ranges():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    main = listed(REQUIREMENTS["main"])
    assert set(project["dependencies"]) == main
    for extra, wanted in project["optional-dependencies"].items():
        assert set(wanted) <= listed(REQUIREMENTS[extra]), extra
        assert not set(wanted) & main
    for extra in ("demo", "dev", "export", "cluster"):
        wanted = project["optional-dependencies"][extra]
        assert listed(REQUIREMENTS[extra]) == set(wanted), extra


def test_importing_the_package_brings_no_keras():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, hyperface; print(hyperface.__version__, sorted(dir(hyperface)));"
            "assert not {'keras', 'tensorflow', 'cv2', 'numpy'} & set(sys.modules)",
        ],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"\d+\.\d+\.\d+ ", done.stdout)
    assert "FaceDetector" in done.stdout


def test_every_public_name_is_there():
    import hyperface

    for name in hyperface.__all__:
        assert getattr(hyperface, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hyperface.nothing


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling builds the package (requirements-dev.txt)")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--wheel-dir", str(folder), str(PROJECT)),
        ],
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("hyperface-*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """An environment with the package, which finds its requirements where the tests have theirs."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", str(wheel)], check=True)
    return folder


def in_environment(folder, where, *command, **variables):
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "HYPERFACE_WEIGHTS")}
    return subprocess.run(
        [str(folder / "bin" / command[0]), *map(str, command[1:])],
        cwd=where,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_wheel_puts_one_package_into_an_environment(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hyperface"}
    assert {
        "hyperface/py.typed",
        "hyperface/evaluation/published.json",
        "hyperface/visualization/templates/page.html",
        "hyperface/visualization/templates/page.css",
        "hyperface/default_config.py",
        "hyperface/pretrained/hyperface.weights.h5",
        "hyperface/pretrained/hyperface.json",
    } <= set(names)
    assert not any(name.endswith(".jpg") for name in names)  # no data


SCRIPT = """
import sys
from pathlib import Path
from hyperface import FaceDetector, __file__, read_image
from hyperface.commands.cli import main

assert "site-packages" in __file__
photograph = read_image(sys.argv[1])
for face in FaceDetector.from_pretrained().detect(photograph):
    print(face.score > 0.7, face.box_xyxy.round(), face.female_probability > 0.5)
    print(face.landmarks.shape, abs(face.pose_degrees).max() < 30)
(shipped,) = Path(__file__).parent.rglob("hyperface.weights.h5")
aside = shipped.rename(shipped.with_name("aside.h5"))
try:
    print("status", main(["predict", sys.argv[1], "--out", "o"]))
finally:
    aside.rename(shipped)
"""


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory):
    """The photograph around her face, in which there is little to search."""
    path = tmp_path_factory.mktemp("photograph") / "astronaut.png"
    with Image.open(ASTRONAUT) as photograph:
        photograph.crop((110, 30, 340, 230)).save(path)
    return path


@pytest.fixture(scope="module")
def library(environment, astronaut, tmp_path_factory):
    """What the installed library answers, and what it says when its weights have gone."""
    folder = tmp_path_factory.mktemp("library")
    return in_environment(environment, folder, "python", "-c", SCRIPT, astronaut, HOME=str(folder))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the environment's programs lie elsewhere")
def test_the_installed_command_finds_the_astronaut_from_another_folder(
    environment, astronaut, tmp_path
):
    command = "hyperface", "predict", astronaut, "--out", "found", "--draw"
    done = in_environment(environment, tmp_path, *command)
    assert done.returncode == 0, done.stderr
    (row,) = map(json.loads, (tmp_path / "found" / "faces.jsonl").read_text().splitlines())
    assert len(row["faces"]) == 1
    assert list((tmp_path / "found" / "drawn").rglob("*.jpg"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the environment's programs lie elsewhere")
def test_the_installed_library_finds_her_too(library):
    assert library.returncode == 0, library.stderr
    first, second, _ = library.stdout.splitlines()
    assert first.startswith("True [")
    assert first.endswith("True")
    assert second == "(21, 2) True"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the environment's programs lie elsewhere")
def test_without_its_weights_it_says_where_they_are_looked_for(library):
    assert library.stdout.endswith("\nstatus 2\n")
    (line,) = (line for line in library.stderr.splitlines() if line.startswith("error: "))
    assert "There is no hyperface.weights.h5 in" in line
    assert "HYPERFACE_WEIGHTS" in line
    assert "Traceback" not in library.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the environment's programs lie elsewhere")
def test_the_console_command_has_help_for_everything(environment, tmp_path):
    for arguments in ([], ["--help"], ["--version"], *([name, "--help"] for name in ("data",))):
        done = in_environment(environment, tmp_path, "hyperface", *arguments)
        assert done.returncode == 0, done.stderr
        assert "hyperface" in done.stdout
    done = in_environment(environment, tmp_path, "hyperface", "nothing")
    assert done.returncode == 2
    assert "usage: hyperface COMMAND" in done.stderr
