"""A sheet of whole pictures with everything that is annotated in them."""

from collections.abc import Sequence
from pathlib import Path

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import Picture
from hyperface.images.writing import save_picture
from hyperface.visualization.drawing import draw_face
from hyperface.visualization.drawn_face import drawn_face
from hyperface.visualization.grid import image_grid

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
    pairs = []
    for picture in pictures[: rows * COLUMNS]:
        plain = drawn = read_pixels(picture)
        for face in picture.faces:
            drawn = draw_face(drawn, drawn_face(face))
        pairs.append(image_grid([plain, drawn], columns=1, gap=GAP))
    save_picture(path, image_grid(pairs, columns=COLUMNS, gap=GAP))
