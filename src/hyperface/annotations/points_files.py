"""Adds landmarks predicted by another program, from a table, to faces without annotated ones.

A folder `teacher_points` in a data set's folder or beside it, or any folder or file that DATA names
as `points:/path`, has a table for each set, `mtfl.csv`: the columns `file` (the image's path in the
set's folder, with slashes) and x0, y0 .. x20, y20, pixels from the image's corner, empty where a
point is not placed.

Annotated landmarks are kept. The missing ones of a face are taken from the table, and box and pose
are computed from all of them, as for every face with landmarks. Such programs place every point;
the pose tells which points the head itself hides, and these are marked as invisible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import files_like, name_key
from hyperface.annotations.readers.labeling import (
    SAME_ANGLE,
    box_fault,
    fitted_pose,
    is_far_outside,
)
from hyperface.annotations.readers.tables import numbers, read_table
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.geometry.fitting import WeakPerspective, fit_many
from hyperface.geometry.pose import angle_difference
from hyperface.geometry.rectangle import face_rectangles_xyxy, rectangle_of_view_xyxy
from hyperface.geometry.self_occlusion import turned_away
from hyperface.tasks import NUM_LANDMARKS

FOLDER = "teacher_points"
PREFIX = "points"  # points:/path in DATA
HINT = "give the folder of the tables, such as mtfl.csv, or one of them"
FILE = "file"
COLUMNS = [f"{axis}{number}" for number in range(NUM_LANDMARKS) for axis in "xy"]
MIN_IOU = 0.3  # minimum IoU of the landmarks' square with the box of a face


def points_named(path: Path) -> dict[str, Path]:
    """The tables in a folder that DATA names, or the single table that it names, by data set.

    Raises:
        UserError: There is no table.
    """
    found = [path] if path.is_file() else files_like(path, "*.csv")
    if not found:
        raise UserError(
            f"DATA names {path} as points, but there is no table such as mtfl.csv; {HINT}."
        )
    return _by_set(found)


def points_beside(folder: Path) -> dict[str, Path]:
    """The tables in a folder `teacher_points` in a data set's folder or beside it, by data set."""
    folder = folder.absolute()
    found: dict[str, Path] = {}
    for place in (folder / FOLDER, folder.parent / FOLDER):
        try:
            found = _by_set(files_like(place, "*.csv")) | found
        except OSError:
            continue  # a folder without permission counts as missing
    return found


def _by_set(paths: Iterable[Path]) -> dict[str, Path]:
    return {path.stem.lower(): path for path in paths}


def with_points(
    images: Sequence[AnnotatedImage], tables: dict[str, Path], skipped: SkipReport
) -> list[AnnotatedImage]:
    """Completes the faces of one folder's images from the tables of their data sets.

    `skipped` counts the rows that cannot be used, and notes the number of completed faces.
    """
    completed = list(images)
    for source in dict.fromkeys(image.source for image in images):
        if (path := tables.get(source)) is not None:
            rows = [row for row, image in enumerate(images) if image.source == source]
            some = _completed([completed[row] for row in rows], path, skipped)
            for row, image in zip(rows, some, strict=True):
                completed[row] = image
    return completed


def read_points(path: Path, skipped: SkipReport) -> dict[str, np.ndarray]:
    """Reads a table: (21, 2) float64 pixels by image name, NaN for missing points.

    Raises:
        UserError: The file cannot be read, or is not a table of landmarks.
    """
    table = read_table(path)
    if missing := [name for name in (FILE, *COLUMNS) if name not in table.columns]:
        raise UserError(
            f"{path} is not a table of landmarks: it has no column {missing[0]!r}; the columns "
            f"must be {FILE}, {COLUMNS[0]}, {COLUMNS[1]} .. {COLUMNS[-1]}."
        )
    found: dict[str, np.ndarray] = {}
    for where, row in table.cells(skipped):
        try:
            points = numbers([row[name] or "nan" for name in COLUMNS]).reshape(-1, 2)
        except ValueError:
            skipped.add("row of points with a value that is not a number", where)
            continue
        points[~np.isfinite(points).all(axis=1)] = np.nan
        name = name_key(row[FILE])
        if name in found:
            skipped.add("points of an image listed twice, the first one is used", where)
        found.setdefault(name, points)
    return found


def _completed(
    images: list[AnnotatedImage], path: Path, skipped: SkipReport
) -> list[AnnotatedImage]:
    """Completes the images of one data set from its table."""
    table = read_points(path, skipped)
    for name in table.keys() - {name_key(image.name) for image in images}:
        skipped.add(f"points in {path.name} of an image that is not read", name)
    here = [row for row, image in enumerate(images) if name_key(image.name) in table]
    points = np.array([table[name_key(images[row].name)] for row in here]).reshape(
        -1, NUM_LANDMARKS, 2
    )
    squares = face_rectangles_xyxy(points, np.isfinite(points).all(axis=2))
    whose: list[tuple[int, int]] = []
    placed = []
    for row, square, some in zip(here, squares, points, strict=True):
        image = images[row]
        if np.isnan(square).any():
            skipped.add("too few points for a face", image.name)
            continue
        overlaps = iou_matrix_xyxy(square[None], image.boxes_xyxy)[0]
        if not (overlaps >= MIN_IOU).any():
            skipped.add("points that lie on no annotated face", image.name)
            continue
        whose.append((row, int(overlaps.argmax())))
        placed.append(np.where(is_far_outside(some, image)[:, None], np.nan, some))
    count = 0
    completed = list(images)
    faces = [images[row].faces[number] for row, number in whose]
    for (row, number), face in zip(whose, _faces_with(faces, placed), strict=True):
        image = completed[row]
        if fault := box_fault(face.box_xyxy, image.width, image.height):
            skipped.add(f"points that give a {fault}", image.name)
        elif face is not image.faces[number]:
            count += 1
            others = image.faces[:number], image.faces[number + 1 :]
            completed[row] = replace(image, faces=(*others[0], face, *others[1]))
    source = images[0].source
    skipped.notes.append(f"landmarks of {count:,} faces of {source} completed from {path}")
    return completed


def _faces_with(faces: Sequence[Face], placed: Sequence[np.ndarray]) -> list[Face]:
    """Completes each face with the missing ones of (21, 2) points; faces without points stay."""
    before = np.array([face.landmarks for face in faces], np.float64).reshape(-1, NUM_LANDMARKS, 2)
    lacking = np.asarray(np.isnan(before).any(axis=2))
    after = np.where(lacking[..., None], np.reshape(placed, before.shape), before)
    known = np.asarray(np.isfinite(after).all(axis=2))
    old, new = fit_many(before, ~lacking), fit_many(after, known)
    return [
        _face_with(face, points.astype(np.float32), added, fitted, view)
        for face, points, added, fitted, view in zip(
            faces, after, lacking & known, old, new, strict=True
        )
    ]


def _face_with(
    face: Face,
    landmarks: np.ndarray,
    added: np.ndarray,
    before: WeakPerspective | None,
    view: WeakPerspective | None,
) -> Face:
    if view is None or not added.any():
        return face
    unknown = added & np.isnan(face.visibility)
    visibility = np.where(unknown, np.where(turned_away(view.pose), 0, 1), face.visibility)
    face = replace(face, landmarks=landmarks, visibility=visibility.astype(np.float32))
    pose = fitted_pose(view, face)
    if before is not None:
        # An annotated angle, which differs from the fitted one, is kept.
        annotated = angle_difference(face.pose, before.pose) > SAME_ANGLE
    else:
        annotated = np.isfinite(face.pose)
    pose = np.where(annotated, face.pose, pose)
    return replace(face, box_xyxy=rectangle_of_view_xyxy(view).astype(np.float32), pose=pose)
