"""Files that are either whole or not there."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What file systems answer that cannot be asked to write out a file; a full disk answers otherwise.
NO_SYNC = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EROFS)
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
            _sync(file.fileno())
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


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise


def remove_leftovers(folder: str | Path) -> None:
    """Removes what killed writers left below a folder that nobody else writes to now."""
    for aside in list(Path(folder).rglob(f"{ASIDE}*")):
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)


def user_path(text: str) -> Path:
    """A path as a person gives it; only `~` and `~/...` mean the home folder, not `~backup.jpg`."""
    return Path(text).expanduser() if text == "~" or text.startswith(("~/", "~\\")) else Path(text)


def files_below(
    folder: Path, leave_out: Path | None = None, failed: Callable[[Path], None] | None = None
) -> Iterator[Path]:
    """The files below a folder, in the order of their names; hidden ones and folders are left out.

    Links are not followed, so it ends.

    Args:
        folder: Where to begin.
        leave_out: A folder not to look into, such as that of the results.
        failed: Told of each folder that cannot be looked into.
    """
    unwanted = leave_out.resolve() if leave_out is not None else None

    def on_error(error: OSError) -> None:
        if failed is not None:
            failed(Path(error.filename))

    for parent, subfolders, names in os.walk(folder, onerror=on_error):
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".") and Path(parent, name).resolve() != unwanted
        )
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
