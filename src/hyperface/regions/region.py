"""One region of one image, from which a row of a batch is made."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Region:
    """A rectangle in an image, and the face that it overlaps most."""

    image: int  # index of the image
    box_xyxy: np.ndarray  # (4,) int, whole pixels inside the image, at least 1 x 1
    face: int  # index of the face in the image, -1 for none
    overlap: float  # IoU with that face, 0 for none
    proposed: bool  # True for a selective-search proposal, False for a jittered or random box


def whole_pixels_xyxy(boxes_xyxy: np.ndarray, width: int, height: int) -> np.ndarray:
    """(..., 4) boxes -> (..., 4) int, rounded to pixels, inside the image, at least 1 x 1."""
    boxes = np.rint(np.asarray(boxes_xyxy, np.float64)).astype(int)
    limit = np.array([width, height])
    top_left = np.clip(boxes[..., :2], 0, limit - 1)
    bottom_right = np.clip(boxes[..., 2:], top_left + 1, limit)
    return np.concatenate([top_left, bottom_right], axis=-1)
