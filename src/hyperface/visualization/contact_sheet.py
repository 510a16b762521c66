"""A contact sheet: images of every data set with all that is annotated in them."""

from collections.abc import Sequence

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.images.reading import UnreadableImage
from hyperface.utils.progress import progress
from hyperface.visualization.drawing import Color, draw_face, draw_faces, resized
from hyperface.visualization.drawn_face import DrawnFace, drawn_face
from hyperface.visualization.grid import by_turns, centered, image_grid

SIDE = 300  # pixels of a tile
IGNORED_COLOR: Color = (170, 170, 170)


def contact_sheet(images: Sequence[AnnotatedImage], count: int, seed: int) -> np.ndarray:
    """(height, width, 3) RGB uint8: random images, the same number of each data set.

    Images that cannot be decoded are skipped.

    Raises:
        ValueError: No image can be decoded.
    """
    tiles, captions = [], []
    chosen = [images[index] for index in _choose_images(images, count, seed)]
    for image in progress(chosen, description="contact sheet"):
        try:
            tiles.append(_tile(image))
        except UnreadableImage:
            continue
        captions.append(f"{image.source} {image.name}")
    if not tiles:
        raise ValueError("none of the images chosen can be decoded")
    return image_grid(tiles, captions)


def _choose_images(images: Sequence[AnnotatedImage], count: int, seed: int) -> list[int]:
    """Indices of images that the data sets contribute in turns."""
    by_source: dict[str, list[int]] = {}
    for index in np.random.default_rng(seed).permutation(len(images)):
        by_source.setdefault(images[index].source, []).append(int(index))
    chosen = by_turns(by_source, count)
    return sorted(chosen, key=lambda index: (images[index].source, index))


def _tile(image: AnnotatedImage) -> np.ndarray:
    """(300, 300, 3): the whole image with its labels, as large as possible on a pale square."""
    pixels = read_pixels(image)
    drawn = resized(pixels, SIDE / max(pixels.shape[:2]))
    zoom = np.array([drawn.shape[1] / image.width, drawn.shape[0] / image.height])
    for box in image.ignored_xyxy:
        drawn = draw_face(drawn, DrawnFace(box).scaled(zoom), IGNORED_COLOR)
    drawn = draw_faces(drawn, [drawn_face(face).scaled(zoom) for face in image.faces])
    return centered(drawn, SIDE)
