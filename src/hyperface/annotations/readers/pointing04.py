"""Pointing'04: people looking at markers in a room, so that their pan and tilt are known.

`Person01/person01152+0+90.jpg` is person 01 in series 1, image 52, tilt 0, pan +90 degrees. Tilt is
pitch: positive looks up. Pan is yaw: positive turns the nose to the image's left. Roll is not
annotated. The angles are those of the markers and accurate to about 10 degrees. The file with the
suffix `.txt` has the image's name, the word Face, and center x, center y, width and height of a box
from the brows to the mouth or chin, with one number per line.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import (
    ImageFolder,
    file_named,
    files_like,
    folders_below,
    images_in,
)
from hyperface.annotations.readers.labeling import fitted
from hyperface.annotations.readers.tables import numbered_lines, numbers, parsed
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.geometry.rectangle import BoxRule

NAME = "pointing04"
LAYOUT = "Person01/person01152+0+90.jpg beside person01152+0+90.txt (Pointing'04)"
SOURCE = "N. Gourier, D. Hall, J. Crowley, INRIA Grenoble 2004; free if the article is cited"
FILE_NAME = re.compile(r"person(\d{2})([12])(\d{2})([+-]\d{1,2})([+-]\d{1,2})", re.IGNORECASE)
FACE = "face"
# Measured against the squares around the landmarks that the project's weights predict. In a turned
# head the center of the square lies behind that of the box, by `BACKWARD_SHIFT` widths times the
# sine of the pan. docs/data-sets.md has the IoU before and after.
BOX_RULE = BoxRule(side=1.16, down=0.07)
BACKWARD_SHIFT = 0.08


def recognizes(folder: Path) -> bool:
    """Whether the folder or one of its sub-folders has images with Pointing'04's names."""
    people = (path for path in folder.iterdir() if re.fullmatch("person\\d+", path.name.lower()))
    return any(
        FILE_NAME.fullmatch(path.stem)
        for place in (folder, *sorted(people)[:5])
        for path in files_like(place, "person*.jpg")[:5]
    )


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, folder by folder, in order of their names."""
    images = ImageFolder(folder, NAME, skipped)
    for place in folders_below(folder, skipped):
        for path in images_in(place, skipped):
            name = path.relative_to(folder).as_posix()
            if (match := FILE_NAME.fullmatch(path.stem)) is None:
                skipped.add("file name without person, series, number, tilt and pan", name)
                continue
            if (image := images.find(name)) is None:
                continue
            if (file := file_named(place, f"{path.stem}.txt")) is None:
                skipped.add("image without a box", name)
                continue
            if (box := parsed(parse_box, file, name, skipped)) is None:
                continue
            person, _, _, tilt, pan = match.groups()
            rule = replace(BOX_RULE, right=BACKWARD_SHIFT * np.sin(np.radians(float(pan))))
            face = Face(
                rule.squares_xyxy(box).astype(np.float32),
                pose=np.radians([np.nan, float(tilt), float(pan)]).astype(np.float32),
                person=f"{NAME} {person}",  # other data sets use the same numbers
                published_box_xyxy=box.astype(np.float32),
            )
            yield replace(image, faces=(face,), complete=True)


def parse_box(path: Path) -> np.ndarray:
    """Reads the box of an image: (4,) float64 left, top, right, bottom in pixels.

    Raises:
        ValueError: The file cannot be used; the message says why.
    """
    lines = [line for _, line in numbered_lines(path)]
    at = next((n for n, line in enumerate(lines) if line.lower() == FACE), None)
    words = lines[at + 1 : at + 5] if at is not None else []
    try:
        values = numbers(words)
    except ValueError:
        raise ValueError("box with a value that is not a number") from None
    if len(values) != 4:
        raise ValueError("no box of four numbers below the word Face")
    center, size = values[:2], values[2:]
    return np.concatenate([center - size / 2, center + size / 2])
