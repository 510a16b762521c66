"""Two workers on this machine; without Ray, the sentence that says what to install."""

import importlib.util
import json
import os
import signal
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from one_by_one import OneByOne
from PIL import Image

from hyperface.cluster.image_parts import Counts, divide, predict_part, remaining_parts
from hyperface.cluster.ray_pool import predict_on_ray
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray (requirements-cluster.txt) is missing"
)


class Brightness(OneByOne):
    """Finds a face as bright as the image; dies of the image that is named, unless it did so."""

    def __init__(self, fatal: Path | None):
        super().__init__(None, propose=lambda image: np.zeros((0, 4)))
        self._fatal = fatal

    def detect(self, image, settings, proposals_xyxy, score):
        if self._fatal is not None and image[0, 0, 0] == 90 and not self._fatal.exists():
            self._fatal.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        score = float(image[0, 0, 0]) / 255
        box = np.array([1.0, 2, 9, 9])
        return [DetectedFace(box, score, np.zeros((21, 2)), np.ones(21), np.zeros(3), 0.5)]


@dataclass(frozen=True)
class Recipe:
    """In the place of `DetectorRecipe`."""

    fatal: Path | None = None
    mistake: str = ""

    def load(self):
        if self.mistake:
            raise UserError(self.mistake)
        return Brightness(self.fatal)


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """Six parts of four images, the last of each broken."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(24):
        path = folder / f"{number:02}.png"
        Image.fromarray(np.full((20, 20, 3), 10 * number, np.uint8)).save(path)
        if number % 4 == 3:
            path.write_bytes(path.read_bytes()[:50])
    files = [(path.name, path) for path in sorted(folder.iterdir())]
    return list(divide(files, 4, tmp_path / "out"))


def rows_of(parts):
    lines = [line for part in parts for line in part.rows.read_text().splitlines()]
    return [json.loads(line) | {"seconds": 0} for line in lines]


@needs_ray
@pytest.mark.slow
def test_a_dead_worker_loses_nothing_and_the_rows_are_those_of_one_process(parts, tmp_path):
    fatal = tmp_path / "fatal"
    counts = list(predict_on_ray(parts, Recipe(fatal), "local", workers=2))
    assert fatal.exists()  # one worker died
    assert counts == [Counts(images=3, faces=3, skipped=1)] * 6
    assert remaining_parts(parts) == []
    found = rows_of(parts)
    for part in parts:
        part.rows.unlink()
        predict_part(Recipe().load(), part)
    assert found == rows_of(parts)


@needs_ray
@pytest.mark.slow
def test_a_user_error_in_a_worker_is_one_sentence(parts):
    with pytest.raises(UserError, match=r"^There are no weights\.$"):
        list(predict_on_ray(parts, Recipe(mistake="There are no weights."), "local", workers=1))


def test_without_ray_the_error_says_what_to_install(parts, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        UserError, match=r"--ray needs Ray: run `pip install -r requirements-cluster\.txt`\.$"
    ):
        list(predict_on_ray(parts, Recipe(), "local", workers=1))


@pytest.fixture
def failing_ray(monkeypatch):
    """A Ray that does not start; gives a function that sets why, and what it was told."""
    fake, told = types.SimpleNamespace(data=types.SimpleNamespace()), []
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray.data", fake.data)
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.setenv(name, "")  # so that the test's end restores what there was
        monkeypatch.delenv(name)

    def fail_with(error):
        def init(**_):
            told.append(os.environ.get("RAY_AUTH_MODE"))
            raise error

        fake.init = init
        return told

    return fail_with


def test_why_ray_does_not_start_is_one_sentence(parts, failing_ray):
    failing_ray(Exception("a long story:\nThe current node timed out during startup."))
    match = r"^Ray cannot start on this machine: The current node timed out during startup\.$"
    with pytest.raises(UserError, match=match):
        list(predict_on_ray(parts, Recipe(), "local", workers=2))


def test_the_token_of_a_cluster_is_used_where_there_is_one(
    parts, failing_ray, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    modes = failing_ray(ConnectionError())

    def connect(address):
        with pytest.raises(UserError, match=r"10\.0\.0\.1:6379, or it has another token"):
            list(predict_on_ray(parts, Recipe(), address, workers=2))

    connect("10.0.0.1:6379")
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("secret")
    connect("10.0.0.1:6379")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # what a person sets wins
    connect("10.0.0.1:6379")
    assert modes == [None, "token", "disabled"]
