"""Images of detected faces: drawn into the image, or cropped upright."""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.detection.region_predictions import DetectedFace
from hyperface.visualization.drawing import PREDICTION_COLOR, draw_faces, resized
from hyperface.visualization.drawn_face import drawn_face

CROP_SIDE = 256  # pixels
CROP_SCALE = 1.4  # side of a crop, in sides of the face's box
MIN_IMAGE_SIDE = 640  # pixels; small images are enlarged to this longer side
MIN_FACE_SIDE = 120  # pixels; small faces are enlarged to this median side
MAX_ZOOM = 4
MAX_IMAGE_SIDE = 4096  # pixels; very large images are shrunk to this longer side


def draw_found(
    image: np.ndarray,
    faces: Sequence[DetectedFace],
    tracks: Sequence[int] | None = None,
    enlarge: bool = True,
) -> np.ndarray:
    """Draws the detected faces into an image.

    Args:
        image: (H, W, 3) uint8 RGB, upright.
        faces: The faces in pixels of the image, highest score first.
        tracks: Their numbers in a video.
        enlarge: Whether to enlarge small images and images of small faces, so that the marks have
            room, and to shrink very large images.

    Returns:
        (h, w, 3) uint8 RGB; without `enlarge` of the original size.
    """
    drawn = resized(image, _zoom(image, faces) if enlarge else 1.0)
    zoom = np.array([drawn.shape[1] / image.shape[1], drawn.shape[0] / image.shape[0]])
    numbers: Sequence[int | None] = tracks or [None] * len(faces)
    shown = [drawn_face(*each).scaled(zoom) for each in zip(faces, numbers, strict=True)]
    return draw_faces(drawn, shown, PREDICTION_COLOR)


def _zoom(image: np.ndarray, faces: Sequence[DetectedFace]) -> float:
    longer = max(image.shape[:2])
    wanted = MIN_IMAGE_SIDE / longer
    if faces:
        side = np.median([np.ptp(face.box_xyxy.reshape(2, 2), axis=0).max() for face in faces])
        wanted = max(wanted, MIN_FACE_SIDE / max(side, 1.0))
    return float(min(max(1.0, wanted), MAX_ZOOM, MAX_IMAGE_SIDE / longer))


def crop_face(image: np.ndarray, face: DetectedFace) -> np.ndarray:
    """An upright crop of a face with a margin: (256, 256, 3) uint8 RGB."""
    left, top, right, bottom = face.box_xyxy
    center = np.array([left + right, top + bottom]) / 2
    side = max(CROP_SCALE * max(right - left, bottom - top), 1.0)
    patch, corner = _neighborhood(image, center, side)
    shrunk = min(1.0, 2 * CROP_SIDE / side)  # first with area interpolation, which warpAffine lacks
    if shrunk < 1:
        size = [max(1, round(length * shrunk)) for length in patch.shape[1::-1]]
        patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA)
    middle = (center - corner) * shrunk - 0.5  # relative to the center of the first pixel
    roll = np.degrees(face.pose[0])
    rotation = cv2.getRotationMatrix2D(middle, roll, CROP_SIDE / (side * shrunk))
    rotation[:, 2] += (CROP_SIDE - 1) / 2 - middle
    return cv2.warpAffine(
        patch,
        rotation,
        (CROP_SIDE, CROP_SIDE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _neighborhood(
    image: np.ndarray, center: np.ndarray, side: float
) -> tuple[np.ndarray, np.ndarray]:
    """The part of an image that a rotated square can touch, at least one pixel, and its corner."""
    size = np.array(image.shape[1::-1])
    low = np.clip(np.floor(center - side).astype(int), 0, size - 1)
    high = np.clip(np.ceil(center + side).astype(int), low + 1, size)
    return image[low[1] : high[1], low[0] : high[0]], low
