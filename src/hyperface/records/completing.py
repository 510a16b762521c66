"""Pictures of data sets with unannotated people, made complete by a list of those people."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from hyperface.records.record import Face, Picture
from hyperface.runs.text import composed

_FORMAT = (
    'it is read as {"data set": {"picture": {"faces": [[left, top, right, bottom]], "ignored": []}}'
)


def complete_pictures(pictures: Sequence[Picture], path: Path) -> list[Picture]:
    """The pictures that a list names, with every face annotated.

    Args:
        pictures: Of any data sets.
        path: A JSON file: by data set and name of the picture, `faces` and `ignored`, boxes xyxy in
            pixels of what the data set does not annotate (data/held_out/README.md).

    Returns:
        The named pictures that are among the given ones; each is complete, and its further faces
        have a box alone.

    Raises:
        UserError: The file cannot be read, or is of another format.
    """
    try:
        listed = json.loads(path.read_bytes())  # of any of the encodings of Unicode
        boxes = {
            (source, _key(name)): tuple(
                _boxes(entry.get(kind, [])) for kind in ("faces", "ignored")
            )
            for source, entries in listed.items()
            for name, entry in entries.items()
        }
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise UserError(f"{path} lists no pictures: {_FORMAT}") from error
    return [
        _completed(picture, *boxes[picture.source, _key(picture.name)])
        for picture in pictures
        if (picture.source, _key(picture.name)) in boxes
    ]


def _key(name: str) -> str:
    """A picture's name, the same however it is written."""
    return composed(name.replace("\\", "/"))


def _boxes(rows: list) -> np.ndarray:
    boxes = np.array(rows, np.float32).reshape(-1, 4)
    if not np.isfinite(boxes).all() or (boxes[:, 2:] <= boxes[:, :2]).any():
        raise ValueError("a box without an area")
    return boxes


def _completed(picture: Picture, faces: np.ndarray, ignored: np.ndarray) -> Picture:
    return replace(
        picture,
        faces=(*picture.faces, *(Face(box, published_box_xyxy=box) for box in faces)),
        ignored_xyxy=np.concatenate([picture.ignored_xyxy, ignored]),
        complete=True,
    )
