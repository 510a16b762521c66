"""Rows of predictions as pictures: marks drawn in, faces cut out upright."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from hyperface.geometry.pose import ANGLES
from hyperface.visualization.drawing import PREDICTION_COLOUR, DrawnFace, draw_face

CROP_SIDE = 256  # pixels
CROP_SURROUNDINGS = 1.4  # times the face's box
SMALLEST_DRAWN = 640  # pixels, the longer side that a small picture is enlarged to
SMALLEST_FACE = 120  # pixels, what the middle one of the faces is enlarged to
LARGEST_ZOOM = 4
LARGEST_DRAWN = 4096  # pixels, the longer side that a very large picture is shrunk to


def draw_row(image: np.ndarray, row: Mapping, enlarge: bool = True) -> np.ndarray:
    """Draws every face of a row.

    Args:
        image: (H, W, 3) uint8 RGB, the upright picture.
        row: Of `predictions.rows`.
        enlarge: Make a small picture, and one of small faces, larger, so that the marks have room,
            and a very large one smaller.

    Returns:
        (h, w, 3) uint8 RGB; of the picture's own size without `enlarge`.
    """
    drawn = draw_face(image, DrawnFace(), scale=_zoom(image, row["faces"]) if enlarge else 1.0)
    scale = np.array([drawn.shape[1] / image.shape[1], drawn.shape[0] / image.shape[0]])
    for face in reversed(row["faces"]):  # the surest on top
        drawn = draw_face(drawn, _drawn(face, scale), PREDICTION_COLOUR)
    return drawn


def _zoom(image: np.ndarray, faces: Sequence[Mapping]) -> float:
    longer = max(image.shape[:2])
    wanted = SMALLEST_DRAWN / longer
    if faces:
        side = np.median([np.ptp(np.reshape(face["box"], (2, 2)), axis=0).max() for face in faces])
        wanted = max(wanted, SMALLEST_FACE / max(side, 1.0))
    return float(min(max(1.0, wanted), LARGEST_ZOOM, LARGEST_DRAWN / longer))


def cut_out(image: np.ndarray, face: Mapping) -> np.ndarray:
    """A face of a row, turned upright, with a little around it: (256, 256, 3) uint8 RGB."""
    left, top, right, bottom = face["box"]
    centre = np.array([left + right, top + bottom]) / 2
    side = max(CROP_SURROUNDINGS * max(right - left, bottom - top), 1.0)
    patch, corner = _neighbourhood(image, centre, side)
    shrunk = min(1.0, 2 * CROP_SIDE / side)  # first by areas: turning takes single pixels
    if shrunk < 1:
        size = [max(1, round(length * shrunk)) for length in patch.shape[1::-1]]
        patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA)
    middle = (centre - corner) * shrunk - 0.5  # counted from the first pixel's centre
    turn = cv2.getRotationMatrix2D(middle, face["pose"]["roll"], CROP_SIDE / (side * shrunk))
    turn[:, 2] += (CROP_SIDE - 1) / 2 - middle
    return cv2.warpAffine(
        patch, turn, (CROP_SIDE, CROP_SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _neighbourhood(
    image: np.ndarray, centre: np.ndarray, side: float
) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture that a turned square can touch, at least a pixel, and its corner."""
    size = np.array(image.shape[1::-1])
    low = np.clip(np.floor(centre - side).astype(int), 0, size - 1)
    high = np.clip(np.ceil(centre + side).astype(int), low + 1, size)
    return image[low[1] : high[1], low[0] : high[0]], low


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
