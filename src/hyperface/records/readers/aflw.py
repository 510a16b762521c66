"""AFLW: web pictures with up to 21 landmarks a face, box, pose and gender, in one database.

`aflw.sqlite` lies beside `flickr/0`, `flickr/2`, `flickr/3`. A landmark without a row is one that
the annotator could not see: invisible, not missing. Pose is in radians; its yaw has the project's
sign, its roll and pitch are taken to have it too. Points and boxes count pixels from 0. Other
people may be in a picture without annotation.
"""

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from hyperface.records.readers.database import open_read_only
from hyperface.records.readers.files import size_of_named
from hyperface.records.readers.labelling import annotated_face, mark_missing, with_fits
from hyperface.records.record import Face, Picture, Rejects
from hyperface.tasks import NUM_LANDMARKS

NAME = "aflw"
LAYOUT = "aflw.sqlite beside flickr/ (AFLW)"
SOURCE = "TU Graz, Institute of Computer Graphics and Vision, on request; research use only"
FILE_NAME = "aflw.sqlite"
# "widht" is AFLW's own spelling.
TABLES = {
    "faces": ("face_id", "file_id", "db_id"),
    "faceimages": ("file_id", "db_id", "filepath", "widht", "height"),
    "facerect": ("face_id", "x", "y", "w", "h"),
    "facepose": ("face_id", "roll", "pitch", "yaw"),
    "facemetadata": ("face_id", "sex"),
    "featurecoords": ("face_id", "feature_id", "x", "y"),
}
# Of several rows where one belongs the first: copies have faces with two rectangles.
FACES = """
    SELECT faceimages.db_id, faceimages.filepath, faceimages.widht, faceimages.height,
           faces.face_id, facerect.x, facerect.y, facerect.w, facerect.h,
           facepose.roll, facepose.pitch, facepose.yaw, facemetadata.sex
    FROM faces
    LEFT JOIN (SELECT file_id, db_id, filepath, widht, height, MIN(rowid)
               FROM faceimages GROUP BY file_id, db_id) AS faceimages
        ON faceimages.file_id = faces.file_id AND faceimages.db_id = faces.db_id
    LEFT JOIN (SELECT face_id, x, y, w, h, MIN(rowid) FROM facerect GROUP BY face_id) AS facerect
        ON facerect.face_id = faces.face_id
    LEFT JOIN (SELECT face_id, roll, pitch, yaw, MIN(rowid)
               FROM facepose GROUP BY face_id) AS facepose
        ON facepose.face_id = faces.face_id
    LEFT JOIN (SELECT face_id, sex, MIN(rowid) FROM facemetadata GROUP BY face_id) AS facemetadata
        ON facemetadata.face_id = faces.face_id
    ORDER BY faceimages.db_id, faceimages.filepath, faces.face_id
"""
GENDER_OF_SEX = {"m": 0.0, "f": 1.0}
# The paper holds out 1,000 pictures at random and does not list them; these are drawn from all
# pictures of the database, in order of their paths, with this seed.
TEST_PICTURES, TEST_SEED = 1000, 1603
SMALLEST_TRAINING = 9  # times the test pictures; a part of AFLW keeps a tenth for the test


def recognises(folder: Path) -> bool:
    """Whether the folder has AFLW's database."""
    return (folder / FILE_NAME).is_file()


def read(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    """Yields the pictures, in order of their paths.

    Raises:
        UserError: The database cannot be read, or is not AFLW's.
    """
    return with_fits(_annotated(folder, rejects), rejects)


def test_pictures(names: list[str]) -> set[str]:
    """The held-out ones of all pictures of the database."""
    count = min(TEST_PICTURES, len(names) // (SMALLEST_TRAINING + 1))
    order = np.random.default_rng(TEST_SEED).permutation(len(names))
    names = sorted(names)
    return {names[index] for index in order[:count]}


def _annotated(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    path = folder / FILE_NAME
    with open_read_only(path, TABLES, "AFLW's") as database:
        try:
            features = _features(database, rejects)
            written = database.execute("SELECT DISTINCT db_id, filepath FROM faceimages")
            held_out = test_pictures([_name(*row) for row in written])
            yield from _pictures(database, folder, features, held_out, rejects)
        except sqlite3.Error as error:
            raise UserError(f"The database {path} cannot be read ({error}).") from error


def _pictures(
    database: sqlite3.Connection,
    folder: Path,
    features: dict[object, np.ndarray],
    held_out: set[str],
    rejects: Rejects,
) -> Iterator[Picture]:
    """Joins the rows of one picture after another."""
    last, rows = None, []
    for row in database.execute(FACES):
        if row[0] is None:
            rejects.add("face of a picture that the database does not list", f"face {row[4]!r:.20}")
            continue
        name = _name(*row[:2])
        if name != last and rows:
            yield from _picture(folder, last, rows, features, held_out, rejects)
            rows = []
        last = name
        rows.append(row[2:])
    if rows:
        yield from _picture(folder, last, rows, features, held_out, rejects)


def _picture(
    folder: Path,
    written: str,
    rows: list[tuple],
    features: dict[object, np.ndarray],
    held_out: set[str],
    rejects: Rejects,
) -> Iterator[Picture]:
    """The picture of some rows; nothing where it cannot be used."""
    size = size_of_named(folder, written, rejects)
    if size is None:
        return
    name, width, height = size
    if any(row[:2] not in ((None, None), (0, 0), (width, height)) for row in rows):
        rejects.add("picture of another size than the database says", name)
        return
    faces = tuple(_face(row[2:], width, height, name, features, rejects) for row in rows)
    split = "validation" if written in held_out else "train"
    yield Picture(folder / name, name, NAME, width, height, faces, split=split)


def _face(
    row: tuple,
    width: int,
    height: int,
    name: str,
    features: dict[object, np.ndarray],
    rejects: Rejects,
) -> Face:
    face_id, x, y, w, h, *angles, sex = row
    labels = {"gender": GENDER_OF_SEX.get(sex, math.nan)}
    box = _numbers((x, y, w, h))
    if np.isfinite(box).all():
        labels["published_box_xyxy"] = np.float32([*box[:2], *(box[:2] + box[2:])])
    pose = _numbers(angles)
    if (np.abs(pose) > math.pi).any():
        rejects.add("pose over half a turn, taken as missing: degrees where radians belong?", name)
    elif np.isfinite(pose).all():
        labels["pose"] = np.float32(pose)
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    if face_id in features:
        written = features[face_id]
        landmarks = mark_missing(written) + 0.5  # pixels counted from 0
        placed = np.isfinite(landmarks).all(1)
        has_row = ~np.isnan(written).all(1)
        labels["visibility"] = np.where(placed, 1, np.where(has_row, np.nan, 0)).astype(np.float32)
    return annotated_face(landmarks, width, height, name, rejects, **labels)


def _features(database: sqlite3.Connection, rejects: Rejects) -> dict[object, np.ndarray]:
    """By face, its landmarks as written, (21, 2); NaN where there is no row."""
    features: dict[object, np.ndarray] = {}
    for face_id, feature_id, *point in database.execute(
        "SELECT face_id, feature_id, x, y FROM featurecoords"
    ):
        if type(feature_id) is not int or not 1 <= feature_id <= NUM_LANDMARKS:
            rejects.add("landmark with a number that is not 1 to 21", f"face {face_id!r:.20}")
            continue
        points = features.setdefault(face_id, np.full((NUM_LANDMARKS, 2), np.nan))
        numbers = _numbers(point)
        # A row without numbers is no statement that the landmark is hidden.
        points[feature_id - 1] = numbers if np.isfinite(numbers).all() else (-1, -1)
    return features


def _name(db_id: object, filepath: object) -> str:
    """The picture's path below the data set's folder, as the database has it."""
    return f"{db_id}/{filepath}"


def _numbers(values: tuple | list) -> np.ndarray:
    """Values of a row as float64; whatever is not a number is NaN."""
    plain = [value if isinstance(value, int | float) else math.nan for value in values]
    return np.array(plain, np.float64)
