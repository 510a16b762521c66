"""A sheet of equal tiles with a line of text under each."""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.visualization.drawing import FONT

TILE = 160  # pixels
CAPTION_HEIGHT = 18


def tile_sheet(
    images: Sequence[np.ndarray], captions: Sequence[str], columns: int = 6, side: int = TILE
) -> np.ndarray:
    """Lays square pictures out in a grid.

    Args:
        images: (H, W, 3) RGB uint8 each; shown `side` x `side`.
        captions: One each, cut to the tile's width.
        columns: Tiles side by side.
        side: Of a tile, in pixels.

    Returns:
        (height, width, 3) RGB uint8.
    """
    lines = -(-len(images) // columns)
    sheet = np.full((lines * (side + CAPTION_HEIGHT), columns * side, 3), 255, np.uint8)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        top, left = index // columns * (side + CAPTION_HEIGHT), index % columns * side
        tile = sheet[top : top + side + CAPTION_HEIGHT, left : left + side]
        tile[:side] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        text = caption.encode("ascii", "replace").decode()  # all that OpenCV's font has
        cv2.putText(tile, text, (3, side + 12), FONT, 0.32, (30, 30, 30), 1, cv2.LINE_AA)
    return sheet
