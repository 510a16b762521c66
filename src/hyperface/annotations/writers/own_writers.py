"""Records in the project's own formats.

`faces.json` is read by `readers/own_faces.py`, `faces.csv` by `readers/own_table.py`. The table has
a row for each face, or one for an image without faces. It has no column for the boxes of ignored
faces; an image that has such faces is not complete in the table.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from hyperface.annotations.readers import own_table
from hyperface.annotations.readers.own_faces import FILE_NAME, FORMAT, VERSION
from hyperface.annotations.readers.own_table import LANDMARK_COLUMNS
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.fitting import MIN_POINTS
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import GENDERS
from hyperface.utils.files import atomic_write
from hyperface.utils.json_text import json_text


def write_own_faces(folder: Path, images: Iterable[tuple[str, AnnotatedImage]]) -> None:
    """Writes `faces.json`, which replaces an older one atomically.

    Each image is given with the name of its file relative to `folder`.
    """
    write_entries(folder, (image_entry(file, image) for file, image in images))


def write_entries(folder: Path, entries: Iterable[dict], licence: str | None = None) -> None:
    """Writes `faces.json` from entries of images (`image_entry`), one per line."""
    head = {"format": FORMAT, "version": VERSION} | ({"licence": licence} if licence else {})
    with atomic_write(folder / FILE_NAME) as aside, aside.open("w", encoding="utf-8") as file:
        file.write(f'{json.dumps(head)[:-1]}, "pictures": ')
        write_list(file, entries)
        file.write("}\n")


def write_list(file: TextIO, values: Iterable[dict]) -> None:
    """Writes a JSON list with one value per line, without holding all of it in memory."""
    file.write("[")
    for number, value in enumerate(values):
        file.write(",\n" if number else "\n")
        file.write(json_text(value, separators=(",", ":")))
    file.write("\n]")


def image_entry(file: str, image: AnnotatedImage) -> dict:
    """The entry of an image in `faces.json`, without missing labels."""
    entry: dict = {"file": file, "complete": image.complete}
    if image.split:
        entry["split"] = image.split
    if len(image.ignored_xyxy):
        entry["ignored"] = [plain_numbers(box) for box in image.ignored_xyxy]
    entry["faces"] = [face_entry(face) for face in image.faces]
    return entry


def face_entry(face: Face) -> dict:
    """The entry of a face in `faces.json`, without missing labels."""
    entry: dict = {}
    placed = np.isfinite(face.landmarks).all(1)
    if placed.sum() < MIN_POINTS:  # the reader takes the box as the face's
        entry["box"] = plain_numbers(face.box_xyxy)
    elif np.isfinite(face.published_box_xyxy).all():
        entry["box"] = plain_numbers(face.published_box_xyxy)
    if placed.any():
        entry["landmarks"] = [
            plain_numbers(point) if there else None
            for point, there in zip(face.landmarks, placed, strict=True)
        ]
    if placed.any() or np.isfinite(face.visibility).any():
        entry["visibility"] = [None if np.isnan(value) else int(value) for value in face.visibility]
    if np.isfinite(face.pose).any():
        degrees = np.degrees(face.pose.astype(np.float64)).astype(np.float32)
        entry["pose"] = dict(zip(ANGLES, plain_numbers(degrees), strict=True))
    if np.isfinite(face.gender):
        entry["gender"] = GENDERS[int(face.gender)]
    if face.person is not None:
        entry["person"] = face.person
    if face.group is not None:
        entry["attributes"] = {"race": face.group}
    return entry


def plain_numbers(values: np.ndarray) -> list[float | None]:
    """float32 values as the shortest numbers that are read back exactly; None for NaN."""
    return [
        None if np.isnan(value) else float(str(value)) for value in np.asarray(values, np.float32)
    ]


def write_own_table(folder: Path, images: Iterable[tuple[str, AnnotatedImage]]) -> None:
    """Writes `faces.csv`; arguments as in `write_own_faces`."""
    with (
        atomic_write(folder / own_table.FILE_NAME) as aside,
        aside.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        table = csv.DictWriter(file, own_table.COLUMNS)
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
        person = face.get("person", "").replace("\r", " ").replace("\n", " ")  # a row is a line
        row = head | {"gender": face.get("gender"), "person": person} | face.get("pose", {})
        row |= dict(zip(own_table.BOX_COLUMNS, face.get("box", ()), strict=False))
        points = face.get("landmarks", [None] * len(LANDMARK_COLUMNS))
        seen = face.get("visibility", [None] * len(LANDMARK_COLUMNS))
        for names, point, value in zip(LANDMARK_COLUMNS, points, seen, strict=True):
            row |= dict(zip(names, (*(point or (None, None)), value), strict=True))
        yield row
