"""Records as COCO key points, for programs that read those.

Key points have COCO's flags (0 not labeled, 1 hidden, 2 visible) and its coordinates, in which the
first pixel's center is 0. A hidden point without a position is written as not labeled, since COCO
cannot express it. Labels without a field in COCO are written as `attributes` of the annotation:
gender, roll, pitch and yaw in degrees, person, race. The entry of an image also has `complete`
(whether all faces are annotated) and `split`. An ignored face is a crowd (`iscrowd`).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.coco_annotations import CONTRIBUTOR, HIDDEN, NOT_LABELED, VISIBLE
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.annotations.writers.own_writers import face_entry, plain_numbers, write_list
from hyperface.geometry.boxes import area_xyxy, xyxy_to_xywh
from hyperface.geometry.landmarks import LANDMARK_NAMES
from hyperface.utils.files import atomic_write

FILE_NAME = "coco.json"
CATEGORY = {"id": 1, "name": "face", "keypoints": list(LANDMARK_NAMES), "skeleton": []}
FIRST_CENTER = 0.5  # of the first pixel, in the project's coordinates


def write_coco(folder: Path, images: Sequence[tuple[str, AnnotatedImage]]) -> None:
    """Writes `coco.json`, which replaces an older one atomically.

    Each image is given with the name of its file relative to `folder`.
    """
    path = folder / FILE_NAME
    with atomic_write(path) as aside, aside.open("w", encoding="utf-8") as file:
        info = json.dumps({"contributor": CONTRIBUTOR})
        file.write(f'{{"info": {info},\n"categories": {json.dumps([CATEGORY])},\n"images": ')
        write_list(file, _images(images))
        file.write(',\n"annotations": ')
        write_list(file, _annotations(images))
        file.write("}\n")


def _images(images: Sequence[tuple[str, AnnotatedImage]]) -> Iterator[dict]:
    for number, (file, image) in enumerate(images, start=1):
        size = {"width": image.width, "height": image.height}
        more = {"complete": image.complete} | ({"split": image.split} if image.split else {})
        yield {"id": number, "file_name": file} | size | more


def _annotations(images: Sequence[tuple[str, AnnotatedImage]]) -> Iterator[dict]:
    number = 0
    for pixels, (_, image) in enumerate(images, start=1):
        found = [(_box_xyxy(face), _labels(face)) for face in image.faces]
        found += [(box, {"iscrowd": 1}) for box in image.ignored_xyxy]
        for box, labels in found:
            number += 1
            yield {"id": number} | _annotation(box, pixels) | labels


def _box_xyxy(face: Face) -> np.ndarray:
    """The box as in `faces.json`, such as the one that the data set publishes, or the project's."""
    return np.array(face_entry(face).get("box", face.box_xyxy), np.float32)


def _annotation(box_xyxy: np.ndarray, image: int) -> dict:
    return {
        "image_id": image,
        "category_id": CATEGORY["id"],
        "bbox": plain_numbers(xyxy_to_xywh(box_xyxy)),
        "area": float(str(area_xyxy(box_xyxy))),
        "iscrowd": 0,
        "keypoints": [0] * (3 * len(LANDMARK_NAMES)),
        "num_keypoints": 0,
    }


def _labels(face: Face) -> dict:
    placed = np.isfinite(face.landmarks).all(1)
    flags = np.where(face.visibility == 0, HIDDEN, VISIBLE) * placed
    keypoints: list[float | None] = []
    for point, flag in zip(face.landmarks - FIRST_CENTER, flags.tolist(), strict=True):
        keypoints += [*plain_numbers(point), flag] if flag else [0, 0, NOT_LABELED]
    entry = face_entry(face)
    attributes = entry.get("pose", {}) | {
        key: entry[key] for key in ("gender", "person") if key in entry
    }
    attributes |= entry.get("attributes", {})
    return {
        "keypoints": keypoints,
        "num_keypoints": int((flags > 0).sum()),
        "attributes": attributes,
    }
