"""AFLW: web images with up to 21 landmarks per face, box, pose and gender, in one database.

`aflw.sqlite` lies beside `flickr/0`, `flickr/2`, `flickr/3`. A landmark without a row could not be
seen by the annotator: it is invisible, not missing. Pose is in radians; yaw has the project's sign,
and roll and pitch are assumed to have it too. Points and boxes count pixels from 0. Images may show
other people without annotation. If a copy lacks a table of labels, these labels are missing. The
size of the images, if the database has it, is checked.
"""

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.annotations.readers.codes import GENDER_OF_WORD, code_of, gender_of
from hyperface.annotations.readers.database import open_read_only, stored_columns
from hyperface.annotations.readers.dataset_files import ImageFolder, file_named
from hyperface.annotations.readers.labeling import annotated_face, fitted, mark_missing
from hyperface.annotations.record import AnnotatedImage, Face, Labels, SkipReport
from hyperface.errors import UserError
from hyperface.tasks import NUM_LANDMARKS

NAME = "aflw"
LAYOUT = "aflw.sqlite beside flickr/ (AFLW)"
SOURCE = "TU Graz, Institute of Computer Graphics and Vision, on request; research use only"
FILE_NAME = "aflw.sqlite"
# Tables and columns that are required; all others are used if they exist.
REQUIRED = {"faces": ("face_id", "file_id"), "faceimages": ("file_id", "filepath")}
LABELS = {
    "facerect": ("x", "y", "w", "h"),
    "facepose": ("roll", "pitch", "yaw"),
    "facemetadata": ("sex",),
}
FEATURES, FEATURE_COLUMNS = "featurecoords", ("face_id", "feature_id", "x", "y")
# Columns of the table of images, with their possible names: some copies misspell width as `widht`.
IMAGE_COLUMNS = (("db_id",), ("filepath",), ("width", "widht"), ("height",))
IMAGE_FOLDERS = ("", "data", "flickr", "images")  # folders that the paths may start from
# The paper holds out 1,000 images at random and does not list them; these are drawn from all
# images of the database, in order of their paths, with this seed.
TEST_IMAGES, TEST_SEED = 1000, 1603
SMALLEST_TRAINING = 9  # minimum ratio of training to test images, for incomplete copies of AFLW


def recognizes(folder: Path) -> bool:
    """Whether the folder has AFLW's database."""
    return file_named(folder, FILE_NAME) is not None


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in order of their paths.

    Raises:
        UserError: The database cannot be read, or is not AFLW's.
    """
    path = file_named(folder, FILE_NAME) or folder / FILE_NAME
    with open_read_only(path, REQUIRED, "AFLW's") as database:
        try:
            query = _query(database, skipped)
            features = _features(database, skipped)
            db_id = "db_id" if "db_id" in stored_columns(database, "faceimages") else "NULL"
            listed = database.execute(f"SELECT DISTINCT {db_id}, filepath FROM faceimages")
            held_out = test_images([_name(*row) for row in listed])
            images = ImageFolder(folder, NAME, skipped)
            for written, rows in _rows_by_image(database.execute(query), skipped):
                if (image := _image(images, written, rows, features, skipped)) is not None:
                    split = "validation" if written in held_out else "train"
                    yield replace(image, split=split)
        except sqlite3.Error as error:
            raise UserError(f"The database {path} cannot be read ({error}).") from error


def test_images(names: list[str]) -> set[str]:
    """The names of the test images among all images of the database."""
    count = min(TEST_IMAGES, len(names) // (SMALLEST_TRAINING + 1))
    order = np.random.default_rng(TEST_SEED).permutation(len(names))
    names = sorted(names)
    return {names[index] for index in order[:count]}


def _query(database: sqlite3.Connection, skipped: SkipReport) -> str:
    """The query for the faces, with NULL for tables and columns that this copy does not have.

    If a face has several rows in a table, the first is used: some copies have two rectangles.
    """
    images = stored_columns(database, "faceimages")
    keys = ["file_id"]
    if "db_id" in images & stored_columns(database, "faces"):
        keys.append("db_id")
    facts = [next((name for name in names if name in images), None) for names in IMAGE_COLUMNS]
    chosen = ["faceimages.file_id", *_columns("faceimages", facts), "faces.face_id"]
    joined = [_first_rows("faceimages", keys, facts)]
    for table, columns in LABELS.items():
        stored = _has(database, table, ("face_id", *columns), skipped)
        chosen += _columns(table, columns if stored else [None] * len(columns))
        joined += [_first_rows(table, ["face_id"], columns)] if stored else []
    return f"""
        SELECT {", ".join(chosen)} FROM faces {" ".join(joined)}
        ORDER BY {chosen[1]}, faceimages.filepath, faces.face_id
    """


def _columns(table: str, columns: Sequence[str | None]) -> list[str]:
    return [f"{table}.{column}" if column else "NULL" for column in columns]


def _first_rows(table: str, keys: Sequence[str], columns: Sequence[str | None]) -> str:
    """The join with the first row of a table for each face or image."""
    names = ", ".join(dict.fromkeys([*keys, *filter(None, columns)]))
    rows = f"SELECT {names}, MIN(rowid) FROM {table} GROUP BY {', '.join(keys)}"
    equal = " AND ".join(f"{table}.{key} = faces.{key}" for key in keys)
    return f"LEFT JOIN ({rows}) AS {table} ON {equal}"


def _has(
    database: sqlite3.Connection, table: str, columns: tuple[str, ...], skipped: SkipReport
) -> bool:
    """Whether the database has a table of labels; a missing table is counted in `skipped`."""
    stored = stored_columns(database, table)
    missing = sorted(set(columns) - stored)
    if missing:
        fault = f"no {', '.join(missing)} in {table}" if stored else f"no table {table}"
        skipped.add(f"database with {fault}, these labels treated as missing", FILE_NAME)
    return not missing


def _rows_by_image(rows: Iterable[tuple], skipped: SkipReport) -> Iterator[tuple[str, list[tuple]]]:
    """The path of each image with the rows of its faces, which are consecutive."""

    def listed() -> Iterator[tuple]:
        for row in rows:
            if row[0] is not None:
                yield row
                continue
            skipped.add("face of an image that the database does not list", f"face {row[5]!r:.20}")

    for name, group in groupby(listed(), key=lambda row: _name(*row[1:3])):
        yield name, [row[3:] for row in group]


def _image(
    images: ImageFolder,
    written: str,
    rows: list[tuple],
    features: dict[object, np.ndarray],
    skipped: SkipReport,
) -> AnnotatedImage | None:
    """The image with the faces of some rows; None if it cannot be used."""
    if (image := images.find(written, IMAGE_FOLDERS)) is None:
        return None
    if not all(_fits(row[:2], (image.width, image.height)) for row in rows):
        skipped.add("image whose size differs from the database", image.name)
        return None
    return replace(image, faces=tuple(_face(row[2:], image, features, skipped) for row in rows))


def _fits(told: tuple, size: tuple[int, int]) -> bool:
    """Whether width and height are those in the database; NULL and 0 match any size."""
    return all(
        told == side or not np.nan_to_num(told)
        for told, side in zip(_numbers(told), size, strict=True)
    )


def _face(
    row: tuple, image: AnnotatedImage, features: dict[object, np.ndarray], skipped: SkipReport
) -> Face:
    name = image.name
    face_id, x, y, w, h, *angles, sex = row
    fault = "sex that is neither m nor f"
    labels: Labels = {"gender": gender_of(sex, GENDER_OF_WORD, fault, name, skipped)}
    if _garbled((x, y, w, h, *angles)):
        skipped.add("box or pose with a value that is not a number, treated as missing", name)
    box = _numbers((x, y, w, h))
    if np.isfinite(box).all():
        labels["published_box_xyxy"] = np.array([*box[:2], *(box[:2] + box[2:])], np.float32)
    pose = _numbers(angles)
    if (np.abs(pose) > math.pi).any():
        skipped.add("pose over 180 degrees, treated as missing: degrees instead of radians?", name)
    elif np.isfinite(pose).all():
        labels["pose"] = pose.astype(np.float32)
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    if face_id in features:
        written = features[face_id]
        landmarks = mark_missing(written) + 0.5  # pixels counted from 0
        placed = np.isfinite(landmarks).all(1)
        has_row = ~np.isnan(written).all(1)
        labels["visibility"] = np.where(placed, 1, np.where(has_row, np.nan, 0)).astype(np.float32)
    return annotated_face(landmarks, image, skipped, **labels)


def _features(database: sqlite3.Connection, skipped: SkipReport) -> dict[object, np.ndarray]:
    """The landmarks of each face as written, (21, 2); NaN if there is no row."""
    features: dict[object, np.ndarray] = {}
    if not _has(database, FEATURES, FEATURE_COLUMNS, skipped):
        return features
    query = f"SELECT {', '.join(FEATURE_COLUMNS)} FROM {FEATURES}"
    for face_id, feature_id, *point in database.execute(query):
        (number,) = _numbers([feature_id])
        if number not in range(1, NUM_LANDMARKS + 1):
            skipped.add("landmark number outside 1 to 21", f"face {face_id!r:.20}")
            continue
        points = features.setdefault(face_id, np.full((NUM_LANDMARKS, 2), np.nan))
        numbers = _numbers(point)
        if _garbled(point):
            skipped.add("landmark with a value that is not a number, treated as missing",
                        f"face {face_id!r:.20}")  # fmt: skip
        # A row without numbers does not mean that the landmark is hidden.
        points[int(number) - 1] = numbers if np.isfinite(numbers).all() else (-1, -1)
    return features


def _name(db_id: object, filepath: object) -> str:
    """The image's path below the data set's folder, as the database has it."""
    return f"{filepath}" if db_id is None else f"{db_id}/{filepath}"


def _garbled(values: Sequence[object]) -> bool:
    """Whether a value is not a number; empty values are allowed."""
    return any(code_of(value) is not None and np.isnan(_numbers([value])[0]) for value in values)


def _numbers(values: Sequence[Any]) -> np.ndarray:
    """Values of a row as float64, including numbers written as text; NaN for other values."""
    numbers = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        with suppress(TypeError, ValueError, OverflowError):
            numbers[place] = float(value)
    return numbers
