"""Pictures of many small faces, made of pictures of one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import Face, Picture

SOURCE = "mosaic"


def mosaic(pictures: Sequence[Picture], path: Path, across: int, side: int) -> Picture:
    """Lays pictures out in a square grid, each shrunk or enlarged into its cell.

    Args:
        pictures: Up to `across` squared of them.
        path: Where the mosaic is written, as PNG.
        across: Cells in a row.
        side: Of the whole, in pixels.

    Returns:
        The mosaic with the boxes of all faces, no other labels.
    """
    cell = side // across
    canvas = Image.new("RGB", (cell * across, cell * across))
    faces = []
    for place, picture in enumerate(pictures):
        image = Image.fromarray(read_pixels(picture))
        zoom = cell / max(image.size)
        size = tuple(max(1, round(length * zoom)) for length in image.size)
        corner = cell * (place % across), cell * (place // across)
        resampling = Image.Resampling.BOX if zoom < 1 else Image.Resampling.BICUBIC
        canvas.paste(image.resize(size, resampling), corner)
        scale = np.array(size * 2) / np.array(image.size * 2)
        shift = np.array(corner * 2)
        faces += [Face(box_xyxy=face.box_xyxy * scale + shift) for face in picture.faces]
    canvas.save(path)
    return Picture(path, path.name, SOURCE, canvas.width, canvas.height, tuple(faces))
