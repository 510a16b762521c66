"""Cropping a region, resized to the network's input size, in training and prediction alike."""

import cv2
import numpy as np

REGION_SIDE = 227  # pixels, paper section 2.1


def crop_region(
    image: np.ndarray, box_xyxy: np.ndarray, result_side: int = REGION_SIDE
) -> np.ndarray:
    """Crops and resizes one region, antialiased where it shrinks.

    Args:
        image: (H, W, 3) uint8 RGB.
        box_xyxy: (4,) int, inside the image, at least 1 x 1 pixel.
        result_side: In pixels; HyperFace's, unless another network asks for its own.

    Returns:
        (227, 227, 3) uint8 RGB, or of another side; the region's shape is not kept, as in the
        paper.

    Raises:
        ValueError: The region is empty or reaches out of the image.
    """
    left, top, right, bottom = (int(edge) for edge in box_xyxy)
    height, width = image.shape[:2]
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(
            f"the region {(left, top, right, bottom)} is empty or reaches out of the image of "
            f"{width} x {height} pixels"
        )
    patch = image[top:bottom, left:right]
    # OpenCV averages over areas only where both sides shrink, so a side at a time.
    small = min(right - left, result_side), min(bottom - top, result_side)
    if small != (right - left, bottom - top):
        patch = cv2.resize(patch, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(patch, (result_side, result_side), interpolation=cv2.INTER_LINEAR)
