"""Records as the project's own table, `faces.csv` (read by `readers/own_table.py`).

A row a face, or a row for an image without faces. The boxes of ignored faces have no column; such
an image is not complete in the table.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from hyperface.annotations.readers.own_table import (
    BOX_COLUMNS,
    COLUMNS,
    FILE_NAME,
    LANDMARK_COLUMNS,
)
from hyperface.annotations.record import AnnotatedImage
from hyperface.annotations.writers.own_faces import image_entry
from hyperface.utils.files import atomic_write


def write_own_table(folder: Path, images: Iterable[tuple[str, AnnotatedImage]]) -> None:
    """Writes `faces.csv`; an older one stays until the new one is whole.

    Args:
        folder: Where the images are.
        images: Each with its file's name below `folder`.
    """
    path = folder / FILE_NAME
    with (
        atomic_write(path) as aside,
        aside.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for name, image in images:
            table.writerows(_rows(image_entry(name, image)))


def _rows(entry: dict) -> Iterator[dict]:
    head = {
        "file": entry["file"],
        "complete": str(entry["complete"] and "ignored" not in entry).lower(),
        "split": entry.get("split"),
    }
    for face in entry["faces"] or [{}]:
        row = head | {key: face.get(key) for key in ("gender", "person")} | face.get("pose", {})
        row |= dict(zip(BOX_COLUMNS, face.get("box", ()), strict=False))
        points = face.get("landmarks", [None] * len(LANDMARK_COLUMNS))
        seen = face.get("visibility", [None] * len(LANDMARK_COLUMNS))
        for names, point, value in zip(LANDMARK_COLUMNS, points, seen, strict=True):
            row |= dict(zip(names, (*(point or (None, None)), value), strict=True))
        yield row
