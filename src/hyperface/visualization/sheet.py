"""A sheet of faces: the annotation beside the prediction."""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.visualization.drawing import (
    AXES,
    PREDICTION_COLOR,
    TRUTH_COLOR,
    Color,
    draw_dot,
    draw_face,
)
from hyperface.visualization.drawn_face import DrawnFace
from hyperface.visualization.grid import WHITE, centered, image_grid, write_line

Row = tuple[np.ndarray, DrawnFace | None, DrawnFace | None, str]

TILE = 300  # pixels, the side of an image's square
GAP = 8
COLUMNS = 2  # pairs side by side
LEGEND_HEIGHT = 34
HEADER_HEIGHT = 24
CLOSE_UP_SCALE = 1.7  # side of the shown part of an image, in sides of the face's box


def image_sheet(rows: Sequence[Row]) -> np.ndarray:
    """Arranges faces in a grid of pairs, truth left and prediction right, below a legend.

    A row is an image, its truth and its prediction in pixels, and a caption; nothing is drawn for
    None. Each image is cropped around the boxes drawn in it, so that small faces can be seen.

    Raises:
        ValueError: Without rows.
    """
    pairs = [_pair(image, truth, prediction) for image, truth, prediction, _ in rows]
    grid = image_grid(pairs, [caption for *_, caption in rows], COLUMNS, gap=2 * GAP)
    top = LEGEND_HEIGHT + HEADER_HEIGHT
    shape = top + grid.shape[0] + GAP, grid.shape[1] + 2 * GAP, 3
    sheet = np.full(shape, WHITE, np.uint8)
    sheet[top:-GAP, GAP:-GAP] = grid
    _draw_legend(sheet)
    width = pairs[0].shape[1]
    for left in range(GAP, sheet.shape[1], width + 2 * GAP):
        write_line(sheet, "truth", (left, LEGEND_HEIGHT + 17), 0.5)
        write_line(sheet, "prediction", (left + TILE + GAP, LEGEND_HEIGHT + 17), 0.5)
    return sheet


def close_up_xyxy(image: np.ndarray, *faces: DrawnFace | None) -> np.ndarray:
    """The part of an image, (H, W, 3), around some faces.

    Returns:
        (4,) int left, top, right, bottom: a square around the boxes of all faces with a margin,
        clipped to the image; the whole image if there is no box in it.
    """
    height, width = image.shape[:2]
    whole = np.array([0, 0, width, height])
    boxes = np.array([face.box_xyxy for face in faces if face and face.box_xyxy is not None])
    if not boxes.size or not np.isfinite(boxes).all():
        return whole
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    center, side = (low + high) / 2, (high - low).max()
    reach = CLOSE_UP_SCALE * side / 2
    window = np.concatenate([np.floor(center - reach), np.ceil(center + reach)])
    window = np.clip(window, 0, whole[[2, 3, 2, 3]]).astype(int)
    return window if (window[2:] > window[:2]).all() else whole


def _pair(image: np.ndarray, *faces: DrawnFace | None) -> np.ndarray:
    """The same part of an image twice, with the truth and with the prediction."""
    window = close_up_xyxy(image, *faces)
    colors = TRUTH_COLOR, PREDICTION_COLOR
    tiles = [_tile(image, window, *each) for each in zip(faces, colors, strict=True)]
    return image_grid(tiles, columns=2, gap=GAP)


def _tile(
    image: np.ndarray, window_xyxy: np.ndarray, face: DrawnFace | None, color: Color
) -> np.ndarray:
    """The window of the image with its marks, as large as possible on a gray square."""
    left, top, right, bottom = window_xyxy
    part = image[top:bottom, left:right]
    face = (face or DrawnFace()).moved(-window_xyxy[:2])
    return centered(draw_face(part, face, color, TILE / max(part.shape[:2])), TILE)


def _draw_legend(sheet: np.ndarray) -> None:
    middle, base, size = LEGEND_HEIGHT / 2, LEGEND_HEIGHT // 2 + 5, 0.45
    left = GAP
    for word, visible in (("visible", True), ("occluded", False)):
        draw_dot(sheet, np.array([left + 8, middle]), visible, TRUTH_COLOR, 4)
        left = write_line(sheet, word, (left + 21, base), size) + 16
    for (axis, color), meaning in zip(AXES.items(), ("right", "up", "nose"), strict=True):
        ends = (left, int(middle)), (left + 22, int(middle))
        cv2.arrowedLine(sheet, *ends, color, 2, cv2.LINE_AA, 0, 0.35)
        left = write_line(sheet, f"{axis} {meaning}", (left + 28, base), size) + 16
