"""The output paths of drawn images and crops; no two files share one."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from hyperface.predictions.rows import key_of

DRAWN_IMAGE, DRAWN_VIDEO = ".jpg", ".mp4"
LONGEST_NAME = 230  # bytes of a file's name; file systems allow 255, and a number is added


class Places:
    """The places that rows have taken; `rows` are those that are there already."""

    def __init__(self, rows: Iterable[Mapping] = ()) -> None:
        self._owner: dict[str, tuple] = {}
        for row in rows:
            self._owner.setdefault(_plain(drawn_place(row)), key_of(row))

    def settle(self, row: dict) -> dict:
        """A row, with a `place` where the path that its name gives is taken or has a `..`."""
        parts = PurePath(row["image"]).parts
        if "place" not in row and ".." in parts:
            # ../pics/a.jpg becomes pics/a.jpg.
            inside = PurePath(*(part for part in parts if part != ".."))
            row = {**row, "place": inside.as_posix()}
        owner = self._owner.setdefault(_plain(drawn_place(row)), key_of(row))
        if owner == key_of(row):
            return row
        path = PurePath(place_of(row))
        apart = path.with_name(f"{path.stem}~{_checksum(str(key_of(row)))}{path.suffix}")
        row = {**row, "place": apart.as_posix()}
        self._owner[_plain(drawn_place(row))] = key_of(row)
        return row


def drawn_place(row: Mapping) -> str:
    """Where a row's file is drawn, relative to a folder: its own path, with a suffix."""
    place, suffix = place_of(row), DRAWN_VIDEO if "frame" in row else DRAWN_IMAGE
    same = PurePath(place).suffix.lower() in (suffix, {".jpg": ".jpeg"}.get(suffix))
    return place if same else place + suffix


def place_of(row: Mapping) -> str:
    """A row's place, relative to a folder: the path that its file was given by, kept inside.

    A long name is shortened, and made unique by a checksum. Rows of earlier versions have no
    `place` for a path with a `..`, which is a folder "_" there.
    """
    name = row.get("place", row["image"])
    parts = ["_" if part == ".." else part for part in PurePath(name).parts]
    parts = [part for part in parts if part not in (PurePath(name).anchor, ".")]
    return "/".join([*parts[:-1], _shortened(parts[-1], name) if parts else "picture"])


def _shortened(part: str, name: str) -> str:
    """A file's name with so much of its beginning that its bytes are few enough."""
    data = part.encode(errors="surrogatepass")
    if len(data) <= LONGEST_NAME:
        return part
    suffix = PurePath(part).suffix
    end = f"~{_checksum(name)}{suffix if len(suffix) <= len('.jpeg') else ''}"
    kept = data[: LONGEST_NAME - len(end.encode(errors="surrogatepass"))]
    return kept.decode(errors="ignore") + end


def _plain(place: str) -> str:
    """A place as file systems compare it that know neither case nor how an accent is written."""
    return unicodedata.normalize("NFC", place).casefold()


def _checksum(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
