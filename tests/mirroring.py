"""The left-right mirror image, worked out apart from the program's own."""

import numpy as np

from hyperface.geometry.landmarks import MIRROR


def mirror_points(points: np.ndarray, width: float) -> np.ndarray:
    """(..., 21, 2) pixel points -> the same face's points in the mirror image, `width` wide."""
    mirrored = np.asarray(points)[..., MIRROR, :].copy()
    mirrored[..., 0] = width - mirrored[..., 0]
    return mirrored


def mirror_xyxy(boxes: np.ndarray, width: float) -> np.ndarray:
    """(..., 4) boxes in the left-right mirror image of an image `width` pixels wide."""
    left, top, right, bottom = np.moveaxis(np.asarray(boxes), -1, 0)
    return np.stack([width - right, top, width - left, bottom], axis=-1)
