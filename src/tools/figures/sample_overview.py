"""A sheet of whole pictures with everything that is annotated in them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import Picture
from hyperface.visualization.drawing import draw_face
from hyperface.visualization.files import save_picture
from hyperface.visualization.run_report import drawn_truth

COLUMNS = 4
GAP = 4  # pixels between pictures


def draw_overview(pictures: Sequence[Picture], path: Path) -> None:
    """Draws pictures of equal size in a grid: each pair of rows without and with its annotation.

    Args:
        pictures: All of one size; the last incomplete row is left out.
        path: The JPEG to write.

    Raises:
        ValueError: Fewer pictures than make a row, or of different sizes.
    """
    rows = len(pictures) // COLUMNS
    sizes = {(picture.height, picture.width) for picture in pictures}
    if not rows or len(sizes) != 1:
        raise ValueError(f"expected {COLUMNS} pictures or more of one size, got {sorted(sizes)}")
    ((height, width),) = sizes
    shape = (2 * rows * (height + GAP) - GAP, COLUMNS * (width + GAP) - GAP, 3)
    sheet = np.full(shape, 255, np.uint8)
    for index, picture in enumerate(pictures[: rows * COLUMNS]):
        plain = read_pixels(picture)
        drawn = plain
        for face in picture.faces:
            drawn = draw_face(drawn, drawn_truth(face))
        left = index % COLUMNS * (width + GAP)
        for number, image in enumerate((plain, drawn)):
            top = (2 * (index // COLUMNS) + number) * (height + GAP)
            sheet[top : top + height, left : left + width] = image
    save_picture(path, sheet)
