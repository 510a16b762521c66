"""FDDB: news images in which every face is annotated with an ellipse.

`FDDB-folds/FDDB-fold-%02d-ellipseList.txt`: name, count, then for each face the major and the minor
radius, the major axis' angle to the horizontal in radians, and the center. The face's box is the
one around its ellipse, which is kept beside it. The images lie in `originalPics/` or beside the
folds.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import ImageFolder, files_like, with_suffix
from hyperface.annotations.readers.labeling import boxed_faces, fitted
from hyperface.annotations.readers.tables import named_blocks, rows_of_numbers
from hyperface.annotations.record import AnnotatedImage, SkipReport

NAME = "fddb"
LAYOUT = "FDDB-folds/FDDB-fold-01-ellipseList.txt ... beside originalPics/ (FDDB)"
SOURCE = "University of Massachusetts, Amherst; research use"
FOLDS_FOLDERS = ("FDDB-folds", "")
LISTS = ("FDDB-fold-*-ellipseList.txt", "*ellipseList*.txt")  # as published, and in one file
IMAGE_FOLDERS = ("originalPics", "", "images")
NUM_VALUES = 5  # of an ellipse; a sixth, always 1, may follow


def recognizes(folder: Path) -> bool:
    """Whether the folder has FDDB's ellipse lists."""
    return bool(_lists(folder))


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, fold by fold."""
    images = ImageFolder(folder, NAME, skipped)
    for table in _lists(folder):
        for where, written, lines in named_blocks(table, skipped):
            try:
                rows = rows_of_numbers(lines, NUM_VALUES)
            except ValueError:
                skipped.add("ellipse that is not five numbers", where)
                continue
            if (rows[:, :2] < 0).any():
                skipped.add("ellipse of negative radius", where)
                continue
            if (np.abs(rows[:, 2]) > np.pi).any():
                skipped.add("angle over 180 degrees: degrees instead of radians?", where)
                continue
            if (image := images.find(with_suffix(written), IMAGE_FOLDERS)) is None:
                continue
            ellipses = rows + np.array([0, 0, 0, 0.5, 0.5])  # pixels counted from 0
            image = boxed_faces(image, ellipse_box_xyxy(ellipses), skipped=skipped)
            pairs = zip(image.faces, ellipses.astype(np.float32), strict=True)
            faces = tuple(replace(face, ellipse=ellipse) for face, ellipse in pairs)
            yield replace(image, faces=faces)


def ellipse_box_xyxy(ellipse: np.ndarray) -> np.ndarray:
    """(..., 5) ellipses as in `Face.ellipse` -> (..., 4) their tight boxes."""
    major, minor, angle, x, y = np.moveaxis(ellipse, -1, 0)
    half_width = np.hypot(major * np.cos(angle), minor * np.sin(angle))
    half_height = np.hypot(major * np.sin(angle), minor * np.cos(angle))
    return np.stack([x - half_width, y - half_height, x + half_width, y + half_height], axis=-1)


def _lists(folder: Path) -> list[Path]:
    found = (files_like(folder / place, name) for name in LISTS for place in FOLDS_FOLDERS)
    return next((lists for lists in found if lists), [])
