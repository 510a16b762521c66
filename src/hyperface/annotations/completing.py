"""Completes the annotation of images with a list of faces that their data sets do not annotate."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import name_key, read_json
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.errors import UserError

_FORMAT = (
    'it is read as {"data set": {"picture": {"faces": [[left, top, right, bottom]], '
    '"ignored": []}}}, which data/held_out/README.md describes'
)


def complete_images(images: Sequence[AnnotatedImage], path: Path) -> list[AnnotatedImage]:
    """Adds the listed faces to the images that a list names.

    The list is a JSON file with entries `faces` and `ignored` for each data set and image name:
    boxes xyxy in pixels that the data set does not annotate (data/held_out/README.md).

    Returns:
        The images that the list names, each complete; the added faces have only a box.

    Raises:
        UserError: The file cannot be read, has another format, or has a box outside its image,
            which means that the list describes another image with that name.
    """
    listed = read_json(path, _FORMAT)
    try:
        boxes = {
            (source, name_key(name)): tuple(
                _boxes(entry.get(kind, [])) for kind in ("faces", "ignored")
            )
            for source, entries in listed.items()
            for name, entry in entries.items()
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise UserError(f"{path} lists no images; {_FORMAT}.") from error
    known = [each for each in images if (each.source, name_key(each.name)) in boxes]
    completed = []
    for image in known:
        faces, ignored = boxes[image.source, name_key(image.name)]
        listed = np.concatenate([faces, ignored])
        if (listed[:, :2] >= (image.width, image.height)).any() or (listed[:, 2:] <= 0).any():
            raise UserError(
                f"{path} has a box of {image.source}/{image.name} that lies outside of "
                f"{image.path} ({image.width} x {image.height} pixels), so it belongs to another "
                "image; give the data set that the list was made for."
            )
        added = (Face(box, published_box_xyxy=box) for box in faces)
        ignored = np.concatenate([image.ignored_xyxy, ignored])
        completed.append(
            replace(image, faces=(*image.faces, *added), ignored_xyxy=ignored, complete=True)
        )
    return completed


def _boxes(rows: list) -> np.ndarray:
    boxes = np.array(rows, np.float32).reshape(-1, 4)
    if not np.isfinite(boxes).all() or (boxes[:, 2:] <= boxes[:, :2]).any():
        raise ValueError("a box without an area")
    return boxes
