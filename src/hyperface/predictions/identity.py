"""Identifies the file that a row describes, so that another file of the same name is noticed.

    {"path", "bytes", "modified_ns", "changed_ns", "sha256"}

is the `file` of a row: the path of the file, its size and times of change, and its checksum. If
size or times differ, the checksum decides, so a file that was only touched or copied is the same.
"""

import stat
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from hyperface.utils.files import sha256_of

FACTS = ("bytes", "modified_ns", "changed_ns")  # from the file system


def place_on_disk(path: Path, resolve: Callable[[Path], Path] = Path.resolve) -> str:
    """The absolute path of a file, with links to folders resolved.

    A link to a file counts as a file of its own. For many files, `resolve` is a cached function.
    """
    try:
        return str(resolve(path.parent) / path.name)
    except (OSError, RuntimeError):  # a name too long to be one; links in a loop
        return str(path.absolute())


def file_identity(path: Path) -> dict:
    """The `file` of a row for the file at a path, without the checksum."""
    try:
        return {"path": place_on_disk(path), **_facts(path)}
    except (OSError, ValueError):
        return {"path": place_on_disk(path)}


def with_checksum(file: Mapping, path: Path) -> dict:
    """An identity taken before the file was read, with the checksum if the file is unchanged."""
    try:
        same = all(file.get(name) == value for name, value in _facts(path).items())
        return {**file, "sha256": checksum_of(path)} if same else dict(file)
    except (OSError, ValueError):
        return dict(file)


def updated_identity(file: Mapping, path: Path) -> dict | None:
    """A row's `file` brought up to date, if the file is the same by size and times or by content.

    Returns:
        The identity with the current times; None if another file is at the path. A file that no
        longer exists counts as the same: its detections remain valid.
    """
    try:
        if all(file.get(name) == value for name, value in _facts(path).items()):
            return dict(file)
        return identity_with_checksum(path) if file.get("sha256") == checksum_of(path) else None
    except (OSError, ValueError):
        return dict(file)


def identity_with_checksum(path: Path) -> dict:
    """The `file` of a row for the file at a path, with the checksum."""
    return with_checksum(file_identity(path), path)


def is_older(path: Path, time_ns: int) -> bool:
    """Whether a file has been at its path, unchanged, since before a time in nanoseconds.

    Raises:
        OSError: Nothing is at the path, or it is not a file.
    """
    facts = _facts(path)
    return max(facts["modified_ns"], facts["changed_ns"]) <= time_ns


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file, which is read only once unless it changes.

    Raises:
        OSError: Nothing is at the path, or it is not a file.
    """
    return _sha256(str(path), *_facts(path).values())


def _facts(path: Path) -> dict[str, int]:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is not a file")
    return dict(zip(FACTS, (status.st_size, status.st_mtime_ns, status.st_ctime_ns), strict=True))


@lru_cache(4096)
def _sha256(path: str, *facts: int) -> str:
    return sha256_of(path)
