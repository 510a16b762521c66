"""The output paths of drawn images and crops; no two files share one."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from hyperface.predictions.rows import key_of

DRAWN_IMAGE, DRAWN_VIDEO = ".jpg", ".mp4"
LONGEST_NAME = 230  # bytes of a file's name; file systems allow 255, and a number is added


class Places:
    """Assigns output paths to rows; `rows` are those that have one already."""

    def __init__(self, rows: Iterable[Mapping] = ()) -> None:
        self._owner: dict[str, tuple] = {}
        for row in rows:
            self._owner.setdefault(_comparable(drawn_place(row)), key_of(row))

    def assign(self, row: dict) -> dict:
        """The row, with a `place` if the path of its name is taken or contains `..`."""
        parts = PurePath(row["image"]).parts
        if "place" not in row and ".." in parts:
            # ../pics/a.jpg becomes pics/a.jpg.
            inside = PurePath(*(part for part in parts if part != ".."))
            row = {**row, "place": inside.as_posix()}
        owner = self._owner.setdefault(_comparable(drawn_place(row)), key_of(row))
        if owner == key_of(row):
            return row
        path = PurePath(place_of(row))
        unique = path.with_name(f"{path.stem}~{_checksum(str(key_of(row)))}{path.suffix}")
        row = {**row, "place": unique.as_posix()}
        self._owner[_comparable(drawn_place(row))] = key_of(row)
        return row


def drawn_place(row: Mapping) -> str:
    """The path of a row's drawing relative to a folder: the place of the row, with a suffix."""
    place, suffix = place_of(row), DRAWN_VIDEO if "frame" in row else DRAWN_IMAGE
    same = PurePath(place).suffix.lower() in (suffix, {".jpg": ".jpeg"}.get(suffix))
    return place if same else place + suffix


def place_of(row: Mapping) -> str:
    """A row's output path relative to a folder: the path of its file, kept inside the folder.

    A long name is shortened, and made unique by a checksum. Rows of earlier versions have no
    `place` for a path with `..`, which then becomes a folder "_".
    """
    name = row.get("place", row["image"])
    parts = ["_" if part == ".." else part for part in PurePath(name).parts]
    parts = [part for part in parts if part not in (PurePath(name).anchor, ".")]
    return "/".join([*parts[:-1], _shortened(parts[-1], name) if parts else "picture"])


def _shortened(part: str, name: str) -> str:
    """A file's name cut to `LONGEST_NAME` bytes, with a checksum of the whole `name`."""
    data = part.encode(errors="surrogatepass")
    if len(data) <= LONGEST_NAME:
        return part
    suffix = PurePath(part).suffix
    end = f"~{_checksum(name)}{suffix if len(suffix) <= len('.jpeg') else ''}"
    kept = data[: LONGEST_NAME - len(end.encode(errors="surrogatepass"))]
    return kept.decode(errors="ignore") + end


def _comparable(place: str) -> str:
    """A place as case-insensitive and accent-normalizing file systems compare it."""
    return unicodedata.normalize("NFC", place).casefold()


def _checksum(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
