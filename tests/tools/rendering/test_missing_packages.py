"""Without the packages for rendering, and with a wrong folder of meshes."""

import sys

import pytest

from hyperface.errors import UserError
from tools import render
from tools.rendering.scene import mitsuba


@pytest.fixture
def without(monkeypatch):
    for name in ("anny", "mitsuba"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    mitsuba.cache_clear()


@pytest.mark.usefixtures("without")
def test_the_error_of_missing_packages_says_how_to_install_them(tmp_path, capsys):
    assert render.main(["--count", "1", "--out", str(tmp_path / "a"), "--workers", "0"]) == 2
    counted, said = capsys.readouterr().err.splitlines()
    assert counted.startswith("rendering: 0 of 1")
    assert said.startswith("error: Rendering needs")
    assert "pip install -r requirements-render.txt" in said


@pytest.mark.usefixtures("without")
def test_the_renderer_raises_the_same_error():
    with pytest.raises(UserError, match=r"requirements-render\.txt"):
        mitsuba()


def test_a_folder_without_meshes_raises_before_anything_is_built(tmp_path, capsys):
    arguments = ["--count", "1", "--out", str(tmp_path / "a"), "--meshes", str(tmp_path)]
    assert render.main(arguments) == 2
    assert "no folder `hair`" in capsys.readouterr().err
