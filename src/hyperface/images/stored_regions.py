"""The pixels of one region of a sample file, which is an HDF5 file with one region a chunk."""

from pathlib import Path

import h5py
import numpy as np

from hyperface.images.reading import UnreadableImage

SUFFIX = ".h5"
IMAGES = "images"  # (N, side, side, 3) uint8 RGB


def holds_regions(path: Path) -> bool:
    """Whether a file is named like a sample file."""
    return path.suffix == SUFFIX


def read_region(path: Path, number: int) -> np.ndarray:
    """Reads one region.

    Args:
        path: Of the sample file.
        number: Of the region, from 0.

    Returns:
        (side, side, 3) uint8 RGB.

    Raises:
        UnreadableImage: The file or its region is not there, or damaged.
    """
    try:
        with h5py.File(path, "r") as file:  # the chunk's checksum is checked on the way
            return file[IMAGES][number]
    except (OSError, RuntimeError, KeyError, ValueError, IndexError) as error:
        raise UnreadableImage("a damaged sample file") from error
