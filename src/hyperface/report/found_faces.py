"""Rows of predictions as pictures: marks drawn in, faces cut out upright."""

from collections.abc import Mapping

import cv2
import numpy as np

from hyperface.face.pose import ANGLES
from hyperface.report.drawing import PREDICTION_COLOUR, DrawnFace, draw_face

CROP_SIDE = 256  # pixels
CROP_SURROUNDINGS = 1.4  # times the face's box
SMALLEST_DRAWN = 640  # pixels, the longer side that a small picture is enlarged to
LARGEST_ZOOM = 4


def draw_row(image: np.ndarray, row: Mapping, enlarge: bool = True) -> np.ndarray:
    """Draws every face of a row.

    Args:
        image: (H, W, 3) uint8 RGB, the upright picture.
        row: Of `predictions.rows`.
        enlarge: Make a small picture larger, so that the marks have room.

    Returns:
        (h, w, 3) uint8 RGB; of the picture's own size where it is not enlarged.
    """
    zoom = SMALLEST_DRAWN / max(image.shape[:2]) if enlarge else 1.0
    drawn = draw_face(image, DrawnFace(), scale=min(max(1.0, zoom), LARGEST_ZOOM))
    scale = np.array([drawn.shape[1] / image.shape[1], drawn.shape[0] / image.shape[0]])
    for face in reversed(row["faces"]):  # the surest on top
        drawn = draw_face(drawn, _drawn(face, scale), PREDICTION_COLOUR)
    return drawn


def cut_out(image: np.ndarray, face: Mapping) -> np.ndarray:
    """A face of a row, turned upright, with a little around it: (256, 256, 3) uint8 RGB."""
    left, top, right, bottom = face["box"]
    side = CROP_SURROUNDINGS * max(right - left, bottom - top)
    turn = cv2.getRotationMatrix2D(
        (
            (left + right) / 2 - 0.5,
            (top + bottom) / 2 - 0.5,
        ),  # counted from the first pixel's centre
        face["pose"]["roll"],
        CROP_SIDE / side,
    )
    centre = np.array([(left + right) / 2 - 0.5, (top + bottom) / 2 - 0.5])
    turn[:, 2] += (CROP_SIDE - 1) / 2 - centre
    return cv2.warpAffine(
        image, turn, (CROP_SIDE, CROP_SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )


def _drawn(face: Mapping, scale: np.ndarray) -> DrawnFace:
    """A row's face in the resized picture."""
    label = face["gender"]["label"]
    return DrawnFace(
        box_xyxy=np.array(face["box"]) * np.tile(scale, 2),
        landmarks=np.array(face["landmarks"]) * scale,
        visibility=np.array(face["visibility"]),
        pose=np.radians([face["pose"][angle] for angle in ANGLES]),
        gender=f"{face['track']} {label}" if "track" in face else label,
        score=face["score"],
    )
