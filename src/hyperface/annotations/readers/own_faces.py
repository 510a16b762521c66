"""The project's own format: images beside a `faces.json`, with any mix of labels.

    {"format": "hyperface-faces", "version": 1, "licence": "...", "pictures": [
      {"file": "a.jpg", "complete": true, "split": "train", "ignored": [[x1, y1, x2, y2]],
       "faces": [
        {"box": [x1, y1, x2, y2], "landmarks": [[x, y], null, ... 21 in all],
         "visibility": [0, 1, null, ... 21 in all],
         "pose": {"roll": 0, "pitch": 0, "yaw": 0}, "gender": "male" or "female",
         "person": "...", "attributes": {...}}]}]}

Pixels as everywhere in the project: (0, 0) is the top-left corner of the image. Pose in degrees.
All labels of a face are optional, but it needs a box or four landmarks. `complete` means that the
image shows no other face, `ignored` has the boxes of faces that are neither to be found nor
background. `attributes` are notes that are not trained on; the evaluation of gender groups the
faces by `race`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import ImageFolder, file_named, read_json
from hyperface.annotations.readers.labeling import annotated_face, usable_boxes, with_fits
from hyperface.annotations.record import AnnotatedImage, Face, Labels, SkipReport
from hyperface.errors import UserError
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import GENDERS, NUM_LANDMARKS

NAME = "own_faces"
LAYOUT = "faces.json beside its images (this project's own format)"
SOURCE = "yours; data/README.md describes it"
FILE_NAME = "faces.json"
FORMAT, VERSION = "hyperface-faces", 1
IMAGE_KEYS = frozenset({"file", "complete", "split", "faces", "ignored"})
FACE_KEYS = frozenset({"box", "landmarks", "visibility", "pose", "gender", "person", "attributes"})
POINT_SIZE, BOX_SIZE, HALF_TURN = 2, 4, 180


def recognizes(folder: Path) -> bool:
    """Whether the folder has a `faces.json`."""
    return file_named(folder, FILE_NAME) is not None


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in the order of the file.

    Raises:
        UserError: The file is not JSON, or not of this format and version.
    """
    folder = folder.absolute()
    entries = _load(file_named(folder, FILE_NAME) or folder / FILE_NAME)
    return with_fits(images_of(folder, entries, skipped), skipped)


def images_of(
    folder: Path, entries: Iterable[object], skipped: SkipReport
) -> Iterator[AnnotatedImage]:
    """Makes images of the entries of `faces.json`; `with_fits` adds boxes and poses."""
    images = ImageFolder(folder, folder.name.lower() or NAME, skipped)
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
            skipped.add("entry without a file name", f"{FILE_NAME} image {number}")
            continue
        if (image := images.find(entry["file"])) is None:
            continue
        try:
            _check_image(entry)
            given = _ignored(entry.get("ignored"))
        except ValueError as error:
            skipped.add(str(error), image.name)
            continue
        listed = [read_face(face, image, skipped) for face in entry["faces"]]
        faces = tuple(face for face in listed if face is not None)
        if listed and not faces:
            continue
        usable = usable_boxes(given, image, skipped, "ignored, ")
        # If a face or box was skipped, the image shows a face that is not in the record.
        rejected = len(faces) != len(listed) or not usable.all()
        yield replace(
            image,
            faces=faces,
            complete=bool(entry.get("complete")) and not rejected,
            split=entry.get("split"),
            ignored_xyxy=given[usable],
        )


def _load(path: Path) -> list:
    """The file's list of images."""
    content = read_json(path, "correct it there")
    head = (content.get("format"), content.get("version")) if isinstance(content, dict) else None
    if head != (FORMAT, VERSION) or not isinstance(content.get("pictures"), list):
        raise UserError(
            f"{path} is JSON, but not of this project's format; it needs "
            f'"format": "{FORMAT}", "version": {VERSION} and a list of "pictures".'
        )
    return content["pictures"]


def _check_image(entry: dict) -> None:
    _check_keys(entry, IMAGE_KEYS)
    if not isinstance(entry.get("complete"), bool | None):
        raise ValueError("complete that is not true or false")
    if entry.get("split") not in ("train", "validation", None):
        raise ValueError("split that is not train or validation")
    if not isinstance(entry.get("faces"), list):
        raise ValueError("faces that are not a list")


def read_face(entry: object, image: AnnotatedImage, skipped: SkipReport) -> Face | None:
    """A face of `faces.json`; None, counted in `skipped`, if it cannot be used."""
    try:
        if not isinstance(entry, dict):
            raise ValueError("face that is not an object")
        _check_keys(entry, FACE_KEYS)
        landmarks = _landmarks(entry.get("landmarks"))
        labels = _labels(entry, np.isfinite(landmarks).all(1))
    except ValueError as error:
        skipped.add(str(error), image.name)
        return None
    return annotated_face(landmarks, image, skipped, **labels)


def _labels(entry: dict, labeled: np.ndarray) -> Labels:
    """The labels that the entry has, as fields of `Face`."""
    labels: Labels = {}
    if entry.get("box") is not None:
        labels["published_box_xyxy"] = _numbers(entry["box"], BOX_SIZE, "box")
    if entry.get("visibility") is not None:
        labels["visibility"] = _visibility(entry["visibility"], labeled)
    if entry.get("pose") is not None:
        labels["pose"] = _pose(entry["pose"])
    if not isinstance(entry.get("attributes"), dict | None):
        raise ValueError("attributes that are not an object")
    if isinstance(race := (entry.get("attributes") or {}).get("race"), str):
        labels["group"] = race
    if (gender := entry.get("gender")) is not None:
        if not isinstance(gender, str) or gender not in GENDERS:
            raise ValueError("gender that is not male or female")
        labels["gender"] = float(GENDERS.index(gender))
    if (person := entry.get("person")) is not None:
        if not isinstance(person, str):
            raise ValueError("person that is not a name")
        labels["person"] = person.strip() or None
    return labels


def _ignored(entry: object) -> np.ndarray:
    """(M, 4) boxes."""
    if not isinstance(entry, list | None):
        raise ValueError("ignored that is not a list of boxes")
    boxes = [_numbers(box, BOX_SIZE, "ignored box") for box in entry or ()]
    return np.array(boxes, np.float32).reshape(-1, BOX_SIZE)


def _landmarks(entry: object) -> np.ndarray:
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    if entry is None:
        return landmarks
    if not isinstance(entry, list) or len(entry) != NUM_LANDMARKS:
        raise ValueError(f"landmarks that are not a list of {NUM_LANDMARKS}")
    for index, point in enumerate(entry):
        if point is not None:
            landmarks[index] = _numbers(point, POINT_SIZE, "landmark")
    return landmarks


def _visibility(entry: object, labeled: np.ndarray) -> np.ndarray:
    if (
        not isinstance(entry, list)
        or len(entry) != NUM_LANDMARKS
        or any(value not in (0, 1, None) for value in entry)
    ):
        raise ValueError(f"visibility that is not a list of {NUM_LANDMARKS} of 0, 1 or null")
    visibility = np.array([np.nan if value is None else value for value in entry], np.float32)
    if (visibility[~labeled] == 1).any():
        raise ValueError("visible landmark without a position")
    return visibility


def _pose(entry: object) -> np.ndarray:
    if not isinstance(entry, dict) or set(entry) != set(ANGLES):
        raise ValueError("pose that is not roll, pitch and yaw")
    angles = [entry[angle] for angle in ANGLES]
    known = np.array([angle is not None for angle in angles])
    degrees = _numbers([0 if angle is None else angle for angle in angles], len(ANGLES), "pose")
    if not (np.abs(degrees) <= HALF_TURN).all():
        raise ValueError("pose over 180 degrees")
    degrees = np.where(known, degrees, np.nan)
    return np.radians(degrees).astype(np.float32)


def _numbers(entry: object, count: int, what: str) -> np.ndarray:
    """A JSON list as (count,) float32; NaN is allowed here and found by the check of the box."""
    if (
        not isinstance(entry, list)
        or len(entry) != count
        or not all(type(value) in (int, float) for value in entry)  # not bool
    ):
        raise ValueError(f"{what} that is not {count} numbers")
    try:
        return np.array(entry, np.float64).astype(np.float32)
    except OverflowError:  # JSON has integers of any length
        raise ValueError(f"{what} with a number out of range") from None


def _check_keys(entry: dict, keys: frozenset[str]) -> None:
    """Raises for unknown keys, since a misspelled key would look like a missing label."""
    if unknown := set(entry) - keys:
        raise ValueError(f"unknown key {min(unknown)[:40]!r}")
