"""What a person wants looked at: pictures, videos, folders of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from hyperface.pictures.video import is_video
from hyperface.runs.files import files_below, user_path


@dataclass(frozen=True)
class Input:
    """One file.

    Attributes:
        name: As given, or below the folder given; how the results call it.
        path: The file.
        is_video: Whether it is one, by its content or else its suffix.
    """

    name: str
    path: Path
    is_video: bool


def find_inputs(given: Sequence[str], leave_out: Path | None = None) -> list[Input]:
    """Every file that is given or in a given folder, none twice; hidden ones are left out.

    Args:
        given: Paths of files and folders; one that does not exist stays, to be said later, and so
            does a folder that cannot be looked into.
        leave_out: A folder not to look into: that of the results.
    """
    found: dict[Path, Input] = {}

    def add(name: str, path: Path) -> None:
        found.setdefault(_key(path), Input(name, path, is_video(path)))

    for text in given:
        path = user_path(text)
        if not _is_folder(path):
            add(text, path)
            continue

        def locked(folder: Path, text: str = text) -> None:
            add(text if str(folder) == text else folder.as_posix(), folder)

        for file in files_below(path, leave_out, locked):
            add(PurePath(text, file.relative_to(path)).as_posix(), file)
    return list(found.values())


def place_of(name: str, suffix: str) -> str:
    """Where what is drawn for an input goes, relative to a folder: its own path, kept inside."""
    parts = ["_" if part == ".." else part for part in PurePath(name).parts]
    parts = [part for part in parts if part not in (PurePath(name).anchor, ".")]
    last = parts[-1] if parts else "picture"
    same = PurePath(last).suffix.lower() in (suffix, {".jpg": ".jpeg"}.get(suffix))
    return "/".join([*parts[:-1], last if same else last + suffix])


def _key(path: Path) -> Path:
    """A file under whatever name; one whose name is too long to be a file's is its own."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # the second from links in a loop
        return path.absolute()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name too long to be one
        return False
