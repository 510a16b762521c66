"""The 21 landmarks, in AFLW's order; 'left' is left in the image of a frontal face."""

import numpy as np

from hyperface.tasks import NUM_LANDMARKS

LANDMARK_NAMES = (
    "left brow left corner",
    "left brow center",
    "left brow right corner",
    "right brow left corner",
    "right brow center",
    "right brow right corner",
    "left eye left corner",
    "left eye center",
    "left eye right corner",
    "right eye left corner",
    "right eye center",
    "right eye right corner",
    "left ear",
    "nose left",
    "nose center",
    "nose right",
    "right ear",
    "mouth left corner",
    "mouth center",
    "mouth right corner",
    "chin center",
)

# MIRROR[i] is the landmark that takes the place of landmark i in the mirror image.
MIRROR = np.array([5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 16, 15, 14, 13, 12, 19, 18, 17, 20])

# Each landmark as a point of the 68-point (300-W) scheme, counted from 0, or as a mean of some; the
# ears are not among the 68.
_FROM_68 = {
    **{0: 17, 1: 19, 2: 21, 3: 22, 4: 24, 5: 26, 6: 36, 8: 39, 9: 42, 11: 45},
    **{13: 31, 14: 30, 15: 35, 17: 48, 19: 54, 20: 8},
}
_MEANS_FROM_68 = {7: (36, 37, 38, 39, 40, 41), 10: (42, 43, 44, 45, 46, 47), 18: (62, 66)}
_SINGLE, _SOURCE_OF_SINGLE = list(_FROM_68), list(_FROM_68.values())
# Left eye, right eye, nose, left and right mouth corner.
_FROM_5 = (7, 10, 14, 17, 19)


def from_68(points: np.ndarray) -> np.ndarray:
    """(68, 2) points in 300-W order -> (21, 2); the ears are missing (NaN)."""
    points = np.asarray(points, np.float32)
    if points.shape != (68, 2):
        raise ValueError(f"expected points of shape (68, 2), got {points.shape}")
    result = np.full((NUM_LANDMARKS, 2), np.nan, np.float32)
    result[_SINGLE] = points[_SOURCE_OF_SINGLE]
    for landmark, sources in _MEANS_FROM_68.items():
        result[landmark] = points[list(sources)].mean(axis=0)
    return result


def from_5(points: np.ndarray) -> np.ndarray:
    """(5, 2) eye centers, nose, mouth corners -> (21, 2); the other 16 are missing (NaN)."""
    points = np.asarray(points, np.float32)
    if points.shape != (5, 2):
        raise ValueError(f"expected points of shape (5, 2), got {points.shape}")
    result = np.full((NUM_LANDMARKS, 2), np.nan, np.float32)
    result[list(_FROM_5)] = points
    return result
