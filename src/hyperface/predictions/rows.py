"""The format of result rows: one JSON object per line for each image or frame.

    {"image", "file"?, "place"?, "frame"?, "time"?, "width", "height",
     "status": "ok" | "no_face" | "skipped", "reason"?, "seconds", "faces": [
       {"box": [x1, y1, x2, y2], "score", "landmarks": [[x, y] x 21], "visibility": [21],
        "pose": {"roll", "pitch", "yaw"}, "gender": {"label", "female"}, "track"?}]}

`image` is the name as given, `file` identifies the file (`predictions/identity.py`), and `place` is
its path below drawn/ and crops/ if that differs from the name. Frames of a video have `frame` (from
0), `time` (seconds) and `track` (one number per person, while they stay in view). Boxes
and landmarks are in pixels of the upright image, after the camera's EXIF rotation; (0, 0) is the
top-left corner. Angles are in degrees: yaw > 0, the nose points to the image's left; pitch > 0,
it points up; roll > 0, the head turns clockwise.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.geometry.landmarks import from_5, from_68
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import GENDERS, NUM_LANDMARKS

OK, NO_FACE, SKIPPED = "ok", "no_face", "skipped"
CONVENTIONS = {
    "pixels": "of the upright image, after its EXIF rotation; (0, 0) is the top-left corner",
    "angles": "degrees; yaw > 0: the nose points to the image's left; pitch > 0: it points up; "
    "roll > 0: the head turns clockwise",
    "visibility": "about 0 (hidden) to 1 (visible); from 0.5 on a landmark counts as visible",
    "female": "probability",
}
BOX_COLUMNS = ("left", "top", "right", "bottom")
CSV_COLUMNS = (
    *("image", "frame", "time", "width", "height", "status", "reason", "seconds"),
    *("face", "track", *BOX_COLUMNS, "score"),
    *(f"{axis}{number}" for number in range(NUM_LANDMARKS) for axis in ("x", "y", "v")),
    *(f"{angle}_degrees" for angle in ANGLES),
    *("gender", "female", "path"),
)
FROM_COUNT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    5: from_5,
    68: from_68,
    NUM_LANDMARKS: np.asarray,
}
Key = tuple[str, str | None]


def key_of(row: Mapping) -> Key:
    """The key of a file's rows: the image's name, and the absolute path if the row has a file."""
    return row["image"], row.get("file", {}).get("path")


def found_row(
    image: str,
    size: tuple[int, int],
    faces: Sequence[DetectedFace],
    seconds: float,
    frame: tuple[int, float] | None = None,
    file: Mapping | None = None,
) -> dict:
    """The row of a processed image; its size is that of the upright image in pixels.

    A frame of a video has a number and a time in seconds; a frame of a camera has no file.
    """
    return _about(image, size, frame, file) | {
        "status": OK if faces else NO_FACE,
        "seconds": round(seconds, 3),
        "faces": [entry_of_face(face) for face in faces],
    }


def skipped_row(
    image: str,
    reason: str,
    frame: tuple[int, float] | None = None,
    size: tuple[int, int] = (0, 0),
    file: Mapping | None = None,
) -> dict:
    """The row of an image or frame that could not be read."""
    return _about(image, size, frame, file) | {
        "status": SKIPPED,
        "reason": reason,
        "seconds": 0.0,
        "faces": [],
    }


def _about(
    image: str, size: tuple[int, int], frame: tuple[int, float] | None, file: Mapping | None
) -> dict:
    return {
        "image": image,
        **({} if file is None else {"file": dict(file)}),
        **({} if frame is None else {"frame": frame[0], "time": round(frame[1], 3)}),
        "width": size[0],
        "height": size[1],
    }


def entry_of_face(face: DetectedFace) -> dict:
    """One face of a row."""
    return {
        "box": _rounded(face.box_xyxy, 2),
        "score": round(face.score, 6),  # many are close to 1
        "landmarks": [_rounded(point, 2) for point in face.landmarks],
        "visibility": _rounded(face.visibility, 3),
        "pose": dict(zip(ANGLES, _rounded(face.pose_degrees, 2), strict=True)),
        "gender": {
            "label": GENDERS[int(face.female_probability >= 0.5)],
            "female": round(face.female_probability, 4),
        },
    }


def faces_of_row(row: dict, where: Path) -> list[DetectedFace]:
    """The faces of a row of this or any other program; `where` is the file of the row.

    A face needs a box and a score. It may have 21, 68 (300-W order) or 5 landmarks (eye centers,
    nose, mouth corners). Values that are missing or null become NaN.

    Raises:
        UserError: A face does not have this format.
    """
    try:
        return [face_of_entry(entry) for entry in row["faces"]]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise UserError(
            f"{where}: a face of {row['image']} cannot be used ({error}); give it a box of left, "
            "top, right and bottom, a score, and no landmarks or 5, 21 or 68 of them."
        ) from None


def face_of_entry(entry: dict) -> DetectedFace:
    """The face of an entry of a row."""
    box, score = _numbers(entry["box"], 4), float(entry["score"])
    if not (np.isfinite(box).all() and np.isfinite(score)):
        raise ValueError("a box or score that is not finite")
    if (box[2:] < box[:2]).any():
        raise ValueError("a box whose right or bottom is less than its left or top")
    points = entry.get("landmarks") or [[None, None]] * NUM_LANDMARKS
    if len(points) not in FROM_COUNT:
        raise ValueError(f"{len(points)} landmarks")
    pose = entry.get("pose") or {}
    degrees = _numbers([pose.get(angle) for angle in ANGLES], len(ANGLES))
    return DetectedFace(
        box_xyxy=box,
        score=score,
        landmarks=FROM_COUNT[len(points)](_numbers(points, len(points), 2)),
        visibility=_numbers(entry.get("visibility") or [None] * NUM_LANDMARKS, NUM_LANDMARKS),
        pose=np.radians(degrees),
        female_probability=float(_numbers((entry.get("gender") or {}).get("female"))),
    )


def csv_lines(row: dict) -> Iterator[dict]:
    """A row as lines of a table, one for each face; a row without faces gives one line."""
    head = {name: row.get(name) for name in CSV_COLUMNS[:8]}
    for number, face in enumerate(row["faces"] or [None]):
        line = {**head, "path": key_of(row)[1]}
        if face is not None:
            line |= {"face": number, "track": face.get("track"), "score": face["score"]}
            line |= dict(zip(BOX_COLUMNS, face["box"], strict=True))
            for index, (point, seen) in enumerate(
                zip(face["landmarks"], face["visibility"], strict=True)
            ):
                line |= {f"x{index}": point[0], f"y{index}": point[1], f"v{index}": seen}
            line |= {f"{angle}_degrees": face["pose"][angle] for angle in ANGLES}
            line |= {"gender": face["gender"]["label"], "female": face["gender"]["female"]}
        yield line


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]


def _numbers(values: object, *shape: int) -> np.ndarray:
    """Nested lists of numbers and None -> float64 with that shape, NaN for None."""
    array = np.array(values, np.float64)
    if array.shape != shape:
        raise ValueError(f"expected {' x '.join(map(str, shape))} numbers, got {array.shape}")
    return array
