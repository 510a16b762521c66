"""AFW as first published: images with boxes, six points and coarse pose, in one MATLAB file.

`anno.mat` or `anno2.mat` lies beside the images (or beside `testimages/`). Its yaw, in steps of
15 degrees, has the opposite of the project's sign. The signs of pitch and roll could not be
checked, so these angles are computed from the points instead. A NaN point could not be seen. MATLAB
counts pixels from 1. Later annotations have more faces in these images. In some copies the cells
are nested or transposed differently, or have no poses or points.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import ImageFolder, file_named, with_suffix
from hyperface.annotations.readers.labeling import annotated_face, fitted, mark_missing
from hyperface.annotations.readers.matlab import (
    cells_of,
    load_variable,
    numbers_of,
    text_of,
    unwrapped,
)
from hyperface.annotations.record import AnnotatedImage, Face, Labels, SkipReport
from hyperface.errors import UserError
from hyperface.tasks import NUM_LANDMARKS

NAME = "afw"
LAYOUT = "anno.mat beside the images (AFW)"
SOURCE = "X. Zhu and D. Ramanan, 2012; no license stated, research use"
FILE_NAMES = ("anno.mat", "anno2.mat")
IMAGE_FOLDERS = ("", "testimages", "images")
NUM_COLUMNS = 4  # name, boxes, poses, points; the last two may be missing, others may follow
# Left eye, right eye, nose, mouth left, mouth center, mouth right.
LANDMARKS = (7, 10, 14, 17, 18, 19)
MAX_YAW = 180  # degrees
EMPTY = np.zeros((0, 0))  # MATLAB's empty matrix, for missing values


def recognizes(folder: Path) -> bool:
    """Whether the folder has AFW's annotation file."""
    return file_named(folder, *FILE_NAMES) is not None


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in the order of the file.

    Raises:
        UserError: The file cannot be read, or is not AFW's.
    """
    path = file_named(folder, *FILE_NAMES) or folder / FILE_NAMES[0]
    if (rows := _rows(load_variable(path, "anno"))) is None:
        raise UserError(f"{path} has no table of names and boxes: give the anno.mat of AFW.")
    images = ImageFolder(folder, NAME, skipped)
    for number, (cell, *columns) in enumerate(rows, start=1):
        name = text_of(cell)
        parts = [_of_faces(column) for column in columns[: NUM_COLUMNS - 1]]
        count = max(map(len, parts))
        if name is None or not count or any(len(part) not in (0, count) for part in parts):
            skipped.add("row without a name, or with unequal numbers of boxes, poses and points",
                        f"{path.name} row {number}")  # fmt: skip
            continue
        parts = [part or [EMPTY] * count for part in parts]
        boxes, poses, points = parts + [[EMPTY] * count] * (NUM_COLUMNS - 1 - len(parts))
        if (image := images.find(with_suffix(name), IMAGE_FOLDERS)) is None:
            continue
        labels = zip(boxes, poses, points, strict=True)
        yield replace(image, faces=tuple(_face(*each, image, skipped) for each in labels))


def _rows(table: np.ndarray) -> list[Sequence[np.ndarray]] | None:
    """The rows of the table, one per image, for any nesting; None if it is not a table."""
    table = unwrapped(table)
    if table.dtype != object or table.ndim != 2 or not table.size:
        return None
    cells: list[Sequence[np.ndarray]] = [cells_of(cell) for cell in table.ravel()]
    lengths = {len(each) for each in cells}
    nested = 1 in table.shape and len(cells) > 1 and len(lengths) == 1 and min(lengths) > 1
    rows = cells if nested else list(table)
    # Each row begins with the image's name; in a transposed table, the names are the first row.
    turned: list[Sequence[np.ndarray]] = list(zip(*rows, strict=True))
    best = max((rows, turned), key=_share_of_names)
    return best if len(best[0]) > 1 and _share_of_names(best) else None


def _share_of_names(rows: list[Sequence[np.ndarray]]) -> float:
    return sum(text_of(row[0]) is not None for row in rows) / len(rows) if rows else 0.0


def _of_faces(column: np.ndarray) -> list[np.ndarray]:
    """The entry of a column for each face: the cells, or the numbers of a single face."""
    column = np.asarray(column)
    if column.dtype != object:
        return [column] if column.size else []
    return [unwrapped(cell) for cell in cells_of(column)]


def _face(
    box: np.ndarray,
    pose: np.ndarray,
    points: np.ndarray,
    image: AnnotatedImage,
    skipped: SkipReport,
) -> Face:
    name = image.name
    corners = _matrix(box, (2, 2), "box that is not 2 x 2 numbers", name, skipped)
    # As floats, so that an unsigned yaw can change its sign.
    angles = _matrix(pose, (1, 3), "pose that is not 3 numbers", name, skipped)
    shape = (len(LANDMARKS), 2)
    places = _matrix(points, shape, "points that are not 6 pairs of numbers", name, skipped)
    labels: Labels = {}
    if corners is not None:  # the last pixel belongs to it
        labels["published_box_xyxy"] = np.array([corners[0] - 1, corners[1]], np.float32).ravel()
    if angles is not None:
        yaw = -np.radians(_yaw(angles[0, 0], name, skipped))
        labels["pose"] = np.array([np.nan, np.nan, yaw], np.float32)
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    if places is not None:
        placed = mark_missing(places)
        landmarks[list(LANDMARKS)] = placed - 0.5  # pixels counted from 1
        visibility = np.full(NUM_LANDMARKS, np.nan, np.float32)
        seen = np.where(np.isnan(placed[:, 0]), np.nan, 1)
        visibility[list(LANDMARKS)] = np.where(np.isnan(places).all(1), 0, seen)
        labels["visibility"] = visibility
    return annotated_face(landmarks, image, skipped, **labels)


def _matrix(
    value: np.ndarray, shape: tuple[int, int], fault: str, name: str, skipped: SkipReport
) -> np.ndarray | None:
    """A matrix of that shape, transposed if necessary; None if missing."""
    turned = numbers_of(value.T, *shape)
    found = numbers_of(value, *shape)
    found = turned if found is None else found
    if found is None and value.size:
        skipped.add(f"{fault}, treated as missing", name)
    return found


def _yaw(yaw: float, name: str, skipped: SkipReport) -> float:
    if abs(yaw) <= MAX_YAW or np.isnan(yaw):
        return yaw
    skipped.add("yaw over 180 degrees, treated as missing", name)
    return np.nan
