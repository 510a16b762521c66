"""Reads the pixels of one region of a sample file, an HDF5 file with one region in each chunk."""

from pathlib import Path

import h5py
import numpy as np

from hyperface.images.reading import UnreadableImage

SUFFIX = ".h5"
IMAGES = "images"  # (N, side, side, 3) uint8 RGB


def holds_regions(path: Path) -> bool:
    """Whether a file has the suffix of a sample file."""
    return path.suffix == SUFFIX


def read_region(path: Path, number: int) -> np.ndarray:
    """Reads one region.

    Args:
        path: The sample file.
        number: Number of the region, from 0.

    Returns:
        (side, side, 3) uint8 RGB.

    Raises:
        UnreadableImage: The file or its region is missing or damaged.
    """
    try:
        with h5py.File(path, "r") as file:  # HDF5 verifies the chunk's checksum
            return file[IMAGES][number]
    except (OSError, RuntimeError, KeyError, ValueError, IndexError) as error:
        raise UnreadableImage("a damaged sample file") from error
