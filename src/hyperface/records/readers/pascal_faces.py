"""PASCAL faces, and AFW annotated anew: every face's box, in one MATLAB file (Mathias et al.).

A struct array `Annotations` with `imgname` and `objects`, N x 6: left, top, right, bottom, 0,
ignore. A face to be ignored is neither asked for nor background. MATLAB counts pixels from 1.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from hyperface.records.readers.files import find_picture, size_of_named
from hyperface.records.readers.labelling import boxed_faces, with_fits
from hyperface.records.readers.matlab import load_variable, numbers_of, text_of
from hyperface.records.record import Picture, Rejects

NAME = "pascal_faces"
LAYOUT = (
    "Annotations_Face_PASCALLayout_large_fixed.mat or new_annotations_AFW.mat beside the pictures "
    "(PASCAL faces, AFW; Mathias et al.)"
)
SOURCE = "M. Mathias et al., 2014, for the annotations; PASCAL VOC and AFW for the pictures"
SOURCE_OF_FILE = {
    "Annotations_Face_PASCALLayout_large_fixed.mat": NAME,
    "new_annotations_AFW.mat": "afw",
}
PICTURE_FOLDERS = ("", "images", "JPEGImages", "testimages")
NUM_COLUMNS = 6


def recognises(folder: Path) -> bool:
    """Whether the folder has one of the two files."""
    return any((folder / name).is_file() for name in SOURCE_OF_FILE)


def read(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    """Yields the pictures, in the order of the file.

    Raises:
        UserError: A file cannot be read, or is not of this form.
    """
    return with_fits(_annotated(folder, rejects), rejects)


def _annotated(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    for file, source in SOURCE_OF_FILE.items():
        if not (folder / file).is_file():
            continue
        entries = load_variable(folder / file, "Annotations")
        if not {"imgname", "objects"} <= set(entries.dtype.names or ()):
            raise UserError(f"{folder / file} has no struct with imgname and objects.")
        for number, entry in enumerate(entries.ravel(), start=1):
            name = text_of(entry["imgname"])
            rows = np.asarray(entry["objects"])
            rows = numbers_of(rows, len(rows) if rows.ndim else 0, NUM_COLUMNS)
            if name is None or (rows is None and np.size(entry["objects"])):
                rejects.add("entry without a name and rows of 6 numbers", f"{file} entry {number}")
                continue
            size = size_of_named(folder, find_picture(folder, name, PICTURE_FOLDERS), rejects)
            if size is not None:
                rows = np.zeros((0, NUM_COLUMNS)) if rows is None else rows
                boxes = rows[:, :4] - [1, 1, 0, 0]  # the last pixel belongs to the box
                yield boxed_faces(folder, source, size, boxes, rows[:, 5] != 0, rejects=rejects)
