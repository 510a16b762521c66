"""Finds the pretrained weights."""

import os
from collections.abc import Iterator
from pathlib import Path

from hyperface.errors import UserError

HYPERFACE_WEIGHTS = "hyperface.weights.h5"
PROPOSAL_WEIGHTS = "proposal_detector.weights.h5"
VARIABLE = "HYPERFACE_WEIGHTS"  # environment variable: the folder that is searched first
PACKAGE = Path(__file__).resolve().parents[1]


def pretrained_weights(name: str = HYPERFACE_WEIGHTS) -> Path:
    """Finds a pretrained weights file, by its file name.

    Raises:
        UserError: It is in none of the folders; the message names them.
    """
    found = find_pretrained_weights(name)
    if found is None:
        raise UserError(
            f"There is no {name} in {', '.join(map(str, _folders()))}; copy the project's folder "
            f"weights/pretrained and name it in the environment variable {VARIABLE}, or give the "
            "path of a weights file."
        )
    return found


def find_pretrained_weights(name: str) -> Path | None:
    """As `pretrained_weights`, but None if the file is in none of the folders."""
    return next((folder / name for folder in _folders() if (folder / name).is_file()), None)


def proposal_weights_for(weights: Path) -> Path:
    """The proposal detector's weights beside those of a network, or else the pretrained ones.

    Raises:
        UserError: Neither exists.
    """
    beside = weights.with_name(PROPOSAL_WEIGHTS)
    return beside if beside.is_file() else pretrained_weights(PROPOSAL_WEIGHTS)


def _folders() -> Iterator[Path]:
    """The folders in the order in which they are searched."""
    if os.environ.get(VARIABLE):
        yield Path(os.environ[VARIABLE])
    yield PACKAGE / "pretrained"  # of an installed package
    yield PACKAGE.parents[1] / "weights" / "pretrained"  # of a copy of the repository
    try:
        yield Path("~/.cache/hyperface").expanduser()
    except RuntimeError:  # nobody's home
        return
