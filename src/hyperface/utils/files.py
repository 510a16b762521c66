"""Atomic writing, user paths, and searches of folders."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path

from hyperface.errors import UserError

# Errors of file systems that do not support fsync or the reservation of space; a full disk gives
# another error.
NOT_SUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EROFS)
SPARE = 2**20  # bytes reserved beyond those of the content, for a format's own
ASIDE = ".aside-"  # prefix of files that are not complete yet
SHORT_NAME = 143  # bytes, the limit of encrypted file systems; that of others is 255
TAIL = 24  # characters kept from the end of a long name, with its suffixes
OUTPUT_FOLDER = "output folder"
ABOUT = "about.json"  # beside at least one of the next in a folder of results
RESULT_FILES = ("faces.jsonl", "figures.json", "report.html")


@contextmanager
def atomic_write(path: str | Path, size: int = 0) -> Iterator[Path]:
    """Gives a temporary path that takes the place of `path` once it is completely written.

    If the process is killed or the disk is full, the old file remains intact. The temporary name
    keeps the suffixes of `path`, from which Keras, NumPy and Pillow infer the format. The folder is
    created.

    Args:
        path: The file to write.
        size: The number of bytes of the content. If it is given, the disk must have space for it
            before anything is written; for libraries that a full disk crashes, such as HDF5.

    Yields:
        A path in the same folder, to be written and closed inside the `with`.

    Raises:
        FileNotFoundError: The body ended without writing the temporary path.
        OSError: There is not enough space for `size` bytes.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(aside_name(path.name))
    try:
        if size:
            _reserve(aside, size)
        yield aside
        with aside.open("rb+") as file:
            _sync(file.fileno())
        aside.replace(path)
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)  # Gone already when it was renamed.


def _reserve(path: Path, size: int) -> None:
    """Creates a file with room for that many bytes, if the system can reserve space."""
    if not hasattr(os, "posix_fallocate"):
        return
    with path.open("wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size + size // 50 + SPARE)
        except OSError as error:
            if error.errno not in NOT_SUPPORTED:
                raise OSError(error.errno, error.strerror, str(path)) from error


def aside_name(name: str) -> str:
    """The temporary name of a file until it is complete; not longer than file systems allow."""
    aside = f"{ASIDE}{os.getpid()}-{name}"
    data = name.encode(errors="surrogatepass")
    if len(os.fsencode(aside)) <= SHORT_NAME:
        return aside
    return f"{ASIDE}{os.getpid()}-{hashlib.blake2b(data, digest_size=8).hexdigest()}-{name[-TAIL:]}"


def _sync_folder(folder: Path) -> None:
    """Makes the rename survive a power failure, if the system allows opening a folder."""
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
        if error.errno not in NOT_SUPPORTED:
            raise


def remove_leftovers(folder: str | Path) -> None:
    """Removes temporary files of killed processes below a folder that no other process uses."""
    for aside in list(Path(folder).rglob(f"{ASIDE}*")):
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)


def user_path(text: str) -> Path:
    """A path given by a user; only `~` and `~/...` mean the home folder, not `~backup.jpg`."""
    return Path(text).expanduser() if text == "~" or text.startswith(("~/", "~\\")) else Path(text)


def find_path(text: str | Path, project: Path) -> Path | None:
    """The file or folder that a user names, in the current folder or else in the project's."""
    for path in possible_paths(text, project):
        with suppress(OSError):  # such as a name too long to be one
            if path.exists():
                return path
    return None


def possible_paths(text: str | Path, project: Path) -> list[Path]:
    """The paths that `find_path` tries; a single path if both are the same."""
    path = user_path(str(text))
    return list(dict.fromkeys((base / path).absolute() for base in (Path(), project)))


def existing_path(text: str | Path, project: Path, what: str, hint: str) -> Path:
    """As `find_path`, but the path must exist.

    Raises:
        UserError: It is in neither folder; the message has `what`, such as "PRETRAINED_WEIGHTS",
            both paths, and the hint.
    """
    if (path := find_path(text, project)) is not None:
        return path
    places = places_of(text, project)
    raise UserError(f"{what} is {str(text)!r}, and there is nothing at {places}: {hint}.")


def places_of(text: str | Path, project: Path) -> str:
    """The possible paths, and a similar one if there is any, for a message."""
    places = possible_paths(text, project)
    similar = [near for path in places if (near := similar_path(path)) is not None]
    hint = f" (did you mean {similar[0]}?)" if similar else ""
    return " or ".join(map(str, places)) + hint


def similar_path(path: Path) -> Path | None:
    """The existing path most similar to a missing one, by its name in the same folder.

    If folders of the path are missing too, the first missing one is compared, and the similar
    folder must contain the rest of the path.
    """
    with suppress(OSError):  # a name too long, no permission to look
        above = next(folder for folder in path.parents if folder.exists())
        first, *rest = path.relative_to(above).parts
        names = {each.name.casefold(): each.name for each in above.iterdir()}
        for near in get_close_matches(first.casefold(), names, n=3):
            found = Path(above, names[near], *rest)
            if found.exists():
                return found
    return None


def files_below(
    folder: Path,
    leave_out: Path | None,
    failed: Callable[[Path], None],
    left_out: Callable[[str, Path], None],
) -> Iterator[Path]:
    """The files below a folder, in the order of their names, those of linked folders last.

    Skipped are hidden files, output folders (including `leave_out`), since they have copies of
    images, and links to a folder that is searched anyway or that contains the link. `left_out` is
    called with the reason and the path of each, `failed` with each folder that cannot be read.
    """
    unwanted = leave_out.resolve() if leave_out is not None else None
    seen: set[Path] = set()
    folders = [folder]  # and the linked ones below, which come when all others are done

    def is_wanted(path: Path) -> bool:
        if path.name.startswith("."):
            left_out("hidden", path)
        elif path.resolve() == unwanted or is_of_results(path):
            left_out(OUTPUT_FOLDER, path)
        elif not path.is_symlink():
            return True
        elif path.parent.resolve().is_relative_to(path.resolve()):
            left_out("link to a folder that contains it", path)
        else:
            folders.append(path)
        return False

    while folders:
        top = folders.pop(0)
        walk = os.walk(top, onerror=lambda error: failed(Path(error.filename)))
        for parent, subfolders, names in walk:
            real = Path(parent).resolve()
            if real in seen:
                left_out("folder that is searched already", Path(parent))
                subfolders.clear()
                continue
            seen.add(real)
            subfolders[:] = [name for name in sorted(subfolders) if is_wanted(Path(parent, name))]
            for path in (Path(parent, name) for name in sorted(names)):
                if path.name.startswith("."):
                    left_out("hidden", path)
                else:
                    yield path


def is_of_results(folder: Path) -> bool:
    """Whether a folder is an output folder of predict.py or evaluate.py, with copies of images."""
    try:
        return (folder / ABOUT).is_file() and any(
            (folder / name).is_file() for name in RESULT_FILES
        )
    except OSError:  # no permission to look
        return False


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
