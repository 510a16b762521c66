"""Identifies the file that a row is about, so that another file of the same name is noticed.

    {"path", "bytes", "modified_ns", "changed_ns", "sha256"}

is the `file` of a row: where the file lies, its size and times of change, and its content. The
content decides where the others differ, so a file that was only touched or copied is the same.
"""

import stat
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from hyperface.utils.files import sha256_of

FACTS = ("bytes", "modified_ns", "changed_ns")  # from the file system


def place_on_disk(path: Path, resolve: Callable[[Path], Path] = Path.resolve) -> str:
    """The absolute path of a file, the same through whatever linked folder.

    A link to a file counts as another file.

    Args:
        path: Of the file.
        resolve: Resolves the links in its folder's path; one that remembers, for many files.
    """
    try:
        return str(resolve(path.parent) / path.name)
    except (OSError, RuntimeError):  # a name too long to be one; links in a loop
        return str(path.absolute())


def file_at(path: Path) -> dict:
    """The `file` of a row about what lies at a path, before it is read: all but its content."""
    try:
        return {"path": place_on_disk(path), **_facts(path)}
    except (OSError, ValueError):
        return {"path": place_on_disk(path)}


def with_content(file: Mapping, path: Path) -> dict:
    """What `file_at` gave before a file was read, with its content if it is still the same file."""
    try:
        same = all(file.get(name) == value for name, value in _facts(path).items())
        return {**file, "sha256": content_of(path)} if same else dict(file)
    except (OSError, ValueError):
        return dict(file)


def still(file: Mapping, path: Path) -> dict | None:
    """A row's `file` as it is today, the same by size and times or by content.

    Returns:
        With today's times; None where another file lies there. One that is gone is the same: its
        detections remain valid.
    """
    try:
        if all(file.get(name) == value for name, value in _facts(path).items()):
            return dict(file)
        return whole_file(path) if file.get("sha256") == content_of(path) else None
    except (OSError, ValueError):
        return dict(file)


def whole_file(path: Path) -> dict:
    """The `file` of a row about what lies at a path, with its content."""
    return with_content(file_at(path), path)


def is_older(path: Path, time_ns: int) -> bool:
    """Whether a file came to where it is before a moment, in nanoseconds.

    Raises:
        OSError: There is nothing, or no file.
    """
    facts = _facts(path)
    return max(facts["modified_ns"], facts["changed_ns"]) <= time_ns


def content_of(path: Path) -> str:
    """The SHA-256 of a file, which is read once as long as it does not change.

    Raises:
        OSError: There is nothing, or no file.
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
