"""A studio for the tests that render; they need requirements-render.txt (`make test-render`)."""

from pathlib import Path

import pytest

from tools.rendering.studio import Studio, StudioSettings

PROJECT = Path(__file__).resolve().parents[3]
MESHES = PROJECT.parent / "shared" / "assets" / "makehuman"


@pytest.fixture(scope="session")
def studio():
    """A studio with the meshes of MakeHuman where they lie beside the project."""
    meshes = MESHES if MESHES.is_dir() else None
    return Studio(StudioSettings(meshes, PROJECT / "data" / "photographs"))


@pytest.fixture(scope="session")
def bare_studio():
    """A studio with nothing but what comes with the packages."""
    return Studio(StudioSettings(None, PROJECT / "data" / "photographs"))
