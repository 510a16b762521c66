import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError
from hyperface.utils.lock import Lock
from tools import render
from tools.rendering import making
from tools.rendering.making import entries_of, make_set, write_faces
from tools.rendering.studio import StudioSettings

STUDIO = StudioSettings(None, Path("none"))


class FakeStudio:
    """Paints each image in one color, its number."""

    def __init__(self, fails_at=None):
        self.made = []
        self.fails_at = fails_at

    def recipe(self, seed, number):
        camera = SimpleNamespace(quality=90)
        return SimpleNamespace(seed=seed, number=number, split="train", camera=camera)

    def make(self, recipe):
        if recipe.number == self.fails_at:
            raise KeyboardInterrupt
        self.made.append(recipe.number)
        return np.full((24, 32, 3), recipe.number, np.uint8), [], True


@pytest.fixture
def fake(monkeypatch):
    def use(studio):
        monkeypatch.setattr(making, "_studio", lambda settings: studio)
        return studio

    return use


def test_a_set_is_read_by_the_reader_of_own_faces(tmp_path, fake):
    fake(FakeStudio())
    assert make_set(tmp_path / "set", 3, 1, STUDIO, workers=0) == 3
    skipped = SkipReport()
    images = list(own_faces.read(tmp_path / "set", skipped))
    assert [image.name for image in images] == ["00000.jpg", "00001.jpg", "00002.jpg"]
    assert all(image.complete and image.split == "train" for image in images)
    assert skipped.lines() == []
    assert not (tmp_path / "set" / making.ENTRIES).exists()


def test_an_interrupted_set_resumes(tmp_path, fake):
    fake(FakeStudio(fails_at=2))
    with pytest.raises(KeyboardInterrupt):
        make_set(tmp_path, 4, 1, STUDIO, workers=0)
    assert list(entries_of(tmp_path)) == ["00000.jpg", "00001.jpg"]
    studio = fake(FakeStudio())
    assert make_set(tmp_path, 4, 1, STUDIO, workers=0) == 2
    assert studio.made == [2, 3]
    assert len(entries_of(tmp_path)) == 4


def test_an_interrupted_set_keeps_complete_images(tmp_path, fake):
    fake(FakeStudio())
    make_set(tmp_path, 2, 1, STUDIO, workers=0)
    # As a kill leaves it: two entries not gathered yet, one image without its entry.
    making.render_one(tmp_path, 1, STUDIO, 2)
    making.render_one(tmp_path, 1, STUDIO, 3)
    (tmp_path / making.ENTRIES / "00003.jpg.json").unlink()
    studio = fake(FakeStudio())
    assert make_set(tmp_path, 4, 1, STUDIO, workers=0) == 1
    assert studio.made == [3]


def test_a_larger_count_adds_images(tmp_path, fake):
    fake(FakeStudio())
    make_set(tmp_path, 2, 1, STUDIO, workers=0)
    before = (tmp_path / "00001.jpg").read_bytes()
    studio = fake(FakeStudio())
    make_set(tmp_path, 3, 1, STUDIO, workers=0)
    assert studio.made == [2]
    assert (tmp_path / "00001.jpg").read_bytes() == before


def test_a_removed_image_is_rendered_again(tmp_path, fake):
    fake(FakeStudio())
    make_set(tmp_path, 3, 1, STUDIO, workers=0)
    (tmp_path / "00001.jpg").unlink()
    studio = fake(FakeStudio())
    make_set(tmp_path, 3, 1, STUDIO, workers=0)
    assert studio.made == [1]


def test_another_seed_in_the_same_folder_raises(tmp_path, fake):
    fake(FakeStudio())
    make_set(tmp_path, 1, 1, STUDIO, workers=0)
    with pytest.raises(UserError, match="another folder"):
        make_set(tmp_path, 1, 2, STUDIO, workers=0)


def test_a_folder_of_other_annotations_is_unchanged(tmp_path):
    (tmp_path / "faces.json").write_text("{}")
    with pytest.raises(UserError, match="not an output folder of this program"):
        make_set(tmp_path, 1, 1, STUDIO, workers=0)
    assert (tmp_path / "faces.json").read_text() == "{}"


def test_two_processes_in_one_folder_raise(tmp_path, fake):
    fake(FakeStudio())
    lock = Lock(tmp_path / ".lock")
    with pytest.raises(UserError, match="Another process"):
        make_set(tmp_path, 1, 1, STUDIO, workers=0)
    lock.release()


def test_damaged_annotations_raise(tmp_path, fake):
    fake(FakeStudio())
    make_set(tmp_path, 1, 1, STUDIO, workers=0)
    (tmp_path / "faces.json").write_text("{")
    with pytest.raises(UserError, match="damaged"):
        make_set(tmp_path, 2, 1, STUDIO, workers=0)


def test_no_images_give_no_annotations(tmp_path):
    write_faces(tmp_path)
    assert not (tmp_path / "faces.json").exists()


def test_the_command_prints_the_number_of_images(tmp_path, fake, capsys):
    fake(FakeStudio())
    arguments = ["--count", "2", "--out", str(tmp_path / "set"), "--workers", "0"]
    assert render.main(arguments) == 0
    assert "2 images rendered" in capsys.readouterr().out
    content = json.loads((tmp_path / "set" / "faces.json").read_text())
    assert "CC0" in content["licence"]


def test_ctrl_c_prints_how_to_resume(tmp_path, fake, capsys):
    fake(FakeStudio(fails_at=1))
    arguments = ["--count", "2", "--out", str(tmp_path), "--workers", "0"]
    assert render.main(arguments) == 130
    assert "same command" in capsys.readouterr().err


@pytest.mark.parametrize("bad", [["--count", "0"], ["--seed", "-1"], ["--workers", "-2"], []])
def test_bad_options_exit_with_status_two(tmp_path, bad, capsys):
    out = ["--out", str(tmp_path)] if bad else []
    with pytest.raises(SystemExit) as stop:
        render.main([*bad, *out])
    assert stop.value.code == 2
    assert "--" in capsys.readouterr().err
