"""The input files: images, videos, and folders of both."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError
from hyperface.images.video import is_video
from hyperface.predictions.identity import place_on_disk
from hyperface.predictions.row_files import FILE_NAME, read_rows
from hyperface.predictions.rows import Key
from hyperface.utils.files import OUTPUT_FOLDER, existing_path, files_below, find_path, user_path

GIVEN_TWICE = "file given twice"
MAX_NAMED_PATHS = 5  # missing paths that are named
FOLDERS = 4096  # number of folders whose resolved links are cached


@dataclass(frozen=True)
class Input:
    """One file."""

    name: str  # its name in the results: the path as given, or relative to the given folder
    path: Path
    is_video: bool  # by its content if that is known, else by its suffix

    @property
    def key(self) -> Key:
        """The key of its rows (`rows.key_of`)."""
        return self.name, place_on_disk(self.path)


def find_inputs(given: Sequence[str], leave_out: Path, skipped: SkipReport) -> list[Input]:
    """All given files and the files in given folders, without duplicates and hidden files.

    A link to a file counts as a file. Linked folders are searched, the output folder `leave_out` is
    not. A path that does not exist or cannot be read is included, to be reported later.
    """
    files = named_files(given, leave_out, skipped)
    return [Input(name, path, is_video(path)) for name, path in files]


def named_files(
    given: Sequence[str], leave_out: Path, skipped: SkipReport
) -> list[tuple[str, Path]]:
    """As `find_inputs`, but returns the name and path of each file without opening it.

    A folder that is gone has the files that have rows in the results in `leave_out`.
    """
    found: dict[str, tuple[str, Path]] = {}
    resolve = lru_cache(FOLDERS)(Path.resolve)
    names_in = lru_cache(1)(_names_in)  # read once, and only if something is missing

    def add(name: str, path: Path) -> None:
        one = name, path
        if found.setdefault(place_on_disk(path, resolve), one) is not one:
            skipped.add(GIVEN_TWICE, name)

    for text in given:
        path = user_path(text)
        if not _is_folder(path):
            gone = [] if os.path.lexists(path) else names_in(leave_out / FILE_NAME)
            below = [name for name in gone if PurePath(text) in PurePath(name).parents]
            for name in below or [text]:
                add(name, user_path(name))
            continue
        if path.resolve() == leave_out.resolve():
            skipped.add(OUTPUT_FOLDER, text)
            continue

        def locked(folder: Path, text: str = text) -> None:
            add(text if str(folder) == text else folder.as_posix(), folder)

        def left_out(reason: str, path: Path) -> None:
            skipped.add(reason, path.as_posix())

        for file in files_below(path, leave_out, locked, left_out):
            add(PurePath(text, file.relative_to(path)).as_posix(), file)
    return list(found.values())


def refuse_missing(given: Sequence[str], project: Path, results: Path) -> None:
    """Checks that all given paths exist, before anything slow begins.

    A missing file is accepted if the folder `results` has rows for it, which remain valid.

    Raises:
        UserError: A path does not exist; the message suggests a similar name.
    """
    if not all(text.strip() for text in given):
        raise UserError("A given path is empty: give images, videos or folders; . is this folder.")
    absent = [text for text in given if find_path(text, project) is None]
    if absent:
        done = _names_in(results / FILE_NAME)
        absent = [text for text in absent if not _names_some(text, done)]
    if absent:
        others = (
            f"; missing, too: {', '.join(map(repr, absent[1:MAX_NAMED_PATHS]))}"
            if absent[1:]
            else ""
        )
        hint = f"give the paths of images, videos or folders{others}"
        existing_path(absent[0], project, "PATH", hint)


def _names_in(rows: Path) -> dict[str, None]:
    """The names of the files that have rows, in order, up to the first line that is not a row."""
    names: dict[str, None] = {}
    with suppress(OSError, UserError):
        for row in read_rows(rows, ""):
            names[row["image"]] = None
    return names


def _names_some(text: str, names: Iterable[str]) -> bool:
    """Whether a path is one of the files, or a folder that contains one."""
    path = PurePath(text)
    return any(path in (PurePath(name), *PurePath(name).parents) for name in names)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name too long to be one
        return False
