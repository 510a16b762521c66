"""The label of a face in an image: its text, and a place where it covers no other face."""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.geometry.pose import ANGLES
from hyperface.visualization.drawn_face import DrawnFace

Color = tuple[int, int, int]

FONT = cv2.FONT_HERSHEY_SIMPLEX
_LIGHT: Color = (255, 255, 255)
_GAP = 2  # pixels between a box and its label
_MAX_LABEL = 2.3  # sides of the box; a wider label is broken or shortened


def label_lines(face: DrawnFace) -> list[str]:
    """One line with the label and one with the angles that are known, in degrees."""
    degrees = [] if face.pose is None else np.degrees(face.pose)
    angles = [
        f"{name} {round(float(angle)):+d}"
        for name, angle in zip(ANGLES, degrees, strict=False)
        if np.isfinite(angle)
    ]
    return [line for line in (face.label, " ".join(angles)) if line]


def draw_labels(canvas: np.ndarray, faces: Sequence[DrawnFace], color: Color) -> None:
    """Writes the label of each face on a dark plate on `canvas`, (H, W, 3) RGB uint8.

    The plate is above, below or inside the box: at the first of these places where it covers
    neither another face's box nor an earlier label, or else where it covers the least. The faces
    are placed in their order. Angles are white.
    """
    boxes = [finite(face.box_xyxy) for face in faces]
    placed: list[np.ndarray] = []
    for number, (face, box) in enumerate(zip(faces, boxes, strict=True)):
        if not (lines := label_lines(face)):
            continue
        angles, size = [line for line in lines if line != face.label], _text_size(canvas, box)
        if box is not None:
            lines = _narrowed(lines, size, _MAX_LABEL * _side(box))
        size, line_height, plate = _measured(lines, size, canvas.shape[1])
        others = [each for index, each in enumerate(boxes) if index != number and each is not None]
        left, top = label_corner(plate, box, [*others, *placed], canvas.shape[1::-1])
        placed.append(np.array([left, top, left + plate[0], top + plate[1]]))
        behind = canvas[top : top + plate[1], left : left + plate[0]]
        behind[:] = behind // 4  # darkened
        for row, line in enumerate(lines, 1):
            corner = left + 4, top + row * line_height - 3
            ink = _LIGHT if line in angles else color
            cv2.putText(canvas, line, corner, FONT, size, ink, 1, cv2.LINE_AA)


def label_corner(
    plate: tuple[int, int],
    box_xyxy: np.ndarray | None,
    occupied_xyxy: Sequence[np.ndarray],
    image: Sequence[int],
) -> tuple[int, int]:
    """Where a label lies, shifted into the image if needed.

    Args:
        plate: Width and height of the label in pixels.
        box_xyxy: (4,) of its face; None for a label of the whole image.
        occupied_xyxy: Boxes, (4,) each, that it should not cover.
        image: Width and height of the image.

    Returns:
        Its left and top.
    """
    (width, height), (image_width, image_height) = plate, image
    if box_xyxy is None:
        corners = [(0.0, float(image_height - height))]
    else:
        left, top, right, bottom = (float(end) for end in box_xyxy)
        above, below = top - _GAP - height, bottom + _GAP
        inside = (left + _GAP, top + _GAP), (left + _GAP, bottom - _GAP - height)
        outside = [(x, y) for y in (above, below) for x in (left, right - width)]
        corners = [*outside, *inside]
    limit = max(0, image_width - width), max(0, image_height - height)
    shifted = [(int(np.clip(x, 0, limit[0])), int(np.clip(y, 0, limit[1]))) for x, y in corners]
    return min(shifted, key=lambda corner: _covered(corner, plate, occupied_xyxy))  # the first


def _covered(
    corner: tuple[int, int], plate: tuple[int, int], occupied_xyxy: Sequence[np.ndarray]
) -> float:
    """The area of boxes that a plate covers."""
    boxes = np.array(occupied_xyxy, float).reshape(-1, 2, 2)
    low = np.maximum(boxes[:, 0], corner)
    high = np.minimum(boxes[:, 1], np.add(corner, plate))
    return float(np.clip(high - low, 0, None).prod(axis=1).sum())


def finite(values: np.ndarray | None) -> np.ndarray | None:
    """The values as floating point; None where one is missing."""
    if values is None or not np.isfinite(values).all():
        return None
    return np.asarray(values, float)


def _side(box_xyxy: np.ndarray) -> float:
    return float((box_xyxy[2:] - box_xyxy[:2]).max())


def _text_size(canvas: np.ndarray, box_xyxy: np.ndarray | None) -> float:
    max_size = canvas.shape[1] / 700
    if box_xyxy is not None:  # small faces are close together
        max_size = min(max_size, _side(box_xyxy) / 220)
    return float(np.clip(max_size, 0.36, 0.9))


def _measured(
    lines: list[str], size: float, image_width: int
) -> tuple[float, int, tuple[int, int]]:
    """The size of the text that fits into the image, the height of a line, and the plate's size."""
    sizes = [cv2.getTextSize(line, FONT, size, 1) for line in lines]
    width = max(width for (width, _), _ in sizes) + 8
    line_height = max(height + below for (_, height), below in sizes) + 3
    return size * min(1, image_width / width), line_height, (width, line_height * len(lines) + 3)


def _narrowed(lines: list[str], size: float, room: float) -> list[str]:
    """Breaks a label that is too wide into its parts, and drops angles that are too wide."""

    def fits(line: str) -> bool:
        return cv2.getTextSize(line, FONT, size, 1)[0][0] <= room

    if not fits(lines[-1]):
        lines = lines[:1]
    return lines if fits(lines[0]) else [*lines[0].split(", "), *lines[1:]]
