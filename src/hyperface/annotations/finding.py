"""Reads DATA: finds every data set by its layout, in any mix, and reads its records."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from hyperface.annotations import points_files
from hyperface.annotations.readers import (
    aflw,
    afw,
    celeba,
    cfp,
    coco,
    fairface,
    fddb,
    lfw,
    mtfl,
    no_faces,
    own_faces,
    own_table,
    pascal_faces,
    pointing04,
    points_68,
    samples,
    utkface,
    video_300vw,
    voc,
    wider_face,
    youtube_faces,
)
from hyperface.annotations.readers.dataset_files import why_unreadable
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.utils.files import existing_path, places_of, possible_paths

# The first that recognizes a folder reads it.
READERS = (
    *(own_faces, own_table, no_faces, coco, aflw, afw, pascal_faces, fddb, wider_face, celeba),
    *(mtfl, fairface, cfp, pointing04, youtube_faces, video_300vw, points_68, utkface, voc, lfw),
)
NAMED = (*READERS, samples)  # the last is read only where its name is given
BY_NAME = {
    name: reader for reader in NAMED for name in (reader.NAME, *getattr(reader, "ALIASES", ()))
}
_LOG = logging.getLogger(__name__)
MAX_DEPTH = 4  # of sub-folders searched
SEPARATOR = "+"
PREFIX = ":"  # aflw:/path names the data set in a folder


def read_all(
    data: str, base: Path, options: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[list[AnnotatedImage], SkipReport]:
    """Reads every data set under the given paths.

    Args:
        data: A folder, or several joined by `+`, each with one or more data sets in it. The name of
            a reader before the path, as in `aflw:/path`, says which data set the folder is;
            `points:/path` is a folder of landmark tables for the other sets (`points_files.py`).
        base: The folder that relative paths start from.
        options: Keyword arguments of `read`, by name of the reader.

    Returns:
        The images, and what was skipped.

    Raises:
        UserError: A path does not exist, nothing under it is recognized, or nothing is readable.
    """
    skipped = SkipReport()
    images: list[AnnotatedImage] = []
    names: set[tuple[str, str]] = set()
    parts, named_points = _data_and_points(data, base)
    folders: dict[Path, tuple[ModuleType, Path]] = {}  # each once
    for part in parts:
        for reader, place in _folders_of(part, base, skipped):
            folders.setdefault(place.resolve(), (reader, place))
    for reader, folder in folders.values():
        tables = points_files.points_beside(folder) | named_points
        found = reader.read(folder, skipped, **(options or {}).get(reader.NAME, {}))
        for image in points_files.with_points(list(found), tables, skipped):
            # Caches and the split know an image by source and name.
            if (image.source, image.name) in names:
                skipped.add(
                    f"another image of the set {image.source!r} has the same name; if they are "
                    "two sets, rename a folder",
                    image.name,
                )
            else:
                names.add((image.source, image.name))
                images.append(image)
    if not images:
        raise UserError(
            f"DATA = {data!r} has data sets, but none of their images can be used: "
            + ("; ".join(skipped.lines()) or "they are empty")
            + "."
        )
    return images, skipped


def load_dataset(path: str | Path) -> list[AnnotatedImage]:
    """Reads annotated images, of any of the data sets known, with their faces.

    Args:
        path: As DATA in config.py: a folder of one data set or of several, relative to the current
            folder; several are joined by `+`, and a name in front says which set it is
            ("celeba:/data/celeba").

    Returns:
        The images; what cannot be used is skipped and logged as a warning.

    Raises:
        UserError: There is no such folder, nothing in it is recognized, or nothing can be used.
    """
    images, skipped = read_all(str(path), Path.cwd())
    for line in skipped.lines():
        _LOG.warning("skipped %s", line)
    for line in skipped.notes:
        _LOG.info("%s", line)
    return images


def find_readers(folder: Path, skipped: SkipReport) -> list[tuple[ModuleType, Path]]:
    """Finds the data sets in a folder and its sub-folders: readers and folders, in order of paths.

    A recognized folder belongs to its reader, sub-folders included.
    """
    return list(_search(folder, MAX_DEPTH, set(), skipped))


def _data_and_points(data: str, base: Path) -> tuple[list[str], dict[str, Path]]:
    """The parts of DATA that are data sets, and the landmark tables by data set."""
    parts, tables = [], dict[str, Path]()
    for part in _parts(data, base):
        name, _, path = part.partition(PREFIX)
        if name.strip().lower() == points_files.PREFIX and path and not (base / part).exists():
            place = existing_path(
                path.strip(), base, "The path after points: in DATA", points_files.HINT
            )
            tables |= points_files.points_named(place.absolute())
        else:
            parts.append(part)
    if not parts:
        raise UserError(
            f"DATA = {data!r} names only tables of landmarks; add a data set, joined with "
            f"'{SEPARATOR}'."
        )
    return parts, tables


def refuse_missing_data(data: str, base: Path) -> None:
    """Checks, without reading any data, that all folders that DATA names exist.

    Raises:
        UserError: A folder, or a table of points, is missing.
    """
    for part in _data_and_points(data, base)[0]:
        _reader_and_folder(part, base)


def _reader_and_folder(part: str, base: Path) -> tuple[ModuleType | None, Path]:
    """The reader that one part of DATA names (None if it names none), and its folder."""
    name, _, path = part.partition(PREFIX)
    reader = None if _find_folder(part, base) else BY_NAME.get(name.strip().lower())
    if reader is None:
        path = part
    folder = _find_folder(path.strip(), base)
    if folder is None:
        source = f" (from: {reader.SOURCE})" if reader else ""
        raise UserError(
            f"DATA names {part!r}, but there is no folder {places_of(path.strip(), base)}; "
            f"put the data set there{source}, or give the path of its folder (the README lists the "
            "known data sets under 'With your own data')."
        )
    return reader, folder


def _folders_of(part: str, base: Path, skipped: SkipReport) -> list[tuple[ModuleType, Path]]:
    """Readers and folders of one part of DATA."""
    reader, folder = _reader_and_folder(part, base)
    if reader is None:
        here = find_readers(folder, skipped)
    else:
        # The layout cannot show that images have no faces: the name that the user gives says so.
        try:
            recognized = reader is no_faces or reader.recognizes(folder)
        except OSError as error:
            raise UserError(f"{folder} cannot be read: {error}; change its permissions.") from error
        here = [(reader, folder)] if recognized else []
    if not here:
        known = "".join(f"\n  - {known.LAYOUT}" for known in ([reader] if reader else NAMED))
        raise UserError(
            f"No data set is recognized in {folder}"
            f"{'' if reader else ' or its sub-folders'}"
            f"{''.join(f' ({line})' for line in skipped.lines())}; expected:{known}\n"
            "Training and evaluation need annotations: data/README.md says how to make your own."
        )
    return here


def _find_folder(text: str, base: Path) -> Path | None:
    """The folder with that path in the current folder or, if there is none, in `base`."""
    return next((path for path in possible_paths(text, base) if path.is_dir()), None)


def _parts(data: str, base: Path) -> list[str]:
    """The paths joined in DATA; a single folder may have a `+` in its own name."""
    if data.strip() and _find_folder(data, base):
        return [data]
    parts = [part.strip() for part in data.split(SEPARATOR)]
    if not all(parts):
        raise UserError(
            f"DATA is {data!r}; give the path of a folder, or several joined by '{SEPARATOR}'."
        )
    return parts


def _search(
    folder: Path, depth: int, seen: set[tuple[int, int]], skipped: SkipReport
) -> Iterator[tuple[ModuleType, Path]]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:  # a link back up would never end
            return
        seen.add((status.st_dev, status.st_ino))
        if reader := _recognizing(folder, skipped):
            yield reader, folder
            return
        subfolders = sorted(
            path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except OSError as error:
        skipped.add(why_unreadable(error), str(folder))
        return
    if depth > 0:
        for subfolder in subfolders:
            yield from _search(subfolder, depth - 1, seen, skipped)


def _recognizing(folder: Path, skipped: SkipReport) -> ModuleType | None:
    """The first reader that recognizes a folder; None if no reader does."""
    for reader in READERS:
        try:
            if reader.recognizes(folder):
                return reader
        except OSError:
            continue  # reported when the folder itself is searched
        except UserError as error:  # of a file that is perhaps of no data set
            skipped.add("unreadable file of a possible data set", str(error).removesuffix("."))
    return None
