"""Decodes the pixels of images wherever they are stored: image files, videos, sample files.

A sample file is an HDF5 file with one region in each chunk.
"""

from pathlib import Path

import h5py
import numpy as np

from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.video import read_frame

SUFFIX = ".h5"
IMAGES = "images"  # (N, side, side, 3) uint8 RGB


def decode_stored(path: Path, frame: int | None, max_side: int | None = None) -> np.ndarray:
    """Decodes an image without its EXIF rotation: (height, width, 3) uint8 RGB.

    `frame` is the number of the frame in a video or of the region in a sample file; it is None for
    an image file, the only kind that `max_side` (`decode_image`) applies to.

    Raises:
        UnreadableImage: With the reason.
    """
    if frame is None:
        return decode_image(path, max_side)
    return (read_region if is_sample_file(path) else read_frame)(path, frame)


def is_sample_file(path: Path) -> bool:
    """Whether a file has the suffix of a sample file."""
    return path.suffix == SUFFIX


def read_region(path: Path, number: int) -> np.ndarray:
    """Reads one region, counted from 0: (side, side, 3) uint8 RGB.

    Raises:
        UnreadableImage: The file or its region is missing or damaged.
    """
    try:
        with h5py.File(path, "r") as file:  # HDF5 verifies the chunk's checksum
            return file[IMAGES][number]
    except (OSError, RuntimeError, KeyError, ValueError, IndexError) as error:
        raise UnreadableImage("a damaged sample file") from error
