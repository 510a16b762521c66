"""PASCAL faces, and AFW with new annotations, in MATLAB files: every face's box (Mathias et al.).

The struct array `Annotations` has `imgname` and `objects`, N x 6: left, top, right, bottom, 0,
ignore; without the last column no face is ignored. An ignored face is neither to be found nor
background. MATLAB counts pixels from 1.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.codes import flags_of
from hyperface.annotations.readers.dataset_files import ImageFolder, file_named, with_suffix
from hyperface.annotations.readers.labeling import boxed_faces, fitted
from hyperface.annotations.readers.matlab import (
    cells_of,
    load_variable,
    numbers_of,
    text_of,
    unwrapped,
)
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError

NAME = "pascal_faces"
LAYOUT = (
    "Annotations_Face_PASCALLayout_large_fixed.mat or new_annotations_AFW.mat beside the images "
    "(PASCAL faces, AFW; Mathias et al.)"
)
SOURCE = "M. Mathias et al., 2014, for the annotations; PASCAL VOC and AFW for the images"
SOURCE_OF_FILE = {
    "Annotations_Face_PASCALLayout_large_fixed.mat": NAME,
    "new_annotations_AFW.mat": "afw",
}
IMAGE_FOLDERS = ("", "images", "JPEGImages", "testimages")
BOX_COLUMNS, IGNORE = 4, 5


def recognizes(folder: Path) -> bool:
    """Whether the folder has one of the two files."""
    return file_named(folder, *SOURCE_OF_FILE) is not None


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in the order of the file.

    Raises:
        UserError: A file cannot be read, or does not have this format.
    """
    for file, source in SOURCE_OF_FILE.items():
        if (path := file_named(folder, file)) is None:
            continue
        images = ImageFolder(folder, source, skipped)
        variable = load_variable(path, "Annotations")
        cells = cells_of(variable) or [variable]  # in some copies each struct is in a cell
        entries = [entry for cell in cells for entry in cell.ravel()]
        if not all({"imgname", "objects"} <= set(entry.dtype.names or ()) for entry in entries):
            raise UserError(f"{path} has no struct with imgname and objects.")
        for number, entry in enumerate(entries, start=1):
            name = text_of(entry["imgname"])
            rows = _rows(entry["objects"])
            if name is None or rows is None:
                skipped.add("entry without a name and rows of at least 4 numbers",
                            f"{file} entry {number}")  # fmt: skip
                continue
            if (image := images.find(with_suffix(name), IMAGE_FOLDERS)) is not None:
                boxes = rows[:, :BOX_COLUMNS] - [1, 1, 0, 0]  # the last pixel belongs to the box
                flags = rows[:, IGNORE] if rows.shape[1] > IGNORE else [0] * len(rows)
                ignored = flags_of(flags, "ignore that is neither 0 nor 1", image.name, skipped)
                yield boxed_faces(image, boxes, ignored, skipped=skipped)


def _rows(objects: object) -> np.ndarray | None:
    """(N, columns) float64; None for anything else."""
    rows = unwrapped(objects)
    if rows.dtype.kind in "iufb" and rows.size == 0:
        return np.zeros((0, BOX_COLUMNS))
    if rows.ndim != 2 or rows.shape[1] < BOX_COLUMNS:
        return None
    return numbers_of(rows, *rows.shape)
