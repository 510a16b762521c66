"""Files that are either whole or not there."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ASIDE = ".aside-"  # how the names of what is not whole yet begin


@contextmanager
def write_aside(path: str | Path) -> Iterator[Path]:
    """Lends a temporary path that takes the place of `path` once it is completely written.

    A kill or a full disk at any moment leaves the old file intact. The temporary name keeps the
    suffixes of `path`, which tell Keras, NumPy and Pillow the format.

    Args:
        path: The file to write or replace; its folder is made.

    Yields:
        A path in the same folder, to be written and closed inside the `with`.

    Raises:
        FileNotFoundError: The body ended without writing the temporary path.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{ASIDE}{os.getpid()}-{path.name}")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)  # Gone already when it was renamed.


def _sync_folder(folder: Path) -> None:
    """Makes the rename itself survive a power cut, where the system lets a folder be opened."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # Some network file systems refuse; the file itself is safe.
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: str | Path) -> None:
    """Removes what killed writers left below a folder that nobody else writes to now."""
    for aside in list(Path(folder).rglob(f"{ASIDE}*")):
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
