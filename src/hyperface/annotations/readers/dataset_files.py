"""Finds the files of a data set: those in a folder, and those that an annotation names."""

import fnmatch
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.images.kinds import read_start, starts_as_image
from hyperface.images.reading import IMAGE_SUFFIXES, UnreadableImage, read_size
from hyperface.images.video import VIDEO_SUFFIXES
from hyperface.utils.text import composed, decomposed

DRIVE = re.compile(r"[A-Za-z]:")  # of an absolute path on Windows
NO_PERMISSION = "no permission to read the folder"
SPLIT_OF_PART = {"train": "train", "val": "validation"}  # of sets with a table for each


def images_in(folder: Path, skipped: SkipReport | None = None) -> list[Path]:
    """The files in a folder with the suffix of an image, in order of their names.

    `skipped` records images and videos that have another suffix, and a folder that cannot be read.

    Raises:
        OSError: The folder cannot be read, and `skipped` is None.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except OSError as error:
        if skipped is None:
            raise
        skipped.add(why_unreadable(error), str(folder))
        return []
    found = [folder / name for name in names]
    if skipped is not None:
        for path in found:
            if reason := why_skipped(path):
                skipped.add(reason, path.name)
    return [path for path in found if path.suffix.lower() in IMAGE_SUFFIXES]


def why_skipped(path: Path) -> str | None:
    """Why a file that looks like an image or video is skipped; None for other files."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return None
    if suffix in VIDEO_SUFFIXES:
        return "video among images, not read"
    if starts_as_image(read_start(path)):  # what cannot be read is not known to be an image
        return f"image with the suffix {suffix!r}, not read; give it the suffix of its format"
    return None


def why_unreadable(error: OSError) -> str:
    """The reason why a folder cannot be read."""
    return NO_PERMISSION if isinstance(error, PermissionError) else f"a folder: {error.strerror}"


def folders_below(folder: Path, skipped: SkipReport) -> Iterator[Path]:
    """A folder and all folders below it, in the order of their names.

    Linked folders come last, and no folder is yielded twice, so circular links are harmless.
    """
    seen: set[tuple[int, int]] = set()
    ahead, linked = [folder], list[Path]()
    while ahead or linked:
        current = ahead.pop() if ahead else linked.pop(0)
        try:
            status = current.stat()
            identity = status.st_dev, status.st_ino
            if identity in seen:
                continue
            seen.add(identity)
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
            subfolders = [entry for entry in entries if entry.is_dir()]
        except OSError as error:
            skipped.add(why_unreadable(error), str(current))
            continue
        yield current
        linked += [current / entry.name for entry in subfolders if entry.is_symlink()]
        ahead += [current / entry.name for entry in reversed(subfolders) if not entry.is_symlink()]


def file_named(folder: Path, *names: str) -> Path | None:
    """The first of some files of a data set that exists; None if none does.

    Names may be paths. The name or the suffix of the file may be in upper case.
    """
    for path in (folder / name for name in names):
        forms = (path.name, path.stem + path.suffix.upper(), path.name.upper(), path.name.lower())
        for form in forms:
            if (found := path.with_name(form)).is_file():
                return found
    return None


def files_like(folder: Path, pattern: str) -> list[Path]:
    """The files whose names match a shell pattern, ignoring case, without hidden files.

    Raises:
        OSError: The folder cannot be read.
    """
    if not folder.is_dir():
        return []
    fits = re.compile(fnmatch.translate(pattern), re.IGNORECASE).match
    return sorted(
        path for path in folder.iterdir() if fits(path.name) and not path.name.startswith(".")
    )


def read_json(path: Path, remedy: str) -> Any:
    """Reads a JSON file in any Unicode encoding.

    Raises:
        UserError: The file cannot be read, or is not JSON; the message ends with the remedy.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"The annotation file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}, line {line}, is not UTF-8 text; save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({error}); {remedy}.") from error


def name_key(name: str) -> str:
    """An image's name in a normalized form, for comparison."""
    return composed(name.strip().replace("\\", "/"))


def relative_name(written: str) -> str | None:
    """The relative path, with forward slashes, that an annotation names; None if not allowed.

    Annotation files are not trusted: they may only name images inside their own folder.
    """
    name = written.strip().replace("\\", "/")
    parts = PurePosixPath(name).parts
    drive = parts and DRIVE.match(parts[0])
    if not parts or name.startswith("/") or drive or ".." in parts or "\0" in name:
        return None
    return "/".join(parts)


class ImageFolder:
    """Finds the images of a data set by their names in the annotation files.

    `skipped` records why an image cannot be used.
    """

    def __init__(self, folder: Path, source: str, skipped: SkipReport) -> None:
        self._folder, self._source, self._skipped = folder, source, skipped
        self._found: set[str] = set()

    def find(self, written: str, places: Iterable[str] = ("",)) -> AnnotatedImage | None:
        """Finds an image, and reads its size from its header.

        Args:
            written: The path as written in the annotation file, with either kind of slash.
            places: The folders to try in order, relative to that of the data set ("" for itself):
                copies of a data set store the images in different folders.

        Returns:
            The image without faces, named by its path below the folder. None if there is no
            readable image, or if it was found before.
        """
        if (name := relative_name(written)) is None:
            outside = "image path outside the data set" if written.strip() else "empty image path"
            self._skipped.add(outside, repr(written[:80]))
            return None
        paths = [as_on_disk(self._folder, f"{place}/{name}".lstrip("/")) for place in places]
        name = next((path for path in paths if _exists(self._folder / path)), paths[0])
        try:
            width, height = read_size(self._folder / name)
        except UnreadableImage as error:
            self._skipped.add(error.reason, name)
            return None
        if name in self._found:
            self._skipped.add("image listed twice, the first one is used", name)
            return None
        self._found.add(name)
        return AnnotatedImage(self._folder / name, name, self._source, width, height)


def as_on_disk(folder: Path, name: str) -> str:
    """A relative path with accents composed or decomposed as in the file's name on disk.

    The path does not change if there is no such file.
    """
    if name.isascii() or _exists(folder / name):
        return name
    here: list[str] = []
    for part in name.split("/"):
        forms = (part, composed(part), decomposed(part))
        found = (form for form in forms if _exists(folder.joinpath(*here, form)))
        here.append(next(found, part))
    return "/".join(here)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # such as a name too long to be one
        return False


def with_suffix(written: str) -> str:
    """An image's name as written, with `.jpg` appended if it has no image suffix."""
    known = PurePosixPath(written.strip().replace("\\", "/")).suffix.lower() in IMAGE_SUFFIXES
    return written if known else f"{written.strip()}.jpg"


def tables_with_splits(tables: Mapping[str, Path | None]) -> Iterator[tuple[str, Path, str | None]]:
    """The parts of a data set that have a table: their names, tables and prescribed splits.

    If another part is missing, the training part has no prescribed split, so that a fraction of it
    is held out as for data sets without a split.
    """
    whole = all(tables.values())
    for part, path in tables.items():
        if path is not None:
            yield part, path, SPLIT_OF_PART[part] if whole or part != "train" else None
