"""A sheet of equal tiles with a line of text under each."""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.report.drawing import FONT

TILE = 160  # pixels
CAPTION_HEIGHT = 18


def tile_sheet(
    images: Sequence[np.ndarray], captions: Sequence[str], columns: int = 6
) -> np.ndarray:
    """Lays square pictures out in a grid.

    Args:
        images: (H, W, 3) RGB uint8 each; shown 160 x 160.
        captions: One each.
        columns: Tiles side by side.

    Returns:
        (height, width, 3) RGB uint8.
    """
    lines = -(-len(images) // columns)
    sheet = np.full((lines * (TILE + CAPTION_HEIGHT), columns * TILE, 3), 255, np.uint8)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        top, left = index // columns * (TILE + CAPTION_HEIGHT), index % columns * TILE
        tile = cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA)
        sheet[top : top + TILE, left : left + TILE] = tile
        place = (left + 3, top + TILE + 12)
        cv2.putText(sheet, caption, place, FONT, 0.32, (30, 30, 30), 1, cv2.LINE_AA)
    return sheet
