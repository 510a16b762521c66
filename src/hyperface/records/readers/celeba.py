"""CelebA: celebrities with a box, five points, forty attributes and a partition.

`list_landmarks_celeba.txt` and `list_bbox_celeba.txt` go with the pictures as they were found,
`list_landmarks_align_celeba.txt` with the aligned copies. `list_attr_celeba.txt` (its column Male),
`list_eval_partition.txt` and `identity_CelebA.txt` are used where they are there. Copies of the
tables as `.csv` are read too. The files lie in the folder itself, in `Anno/` and in `Eval/`.
Other people may be in a picture without annotation.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.face.landmarks import from_5
from hyperface.records.readers.files import find_picture, size_of_named
from hyperface.records.readers.labelling import annotated_face, mark_missing, with_fits
from hyperface.records.readers.tables import numbered_lines, numbers
from hyperface.records.record import Picture, Rejects

NAME = "celeba"
LAYOUT = "list_landmarks_celeba.txt beside img_celeba/, or list_landmarks_align_celeba.txt (CelebA)"
SOURCE = "The Chinese University of Hong Kong; non-commercial research use"
TABLE_FOLDERS = ("", "Anno", "Eval")
IN_THE_WILD, ALIGNED = "list_landmarks_celeba", "list_landmarks_align_celeba"
# Which pictures go with which table of points, in the order to look; copies are nested differently.
PICTURES = (
    (IN_THE_WILD, "img_celeba/img_celeba"),
    (IN_THE_WILD, "img_celeba"),
    (IN_THE_WILD, "Img/img_celeba"),
    (ALIGNED, "img_align_celeba/img_align_celeba"),
    (ALIGNED, "img_align_celeba"),
    (ALIGNED, "Img/img_align_celeba"),
    (ALIGNED, "img_align_celeba_png"),
    (ALIGNED, "Img/img_align_celeba_png"),
)
SPLIT_OF_PART = {"0": "train", "1": "validation", "2": "validation"}
GENDER_OF_MALE = {"1": 0.0, "-1": 1.0}
NUM_POINTS = 5
SEPARATOR = re.compile(r"[,\s]+")


def recognises(folder: Path) -> bool:
    """Whether the folder has one of CelebA's tables of points."""
    return any(_table(folder, name) is not None for name in (IN_THE_WILD, ALIGNED))


def read(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    """Yields the pictures as they were found, or else the aligned ones, in the table's order."""
    return with_fits(_annotated(folder, rejects), rejects)


def _table(folder: Path, name: str) -> Path | None:
    places = (
        folder / place / f"{name}{end}" for place in TABLE_FOLDERS for end in (".txt", ".csv")
    )
    return next((path for path in places if path.is_file()), None)


def _annotated(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    table, place = _points_and_pictures(folder)
    boxes = _column(folder, "list_bbox_celeba", None) if table == IN_THE_WILD else {}
    males = _column(folder, "list_attr_celeba", "Male")
    parts = _column(folder, "list_eval_partition", "partition")
    people = _column(folder, "identity_CelebA", "identity")
    for where, written, words in _rows(_table(folder, table)):
        if len(words) != 2 * NUM_POINTS:
            rejects.add(f"row without {NUM_POINTS} points", where)
            continue
        try:
            points = mark_missing(numbers(words).reshape(-1, 2)) + 0.5  # pixels counted from 0
            box = _box_xyxy(boxes.get(written))
        except ValueError:
            rejects.add("row with something that is not a number", where)
            continue
        file = f"{written.rpartition('.')[0]}.png" if place.endswith("png") else written
        size = size_of_named(folder, find_picture(folder, file, [place]), rejects)
        if size is None:
            continue
        name, width, height = size
        person = f"celeba {people[written][0]}" if people.get(written) else None
        labels = {"gender": GENDER_OF_MALE.get(_only(males, written), float("nan"))}
        face = annotated_face(
            from_5(points),
            *(width, height, name, rejects),
            **labels,
            person=person,
            published_box_xyxy=box,
        )
        split = SPLIT_OF_PART.get(_only(parts, written))
        yield Picture(folder / name, name, NAME, width, height, (face,), split=split)


def _points_and_pictures(folder: Path) -> tuple[str, str]:
    """The table whose pictures are there, since both tables come with either, and their folder."""
    known = [(table, place) for table, place in PICTURES if _table(folder, table) is not None]
    return next((pair for pair in known if (folder / pair[1]).is_dir()), known[0])


def _rows(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Where each row stands, the picture it names and its other words; no count, no header."""
    begun = False
    for number, line in numbered_lines(path):
        name, *words = SEPARATOR.split(line)
        begun = begun or "." in name
        if begun:
            yield f"{path.name} line {number}", name, words


def _column(folder: Path, table: str, column: str | None) -> dict[str, tuple[str, ...]]:
    """By picture, the words of one column, or of all; empty where the table is not there."""
    path = _table(folder, table)
    if path is None:
        return {}
    place = slice(None)
    for _, line in numbered_lines(path):
        header = SEPARATOR.split(line)
        if column in header:
            first = 0 if path.suffix == ".txt" else 1  # a .csv names the pictures' column too
            place = slice(header.index(column) - first, header.index(column) - first + 1)
        if "." in header[0]:
            break
    return {name: tuple(words[place]) for _, name, words in _rows(path)}


def _only(column: dict[str, tuple[str, ...]], name: str) -> str | None:
    words = column.get(name, ())
    return words[0] if len(words) == 1 else None


def _box_xyxy(words: tuple[str, ...] | None) -> np.ndarray:
    if words is None:
        return np.full(4, np.nan, np.float32)
    x, y, width, height = numbers(list(words))
    return np.float32([x, y, x + width, y + height])
