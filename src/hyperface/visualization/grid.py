"""Images of one size in a grid, each with a line of text below it."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import cv2
import numpy as np

from hyperface.visualization.drawing import resized
from hyperface.visualization.face_labels import FONT, Color

TILE = 160  # pixels, the side of a small square image
CAPTION_HEIGHT = 22
WHITE: Color = (255, 255, 255)
LIGHT_GRAY: Color = (232, 232, 232)
INK: Color = (30, 30, 30)
_MIN_TEXT, _MAX_TEXT = 0.32, 0.42  # OpenCV's font scale
_WIDTH_OF_TEXT = 500  # width of an image in pixels for font scale 1


def image_grid(
    images: Sequence[np.ndarray],
    captions: Sequence[str] | None = None,
    columns: int = 6,
    gap: int = 0,
) -> np.ndarray:
    """Arranges images in rows from left to right on white.

    Args:
        images: (H, W, 3) RGB uint8, all of one size.
        captions: One for each image, shortened to its width; None for no captions.
        columns: Number of columns, reduced to the number of images.
        gap: Pixels between images in both directions; there is no gap at the edges.

    Returns:
        (height, width, 3) RGB uint8.

    Raises:
        ValueError: Without images or columns, with images of different sizes, or with another
            number of captions.
    """
    if not len(images) or columns < 1:
        raise ValueError(f"a grid needs an image and a column, got {len(images)} and {columns}")
    shapes = {image.shape[:2] for image in images}
    if len(shapes) > 1:
        raise ValueError(f"expected images of one size, got {sorted(shapes)}")
    ((height, width),) = shapes
    columns = min(columns, len(images))
    lines = -(-len(images) // columns)
    step = height + (0 if captions is None else CAPTION_HEIGHT) + gap
    shape = lines * step - gap, columns * (width + gap) - gap, 3
    sheet = np.full(shape, WHITE, np.uint8)
    size = float(np.clip(width / _WIDTH_OF_TEXT, _MIN_TEXT, _MAX_TEXT))
    texts = [""] * len(images) if captions is None else captions
    for index, (image, text) in enumerate(zip(images, texts, strict=True)):
        top, left = index // columns * step, index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
        write_line(sheet, text, (left + 2, top + height + 15), size, width - 4)
    return sheet


def by_turns(groups: Mapping[str, Sequence[int]], count: int) -> list[int]:
    """At most `count` of the numbers: the first of each group, by name, then the second of each."""
    names = sorted(groups)
    turns = zip_longest(*(groups[name] for name in names))
    return [number for turn in turns for number in turn if number is not None][:count]


def fit_square(image: np.ndarray, side: int) -> np.ndarray:
    """(H, W, 3) -> (side, side, 3): the whole image as large as possible on a gray square."""
    return centered(resized(image, side / max(image.shape[:2])), side)


def centered(image: np.ndarray, side: int) -> np.ndarray:
    """(H, W, 3) -> (side, side, 3): an image of at most that size, centered on a gray square."""
    square = np.full((side, side, 3), LIGHT_GRAY, np.uint8)
    top, left = ((side - length) // 2 for length in image.shape[:2])
    square[top : top + image.shape[0], left : left + image.shape[1]] = image
    return square


def write_line(
    canvas: np.ndarray, text: str, start: tuple[int, int], size: float, max_width: int | None = None
) -> int:
    """Writes a line of text on `canvas`, and returns the x of its right end.

    It is shortened to `max_width` pixels, and begins at `start`, x of its left end and y of its
    baseline. `size` is OpenCV's font scale; characters that OpenCV's font lacks become "?".
    """
    text = text.encode("ascii", "replace").decode()

    def width(words: str) -> int:
        return cv2.getTextSize(words, FONT, size, 1)[0][0]

    if max_width is not None and width(text) > max_width:
        while text and width(text + "...") > max_width:
            text = text[:-1]
        text += "..."
    cv2.putText(canvas, text, start, FONT, size, INK, 1, cv2.LINE_AA)
    return start[0] + width(text)
