"""Sample files of `data.py create`: every stored region is a small picture of its own.

A face in it has the labels that it has in its picture, moved and stretched as the region was. The
split is the stored one, so no picture and no person is on both sides. Sample files are read where
DATA names them (`samples:/path`), never found by their layout: beside the pictures that they were
cut of, each face would be there twice.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from hyperface.annotations.readers.files import files_like
from hyperface.annotations.readers.labeling import with_fits
from hyperface.annotations.readers.own_faces import read_face
from hyperface.annotations.record import Face, Picture, SkipReport
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.images.stored_regions import IMAGES

NAME = "samples"
LAYOUT = "samples-00000.h5, ... with `samples:` before the path (of data.py create)"
SOURCE = "yours; `python src/data.py create` makes it of any data set"
FILES = "samples-*.h5"
BOXES, PICTURE_OF, PICTURES = "boxes_xyxy", "picture", "pictures"


def recognizes(folder: Path) -> bool:
    """Whether the folder has sample files."""
    return bool(files_like(folder, FILES))


def read(folder: Path, rejects: SkipReport) -> Iterator[Picture]:
    """Yields the regions, file by file; a file that is damaged or too old is counted."""
    for path in files_like(folder.absolute(), FILES):
        try:
            with h5py.File(path, "r") as file:
                side = file[IMAGES].shape[1]
                boxes, picture_of = file[BOXES][()], file[PICTURE_OF][()]
                entries = json.loads(file[PICTURES][()])
            whole = [_picture(path, entry, rejects) for entry in entries]
        except (OSError, RuntimeError, KeyError, ValueError, TypeError):
            rejects.add("sample file that is damaged, or of an older version: make it again",
                        path.name)  # fmt: skip
            continue
        fitted = {(p.source, p.name): p for p in with_fits(whole, rejects)}
        for row, (box, number) in enumerate(zip(boxes, picture_of, strict=True)):
            picture = fitted.get((whole[number].source, whole[number].name))
            if picture is None or not (picture.faces or picture.complete):
                rejects.add("region of a picture without annotation", whole[number].name)
            elif picture.split is None:
                fault = "region of a picture that is neither for training nor held out"
                rejects.add(fault, picture.name)
            else:
                yield _region(picture, row, box.astype(float), side)


def _picture(path: Path, entry: dict, rejects: SkipReport) -> Picture:
    """The picture that regions were cut of, with its faces; the path is the sample file's."""
    name, width, height = entry["name"], int(entry["width"]), int(entry["height"])
    faces = [read_face(face, width, height, name, rejects) for face in entry["faces"]]
    return Picture(
        path,
        name,
        entry["source"],
        width,
        height,
        tuple(face for face in faces if face is not None),
        complete=entry["complete"] and None not in faces,
        split=entry.get("split"),
    )


def _region(picture: Picture, row: int, box_xyxy: np.ndarray, side: int) -> Picture:
    """A region as a picture, with the faces that it shows some of."""
    shown = [
        face
        for face in picture.faces
        if iou_matrix_xyxy(face.box_xyxy[None], box_xyxy[None])[0, 0] > 0
    ]
    return replace(
        picture,
        name=f"{picture.name}/{picture.path.stem}-{row}",
        width=side,
        height=side,
        faces=tuple(_moved(face, box_xyxy, side) for face in shown),
        frame=row,
    )


def _moved(face: Face, box_xyxy: np.ndarray, side: int) -> Face:
    start, scale = box_xyxy[:2], side / (box_xyxy[2:] - box_xyxy[:2])

    def move(points: np.ndarray) -> np.ndarray:
        return ((points.reshape(-1, 2) - start) * scale).astype(np.float32).reshape(points.shape)

    return replace(
        face,
        box_xyxy=move(face.box_xyxy),
        landmarks=move(face.landmarks),
        published_box_xyxy=move(face.published_box_xyxy),
    )
