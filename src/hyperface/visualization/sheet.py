"""A sheet of faces: what is true beside what the network says."""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.visualization.drawing import (
    AXES,
    FONT,
    PREDICTION_COLOUR,
    TRUTH_COLOUR,
    Colour,
    DrawnFace,
    draw_dot,
    draw_face,
    moved,
)

Row = tuple[np.ndarray, DrawnFace | None, DrawnFace | None, str]

TILE = 300  # pixels, the side of a picture's square
GAP = 8
LEGEND_HEIGHT = 34
HEADER_HEIGHT = 24
CAPTION_HEIGHT = 22
SURROUNDINGS = 1.7  # times the face's box: how much of a picture is shown
CELL_WIDTH = 2 * TILE + GAP
CELL_HEIGHT = TILE + CAPTION_HEIGHT

_PAPER: Colour = (255, 255, 255)
_INK: Colour = (30, 30, 30)
_PALE: Colour = (232, 232, 232)


def picture_sheet(rows: Sequence[Row], columns: int = 2) -> np.ndarray:
    """Lays faces out in a grid of pairs, truth left and prediction right, under a legend.

    Each picture is cut to the surroundings of the boxes drawn in it, so that a small face is seen.

    Args:
        rows: (picture RGB uint8, truth, prediction, caption), faces in the picture's own pixels; a
            face that is None leaves its picture unmarked.
        columns: Pairs side by side; never more than there are rows.

    Returns:
        (height, width, 3) RGB uint8: `sheet_size(len(rows), columns)`.

    Raises:
        ValueError: Without rows or columns.
    """
    width, height = sheet_size(len(rows), columns)
    columns = min(columns, len(rows))
    sheet = np.full((height, width, 3), _PAPER, np.uint8)
    _draw_legend(sheet)
    for column in range(columns):
        left = GAP + column * (CELL_WIDTH + 2 * GAP)
        _write(sheet, "truth", left, LEGEND_HEIGHT + 17, 0.5)
        _write(sheet, "prediction", left + TILE + GAP, LEGEND_HEIGHT + 17, 0.5)
    for index, (image, truth, prediction, caption) in enumerate(rows):
        left = GAP + index % columns * (CELL_WIDTH + 2 * GAP)
        top = LEGEND_HEIGHT + HEADER_HEIGHT + index // columns * (CELL_HEIGHT + GAP)
        window = close_up_xyxy(image, truth, prediction)
        right = left + TILE + GAP
        _place(sheet, _tile(image, window, truth, TRUTH_COLOUR), left, top)
        _place(sheet, _tile(image, window, prediction, PREDICTION_COLOUR), right, top)
        _write(sheet, caption, left, top + TILE + 15, 0.42, CELL_WIDTH)
    return sheet


def sheet_size(count: int, columns: int) -> tuple[int, int]:
    """Width and height in pixels of a sheet of `count` pairs, `columns` side by side."""
    if count < 1 or columns < 1:
        raise ValueError(f"a sheet needs a row and a column, got {count} and {columns}")
    columns = min(columns, count)
    lines = -(-count // columns)
    width = columns * (CELL_WIDTH + 2 * GAP)
    return width, LEGEND_HEIGHT + HEADER_HEIGHT + lines * (CELL_HEIGHT + GAP)


def close_up_xyxy(image: np.ndarray, *faces: DrawnFace | None) -> np.ndarray:
    """The part of a picture worth showing.

    Args:
        image: (H, W, 3).
        faces: In its pixels.

    Returns:
        (4,) int left, top, right, bottom: the square that holds every face's box with its
        surroundings, as far as it lies in the picture; the whole picture without such a box.
    """
    height, width = image.shape[:2]
    whole = np.array([0, 0, width, height])
    boxes = np.array([face.box_xyxy for face in faces if face and face.box_xyxy is not None])
    if not boxes.size or not np.isfinite(boxes).all():
        return whole
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    centre, side = (low + high) / 2, (high - low).max()
    reach = SURROUNDINGS * side / 2
    window = np.concatenate([np.floor(centre - reach), np.ceil(centre + reach)])
    window = np.clip(window, 0, whole[[2, 3, 2, 3]]).astype(int)
    return window if (window[2:] > window[:2]).all() else whole


def _tile(
    image: np.ndarray, window_xyxy: np.ndarray, face: DrawnFace | None, colour: Colour
) -> np.ndarray:
    """The window of the picture with its marks, as large as fits, on a pale square."""
    left, top, right, bottom = window_xyxy
    face = moved(face or DrawnFace(), -window_xyxy[:2])
    part = image[top:bottom, left:right]
    drawn = draw_face(part, face, colour, TILE / max(part.shape[:2]))
    tile = np.full((TILE, TILE, 3), _PALE, np.uint8)
    top, left = ((TILE - side) // 2 for side in drawn.shape[:2])
    _place(tile, drawn, left, top)
    return tile


def _place(sheet: np.ndarray, image: np.ndarray, left: int, top: int) -> None:
    sheet[top : top + image.shape[0], left : left + image.shape[1]] = image


def _write(
    sheet: np.ndarray, text: str, left: int, base: int, size: float, room: int | None = None
) -> int:
    """Writes one line, cut to `room` pixels where given; returns where it ends."""
    text = text.encode("ascii", "replace").decode()  # all that OpenCV's font has

    def width(words: str) -> int:
        return cv2.getTextSize(words, FONT, size, 1)[0][0]

    if room is not None and width(text) > room:
        while text and width(text + "...") > room:
            text = text[:-1]
        text += "..."
    cv2.putText(sheet, text, (left, base), FONT, size, _INK, 1, cv2.LINE_AA)
    return left + width(text)


def _draw_legend(sheet: np.ndarray) -> None:
    middle, base, size = LEGEND_HEIGHT / 2, LEGEND_HEIGHT // 2 + 5, 0.45
    left = GAP
    for word, visible in (("visible", True), ("hidden", False)):
        draw_dot(sheet, np.array([left + 8, middle]), visible, TRUTH_COLOUR, 4)
        left = _write(sheet, word, left + 21, base, size) + 16
    for (axis, colour), meaning in zip(AXES.items(), ("right", "up", "nose"), strict=True):
        ends = (left, int(middle)), (left + 22, int(middle))
        cv2.arrowedLine(sheet, *ends, colour, 2, cv2.LINE_AA, 0, 0.35)
        left = _write(sheet, f"{axis} {meaning}", left + 28, base, size) + 16
