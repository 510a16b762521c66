"""MTFL: web images with five points of one face each, gender, and coarse pose.

`training.txt`: path, x1..x5, y1..y5, gender (1 male, 2 female), smile, glasses, pose (1 left
profile .. 5 right profile, too coarse to be a label); its points count pixels from 1.
`face_boxes.txt`: path, left, right, top, bottom, x1 y1 .. x5 y5 of all images; it counts from 0.
Paths have backslashes, or slashes in some copies; some copies also lack the columns after the
points. The points are the centers of the eyes, the nose and the corners of the mouth. Other people
may be in the image, without annotation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.codes import GENDER_OF_WORD, gender_of
from hyperface.annotations.readers.dataset_files import (
    ImageFolder,
    file_named,
    relative_name,
    with_suffix,
)
from hyperface.annotations.readers.labeling import NO_BOX, annotated_face, fitted, mark_missing
from hyperface.annotations.readers.tables import numbered_lines, numbers
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.geometry.landmarks import from_5

NAME = "mtfl"
LAYOUT = "training.txt or face_boxes.txt beside net_7876/ (MTFL)"
SOURCE = "The Chinese University of Hong Kong; research use"
POINT_VALUES = 10
# By table, how many numbers its row needs.
NUM_VALUES = {"training.txt": POINT_VALUES, "face_boxes.txt": 4 + POINT_VALUES}
GENDER = 10  # of training.txt's numbers
GENDER_OF_CODE = GENDER_OF_WORD | {"1": 0.0, "2": 1.0}


@dataclass(frozen=True, eq=False)
class Row:
    """The labels in one line."""

    points: np.ndarray  # (5, 2) in the project's pixel coordinates; NaN where missing
    gender: float = float("nan")  # 0.0 male, 1.0 female, NaN missing
    # (4,) the published box, NaN where the line has none.
    box_xyxy: np.ndarray = field(default_factory=NO_BOX.copy)


def recognizes(folder: Path) -> bool:
    """Whether there is a table of MTFL, whose first line has a path and enough numbers."""
    for table, count in NUM_VALUES.items():
        if file := file_named(folder, table):
            for _, line in numbered_lines(file):
                path, *words = line.split()
                try:
                    numbers(words[:count])
                except ValueError:
                    return False
                folders = relative_name(path) or ""
                return len(words) >= count and "/" in folders and folders == with_suffix(folders)
    return False


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in order of their names."""
    labels = read_table(file_named(folder, "training.txt"), skipped)
    images = ImageFolder(folder, NAME, skipped)
    boxes = read_table(file_named(folder, "face_boxes.txt"), skipped)
    for written, row in sorted((labels | boxes).items()):
        label, box = labels.get(written), boxes.get(written)
        # Both are rounded, in the project's pixels; a missing point agrees with any.
        if label and box and (np.abs(label.points - box.points) > 0.51).any():
            fault = "points differ between the two files, those of face_boxes.txt are used"
            skipped.add(fault, written)
        if (image := images.find(written)) is None:
            continue
        face = annotated_face(
            from_5(row.points),
            image,
            skipped,
            gender=label.gender if label else float("nan"),
            published_box_xyxy=row.box_xyxy.astype(np.float32),
        )
        yield replace(image, faces=(face,))


def read_table(path: Path | None, skipped: SkipReport) -> dict[str, Row]:
    """Reads one of the two tables by relative path of the image; empty if it is missing."""
    rows: dict[str, Row] = {}
    if path is None:
        return rows
    count = NUM_VALUES[path.name.lower()]
    for number, line in numbered_lines(path):
        where = f"{path.name} line {number}"
        written, *words = line.split()
        try:
            values = numbers(words[:count])
        except ValueError:
            skipped.add("row that is not a path and numbers", where)
            continue
        if len(values) < count:
            skipped.add(f"row without {count} numbers", where)
            continue
        if (name := relative_name(written)) is None:
            skipped.add("image path outside the data set", where)
        elif name in rows:
            skipped.add("image listed twice, the first one is used", where)
        elif path.name.lower() == "training.txt":
            rows[name] = _parse_labels(values, words, where, skipped)
        else:
            rows[name] = _parse_boxes(values)
    return rows


def _parse_labels(values: np.ndarray, words: list[str], where: str, skipped: SkipReport) -> Row:
    points = mark_missing(values.reshape(2, 5).T) - 0.5  # pixels counted from 1
    code = words[GENDER] if len(words) > GENDER else None
    gender = gender_of(code, GENDER_OF_CODE, "gender that is neither 1 nor 2", where, skipped)
    return Row(points, gender)


def _parse_boxes(values: np.ndarray) -> Row:
    left, right, top, bottom = values[:4]
    points = mark_missing(values[4:].reshape(5, 2)) + 0.5  # pixels counted from 0
    # The last pixel belongs to the box, whose edge is therefore one further.
    return Row(points, box_xyxy=np.array([left, top, right + 1, bottom + 1]))
