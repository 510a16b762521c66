"""What a person wants looked at: pictures, videos, folders of both."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from hyperface.pictures.video import VIDEO_SUFFIXES


@dataclass(frozen=True)
class Input:
    """One file.

    Attributes:
        name: As given, or below the folder given; how the results call it.
        path: The file.
        is_video: Whether it is one, by its name.
    """

    name: str
    path: Path
    is_video: bool


def find_inputs(given: Sequence[str]) -> list[Input]:
    """Every file that is given or in a given folder, none twice; hidden ones are left out.

    Args:
        given: Paths of files and folders; one that does not exist stays, to be said later.
    """
    found: dict[str, Input] = {}
    for text in given:
        path = Path(text).expanduser()
        for file in _files(path) if path.is_dir() else [path]:
            name = PurePath(text, file.relative_to(path)).as_posix() if path.is_dir() else text
            found.setdefault(name, Input(name, file, file.suffix.lower() in VIDEO_SUFFIXES))
    return list(found.values())


def place_of(name: str, suffix: str) -> str:
    """Where what is drawn for an input goes, relative to a folder: its own path, kept inside."""
    parts = ["_" if part == ".." else part for part in PurePath(name).parts]
    parts = [part for part in parts if part not in (PurePath(name).anchor, ".")]
    last = parts[-1] if parts else "picture"
    same = PurePath(last).suffix.lower() in (suffix, {".jpg": ".jpeg"}.get(suffix))
    return "/".join([*parts[:-1], last if same else last + suffix])


def _files(folder: Path) -> Iterator[Path]:
    for parent, subfolders, names in os.walk(folder):  # follows no links, so it ends
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))
