"""From what a user calls DATA to records: every data set found by its layout, in any mix."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from hyperface.errors import UserError
from hyperface.records.readers import (
    mtfl,
    no_faces,
    own_faces,
    points_68,
    utkface,
    youtube_faces,
)
from hyperface.records.record import Picture, Rejects

# In the order in which they are asked; the first that recognises a folder gets it.
READERS = (own_faces, no_faces, mtfl, youtube_faces, points_68, utkface)
MAX_DEPTH = 4  # of sub-folders searched
JOINT = "+"


def read_all(data: str, base: Path) -> tuple[list[Picture], Rejects, dict[str, int]]:
    """Reads every data set under the given paths.

    Args:
        data: A folder, or several joined by `+`, each with one or more data sets in it.
        base: What relative paths start from.

    Returns:
        The pictures, what could not be used, and the number of pictures by source.

    Raises:
        UserError: A path is not there, nothing under it is recognised, or nothing is readable.
    """
    rejects = Rejects()
    pictures: list[Picture] = []
    names: set[tuple[str, str]] = set()
    for reader, folder in _all_folders(data, base):
        for picture in reader.read(folder, rejects):
            # Caches and the split know a picture by source and name.
            if (picture.source, picture.name) in names:
                rejects.add(
                    f"another picture of the set {picture.source!r} has the same name; if they are "
                    "two sets, rename a folder",
                    picture.name,
                )
            else:
                names.add((picture.source, picture.name))
                pictures.append(picture)
    if not pictures:
        raise UserError(
            f"DATA = {data!r} has data sets but no picture that can be used: "
            + ("; ".join(rejects.lines()) or "they are empty")
            + "."
        )
    return pictures, rejects, dict(Counter(picture.source for picture in pictures))


def find_readers(folder: Path) -> list[tuple[ModuleType, Path]]:
    """Finds the data sets in a folder and its sub-folders.

    A recognised folder belongs to its reader, sub-folders included.

    Returns:
        Readers with their folders, in order of the folders' paths.
    """
    return list(_search(folder, MAX_DEPTH, seen=set()))


def _all_folders(data: str, base: Path) -> list[tuple[ModuleType, Path]]:
    """Readers and folders of all parts of DATA, none twice."""
    found: dict[Path, tuple[ModuleType, Path]] = {}
    for part in _parts(data, base):
        folder = (base / Path(part).expanduser()).absolute()
        if not folder.is_dir():
            raise UserError(
                f"DATA names {part!r}, but there is no folder {folder}; put the data set there or "
                "give the path of the folder it is in (README, 'Data', says where to get each)."
            )
        here = find_readers(folder)
        if not here:
            known = "".join(f"\n  - {reader.LAYOUT}" for reader in READERS)
            raise UserError(
                f"No data set is recognised in {folder} or its sub-folders; known are:{known}"
            )
        for reader, place in here:
            found.setdefault(place.resolve(), (reader, place))
    return list(found.values())


def _parts(data: str, base: Path) -> list[str]:
    """The paths joined in DATA; a single folder may have a `+` in its own name."""
    if data.strip() and (base / Path(data).expanduser()).is_dir():
        return [data]
    parts = [part.strip() for part in data.split(JOINT)]
    if not all(parts):
        raise UserError(
            f"DATA is {data!r}; give the path of a folder, or several joined by '{JOINT}'."
        )
    return parts


def _search(
    folder: Path, depth: int, seen: set[tuple[int, int]]
) -> Iterator[tuple[ModuleType, Path]]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:  # a link back up would never end
        return
    seen.add((status.st_dev, status.st_ino))
    try:
        reader = next((reader for reader in READERS if reader.recognises(folder)), None)
        if reader is not None:
            yield reader, folder
            return
        subfolders = sorted(
            path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except PermissionError as error:
        raise UserError(f"No permission to look into {error.filename}; change it there.") from error
    if depth > 0:
        for subfolder in subfolders:
            yield from _search(subfolder, depth - 1, seen)
