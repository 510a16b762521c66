"""A sheet of whole images with everything that is annotated in them."""

from collections.abc import Sequence
from pathlib import Path

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.images.writing import save_image
from hyperface.visualization.drawing import draw_face
from hyperface.visualization.drawn_face import drawn_face
from hyperface.visualization.grid import image_grid

COLUMNS = 4
GAP = 4  # pixels between images


def draw_overview(images: Sequence[AnnotatedImage], path: Path) -> None:
    """Draws images of equal size in a grid: each pair of rows without and with its annotation.

    Args:
        images: All of one size; the last incomplete row is left out.
        path: The JPEG to write.

    Raises:
        ValueError: Fewer images than make a row, or of different sizes.
    """
    rows = len(images) // COLUMNS
    sizes = {(image.height, image.width) for image in images}
    if not rows or len(sizes) != 1:
        raise ValueError(f"expected {COLUMNS} images or more of one size, got {sorted(sizes)}")
    pairs = []
    for image in images[: rows * COLUMNS]:
        plain = drawn = read_pixels(image)
        for face in image.faces:
            drawn = draw_face(drawn, drawn_face(face))
        pairs.append(image_grid([plain, drawn], columns=1, gap=GAP))
    save_image(path, image_grid(pairs, columns=COLUMNS, gap=GAP))
