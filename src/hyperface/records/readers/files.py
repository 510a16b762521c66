"""The picture that an annotation names."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from hyperface.pictures.reading import PICTURE_SUFFIXES, UnreadablePicture, read_size
from hyperface.records.record import Rejects


def pictures_in(folder: Path) -> list[Path]:
    """The files in a folder that are named like pictures, in order of their names."""
    names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    return [folder / name for name in names if Path(name).suffix.lower() in PICTURE_SUFFIXES]


def relative_name(written: str) -> str | None:
    """The relative path, with forward slashes, that an annotation means; None for a path refused.

    An annotation file comes from somebody else: it may name pictures in its own folder only.
    """
    name = written.strip().replace("\\", "/")
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ":" in parts[0] or ".." in parts or "\0" in name:
        return None
    return "/".join(parts)


def find_picture(folder: Path, written: str, places: Iterable[str]) -> str:
    """Finds a picture where copies of a data set are known to have it.

    Args:
        folder: The data set's.
        written: The path as written in the annotation file.
        places: Folders below the data set's, "" for itself, in the order to look.

    Returns:
        The path below the data set's folder; where there is no such file, the first place's.
    """
    name = relative_name(written)
    if name is None:
        return written  # for `size_of_named` to refuse
    found = [f"{place}/{name}".lstrip("/") for place in places]
    return next((path for path in found if _is_file(folder / path)), found[0])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name too long to be one
        return False


def size_of_named(folder: Path, written: str, rejects: Rejects) -> tuple[str, int, int] | None:
    """Checks the picture that an annotation names, by its header only.

    Args:
        folder: What the name is relative to.
        written: The path as written in the annotation file, with either kind of slash.
        rejects: Told why, where there is no such picture.

    Returns:
        The relative name with forward slashes, and width and height in pixels; None if rejected.
    """
    name = relative_name(written)
    if name is None:
        rejects.add("picture path outside the data set refused", repr(written[:80]))
        return None
    try:
        return name, *read_size(folder / name)
    except UnreadablePicture as error:
        rejects.add(error.reason, name)
        return None


def with_suffix(written: str) -> str:
    """A picture's name as written, with `.jpg` behind one that has no picture's suffix."""
    known = PurePosixPath(written.strip().replace("\\", "/")).suffix.lower() in PICTURE_SUFFIXES
    return written if known else f"{written.strip()}.jpg"
