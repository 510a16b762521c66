"""Cutting a region out of its picture, warped to the network's input size.

Training and prediction cut with this same function, so that the network meets at test time what
it was trained on.
"""

import cv2
import numpy as np

REGION_SIDE = 227  # pixels, paper section 2.1


def cut_region(picture: np.ndarray, box_xyxy: np.ndarray) -> np.ndarray:
    """Cuts and warps one region, antialiased where it shrinks.

    Args:
        picture: (H, W, 3) uint8 RGB.
        box_xyxy: (4,) int, inside the picture, at least 1 x 1 pixel.

    Returns:
        (227, 227, 3) uint8 RGB; the region's shape is not kept, as in the paper.
    """
    left, top, right, bottom = (int(edge) for edge in box_xyxy)
    patch = picture[top:bottom, left:right]
    if patch.size == 0:
        raise ValueError(f"the region {(left, top, right, bottom)} is empty or outside the picture")
    shrinks = patch.shape[0] >= REGION_SIDE and patch.shape[1] >= REGION_SIDE
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(patch, (REGION_SIDE, REGION_SIDE), interpolation=method)
