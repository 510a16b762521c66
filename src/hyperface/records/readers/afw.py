"""AFW as first published: pictures with boxes, six points and coarse pose, in one MATLAB file.

`anno.mat` or `anno2.mat` lies beside the pictures (or beside `testimages/`). Its yaw, in steps of
15 degrees, has the opposite of the project's sign; what signs its pitch and roll have could not be
checked, so they are left to the fit of the points. A point that is NaN could not be seen. MATLAB
counts pixels from 1. Later annotators found more faces in these pictures.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from hyperface.records.readers.files import find_picture, size_of_named
from hyperface.records.readers.labelling import annotated_face, mark_missing, with_fits
from hyperface.records.readers.matlab import cells_of, load_variable, numbers_of, text_of
from hyperface.records.record import Face, Picture, Rejects
from hyperface.tasks import NUM_LANDMARKS

NAME = "afw"
LAYOUT = "anno.mat beside the pictures (AFW)"
SOURCE = "X. Zhu and D. Ramanan, 2012; no licence stated, research use"
FILE_NAMES = ("anno.mat", "anno2.mat")
PICTURE_FOLDERS = ("", "testimages", "images")
NUM_COLUMNS = 4  # name, boxes, poses, points
# Left eye, right eye, nose, mouth left, mouth centre, mouth right.
LANDMARKS = (7, 10, 14, 17, 18, 19)
MAX_YAW = 180  # degrees


def recognises(folder: Path) -> bool:
    """Whether the folder has AFW's annotation file."""
    return _file(folder) is not None


def read(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    """Yields the pictures, in the order of the file.

    Raises:
        UserError: The file cannot be read, or is not AFW's.
    """
    return with_fits(_annotated(folder, rejects), rejects)


def _file(folder: Path) -> Path | None:
    return next((folder / name for name in FILE_NAMES if (folder / name).is_file()), None)


def _annotated(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    path = _file(folder)
    table = load_variable(path, "anno")
    if table.dtype != object or table.ndim != 2 or table.shape[1] != NUM_COLUMNS:
        raise UserError(f"{path} has no table of {NUM_COLUMNS} columns; is it AFW's?")
    for number, (written, *columns) in enumerate(table, start=1):
        name = text_of(written)
        boxes, poses, points = map(cells_of, columns)
        if name is None or not (boxes and len(boxes) == len(poses) == len(points)):
            rejects.add("row without a name, or with unequal numbers of boxes, poses and points",
                        f"{path.name} row {number}")  # fmt: skip
            continue
        size = size_of_named(folder, find_picture(folder, name, PICTURE_FOLDERS), rejects)
        if size is None:
            continue
        name, width, height = size
        read_faces = [
            _face(*labels, width, height, name, rejects)
            for labels in zip(boxes, poses, points, strict=True)
        ]
        faces = tuple(face for face in read_faces if face is not None)
        if faces:
            yield Picture(folder / name, name, NAME, width, height, faces)


def _face(
    box: np.ndarray,
    pose: np.ndarray,
    points: np.ndarray,
    width: int,
    height: int,
    name: str,
    rejects: Rejects,
) -> Face | None:
    box, points = numbers_of(box, 2, 2), numbers_of(points, len(LANDMARKS), 2)
    pose = numbers_of(pose, 1, 3)  # as floats, so that an unsigned yaw can change its sign
    if box is None or points is None or pose is None:
        rejects.add("face without a box of 2 x 2, a pose of 3 and 6 points", name)
        return None
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    placed = mark_missing(points)
    landmarks[list(LANDMARKS)] = placed - 0.5  # pixels counted from 1
    visibility = np.full(NUM_LANDMARKS, np.nan, np.float32)
    hidden = np.isnan(points).all(1)
    visibility[list(LANDMARKS)] = np.where(hidden, 0, np.where(np.isnan(placed[:, 0]), np.nan, 1))
    yaw = pose[0, 0]
    if abs(yaw) > MAX_YAW:
        rejects.add("yaw over 180 degrees, taken as missing", name)
        yaw = np.nan
    return annotated_face(
        landmarks,
        width,
        height,
        name,
        rejects,
        visibility=visibility,
        pose=np.float32([np.nan, np.nan, -np.radians(yaw)]),
        # The last pixel belongs to the box.
        published_box_xyxy=np.float32([box[0] - 1, box[1]]).ravel(),
    )
