"""Writes images to files."""

from pathlib import Path

import cv2
import numpy as np

from hyperface.utils.files import atomic_write

JPEG_QUALITY = 90  # for sheets of photographs; a tenth of the size of PNG


def encoded(image: np.ndarray, suffix: str) -> bytes:
    """(H, W, 3) RGB uint8 -> the bytes of an image file, ".png" or ".jpg"."""
    options = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    done, data = cv2.imencode(suffix, image[..., ::-1], options)
    if not done:
        raise ValueError(f"an image of shape {image.shape} cannot be written as {suffix}")
    return data.tobytes()


def save_image(path: str | Path, image: np.ndarray) -> None:
    """Writes (H, W, 3) RGB uint8 in the format of the path's suffix, atomically."""
    with atomic_write(path) as aside:
        aside.write_bytes(encoded(image, Path(path).suffix))
