"""Sample files of `data.py create`: every stored region is read as an image of its own.

The labels of a face are those in its original image, shifted and scaled with the region. The split
is the stored one, so no image and no person is on both sides. Sample files are only read if DATA
names them (`samples:/path`) and never found by their layout, because beside their original images
every face would occur twice.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from hyperface.annotations.readers.dataset_files import files_like
from hyperface.annotations.readers.labeling import with_fits
from hyperface.annotations.readers.own_faces import read_face
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.images.decoding import IMAGES

NAME = "samples"
LAYOUT = "samples-00000.h5, ..., written by data.py create, with `samples:` before the path"
SOURCE = "yours; `python src/data.py create` makes it from any data set"
FILES = "samples-*.h5"
BOXES, RECORD_OF, RECORDS = "boxes_xyxy", "picture", "pictures"


def recognizes(folder: Path) -> bool:
    """Whether the folder has sample files."""
    return bool(files_like(folder, FILES))


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the regions, file by file; a file that is damaged or too old is counted."""
    for path in files_like(folder.absolute(), FILES):
        try:
            with h5py.File(path, "r") as file:
                side = file[IMAGES].shape[1]
                boxes, image_of = file[BOXES][()], file[RECORD_OF][()]
                entries = json.loads(file[RECORDS][()])
            whole = [_image(path, entry, skipped) for entry in entries]
        except (OSError, RuntimeError, KeyError, ValueError, TypeError):
            skipped.add("sample file that is damaged, or of an older version: make it again",
                        path.name)  # fmt: skip
            continue
        fitted = {(p.source, p.name): p for p in with_fits(whole, skipped)}
        for row, (box, number) in enumerate(zip(boxes, image_of, strict=True)):
            image = fitted.get((whole[number].source, whole[number].name))
            if image is None or not (image.faces or image.complete):
                skipped.add("region of an image without annotation", whole[number].name)
            elif image.split is None:
                fault = "region of an image that is neither for training nor held out"
                skipped.add(fault, image.name)
            else:
                yield _region(image, row, box.astype(float), side)


def _image(path: Path, entry: dict, skipped: SkipReport) -> AnnotatedImage:
    """The image that regions were cropped from, with its faces; the path is the sample file's."""
    size = int(entry["width"]), int(entry["height"])
    image = AnnotatedImage(path, entry["name"], entry["source"], *size)
    faces = [read_face(face, image, skipped) for face in entry["faces"]]
    return replace(
        image,
        faces=tuple(face for face in faces if face is not None),
        complete=entry["complete"] and None not in faces,
        split=entry.get("split"),
        ignored_xyxy=np.array(entry.get("ignored", []), np.float32).reshape(-1, 4),
    )


def _region(image: AnnotatedImage, row: int, box_xyxy: np.ndarray, side: int) -> AnnotatedImage:
    """A region as an image, with the faces of which it shows a part."""

    def overlapping(boxes_xyxy: np.ndarray) -> np.ndarray:
        return iou_matrix_xyxy(boxes_xyxy, box_xyxy[None])[:, 0] > 0

    shown = [image.faces[number] for number in np.flatnonzero(overlapping(image.boxes_xyxy))]
    ignored = image.ignored_xyxy[overlapping(image.ignored_xyxy)]
    return replace(
        image,
        name=f"{image.name}/{image.path.stem}-{row}",
        width=side,
        height=side,
        faces=tuple(_moved(face, box_xyxy, side) for face in shown),
        frame=row,
        ignored_xyxy=_move(ignored, box_xyxy, side),
    )


def _moved(face: Face, box_xyxy: np.ndarray, side: int) -> Face:
    return replace(
        face,
        box_xyxy=_move(face.box_xyxy, box_xyxy, side),
        landmarks=_move(face.landmarks, box_xyxy, side),
        published_box_xyxy=_move(face.published_box_xyxy, box_xyxy, side),
    )


def _move(points: np.ndarray, box_xyxy: np.ndarray, side: int) -> np.ndarray:
    """Points, or corners of boxes, in pixels of the image -> in pixels of the resized region."""
    start, scale = box_xyxy[:2], side / (box_xyxy[2:] - box_xyxy[:2])
    return ((points.reshape(-1, 2) - start) * scale).astype(np.float32).reshape(points.shape)
