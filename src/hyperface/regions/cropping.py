"""Cropping a region, resized to the network's input size, in training and prediction alike."""

import cv2
import numpy as np

REGION_SIDE = 227  # pixels, paper section 2.1
MIN_OVERSAMPLING = 2  # minimum side of a region in a shrunk copy, in sides of the crop


def crop_region(image: np.ndarray, box_xyxy: np.ndarray) -> np.ndarray:
    """Crops and resizes one region, antialiased where it shrinks.

    Args:
        image: (H, W, 3) uint8 RGB.
        box_xyxy: (4,) int, inside the image, at least 1 x 1 pixel.

    Returns:
        (227, 227, 3) uint8 RGB; the region's shape is not kept, as in the paper.

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
    small = min(right - left, REGION_SIDE), min(bottom - top, REGION_SIDE)
    if small != (right - left, bottom - top):
        patch = cv2.resize(patch, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(patch, (REGION_SIDE, REGION_SIDE), interpolation=cv2.INTER_LINEAR)


class ShrinkingImage:
    """An image, (H, W, 3) uint8 RGB, from which regions of any size are cropped fast.

    A large region is cropped from a copy of half the size, of a quarter and so on, which is made
    when it is first needed. The region still has `MIN_OVERSAMPLING` times the side of the crop.
    """

    def __init__(self, image: np.ndarray) -> None:
        self._sizes = [image]

    def crop(self, box_xyxy: np.ndarray) -> np.ndarray:
        """Crops and resizes a region: as `crop_region`, but for rounding."""
        box = np.asarray(box_xyxy)
        shorter = int(min(box[2] - box[0], box[3] - box[1]))
        halvings = max(0, (shorter // (MIN_OVERSAMPLING * REGION_SIDE)).bit_length() - 1)
        if halvings == 0:
            return crop_region(self._sizes[0], box)
        while len(self._sizes) <= halvings:
            height, width = self._sizes[-1].shape[:2]
            self._sizes.append(
                cv2.resize(self._sizes[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            )
        image = self._sizes[halvings]
        zoom = np.array(image.shape[1::-1]) / self._sizes[0].shape[1::-1]
        return crop_region(image, np.rint(box * np.tile(zoom, 2)).astype(int))
