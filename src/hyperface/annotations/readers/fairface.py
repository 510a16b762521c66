"""FairFace: aligned crops of faces, with age, gender and race in a table.

`fairface_label_train.csv` and `fairface_label_val.csv` have the columns file, age, gender, race and
service_test; the file is a path such as `train/1.jpg`. Nobody is named.

There are neither boxes nor points, but the crops are aligned by dlib, which centers a template of
the face in the crop, with a margin of 0.25 or 1.25 of the template's side. In the copy with the
margin 0.25 (224 x 224 pixels), `FACE_XYXY` is the project's square of the face; the square in the
copy with the margin 1.25 (448 x 448 pixels) is computed from it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.codes import GENDER_OF_WORD, gender_of
from hyperface.annotations.readers.dataset_files import (
    SPLIT_OF_PART,
    ImageFolder,
    file_named,
    tables_with_splits,
)
from hyperface.annotations.readers.tables import read_table
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.errors import UserError

NAME = "fairface"
LAYOUT = "fairface_label_train.csv or fairface_label_val.csv beside train/ and val/ (FairFace)"
SOURCE = "K. Kärkkäinen and J. Joo, University of California, Los Angeles; CC BY 4.0"
COLUMNS = ("file", "gender")
CROP_SIDE, WIDE_CROP_SIDE = 224, 448
# The median position and side of the squares around the points that another program places in
# 3,445 crops. Its median IoU with these squares is 0.80, that of the whole crop is 0.70.
FACE_XYXY = np.array([17, 24, 208, 215], np.float32)
MARGIN, WIDE_MARGIN = 0.25, 1.25


def recognizes(folder: Path) -> bool:
    """Whether the folder has one of FairFace's tables."""
    return any(_table(folder, part) is not None for part in SPLIT_OF_PART)


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the crops, in the order of the tables."""
    tables = {part: _table(folder, part) for part in SPLIT_OF_PART}
    images = ImageFolder(folder, NAME, skipped)
    for _, path, split in tables_with_splits(tables):
        yield from _annotated(images, path, split, skipped)


def face_box_xyxy(side: float) -> np.ndarray:
    """(4,) float32, the square of the face in a crop with that side in pixels."""
    within = FACE_XYXY / CROP_SIDE  # the crop's side is 1
    if side >= WIDE_CROP_SIDE:
        template = within * (1 + 2 * MARGIN) - MARGIN  # the template's is
        within = (template + WIDE_MARGIN) / (1 + 2 * WIDE_MARGIN)
    return (within * side).astype(np.float32)


def _table(folder: Path, part: str) -> Path | None:
    return file_named(folder, f"fairface_label_{part}.csv")


def _annotated(
    images: ImageFolder, path: Path, split: str | None, skipped: SkipReport
) -> Iterator[AnnotatedImage]:
    table = read_table(path)
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise UserError(
            f"{path} has no column {missing[0]!r}, so it is not FairFace's table; copy it again "
            "from its source."
        )
    for where, row in table.cells(skipped):
        if (image := images.find(row["file"], ("", "fairface"))) is None:
            continue
        if image.width != image.height:
            skipped.add("not a square aligned crop", image.name)
            continue
        fault = "gender that is neither Male nor Female"
        gender = gender_of(row["gender"], GENDER_OF_WORD, fault, where, skipped)
        group = row.get("race") or None
        face = Face(face_box_xyxy(image.width), gender=gender, group=group)
        # Beside the face the crop may show a part of another.
        yield replace(image, faces=(face,), split=split)
