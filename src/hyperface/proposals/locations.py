"""The locations of the proposal detector: the cells of its feature maps, and their boxes.

The detector scans an image once and has feature maps of several strides. Each cell of a map is
a location: a point of the image, with a score and the distances from that point to the left, top,
right and bottom of a face's box (anchor-free, as FCOS, Tian et al. 2019). Distances are stored as
logarithms of multiples of the map's unit, so that one head serves all maps.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

STRIDES = (8, 16, 32, 64)  # pixels, from the finest map to the coarsest
SIDE_MULTIPLE = STRIDES[-1]  # of the detector's input
UNIT = 2.0  # strides: the distance whose logarithm is 0
MAX_LOG = 4.0  # maximum logarithm of a distance: 7,000 pixels at stride 64


@dataclass(frozen=True, eq=False)
class Locations:
    """All locations of an input, the finest map first, each map row by row."""

    centers: np.ndarray  # (P, 2) float32, x and y in pixels of the input
    strides: np.ndarray  # (P,) float32, of the map that each belongs to, in pixels

    def encode(self, boxes_xyxy: np.ndarray) -> np.ndarray:
        """(P, 4) boxes in pixels, each around its location -> (P, 4) logarithms of distances.

        If a location lies outside its box, the logarithm is that of a thousandth unit.
        """
        distances = np.concatenate(
            [self.centers - boxes_xyxy[..., :2], boxes_xyxy[..., 2:] - self.centers], axis=-1
        )
        return np.log(np.maximum(distances / (UNIT * self.strides[:, None]), 1e-3))

    def decode(self, logarithms: np.ndarray) -> np.ndarray:
        """(..., P, 4) logarithms of distances -> (..., P, 4) xyxy in pixels of the input."""
        units = UNIT * self.strides[:, None]
        distances = np.exp(np.minimum(logarithms, MAX_LOG)) * units
        return np.concatenate(
            [self.centers - distances[..., :2], self.centers + distances[..., 2:]], axis=-1
        )


@lru_cache(maxsize=32)
def locations_of(height: int, width: int) -> Locations:
    """The locations of an input of that size in pixels.

    Raises:
        ValueError: Height or width is not a multiple of 64.
    """
    if height % SIDE_MULTIPLE or width % SIDE_MULTIPLE or min(height, width) < 1:
        raise ValueError(f"got {height} x {width}, expected multiples of {SIDE_MULTIPLE}")
    centers, strides = [], []
    for stride in STRIDES:
        rows, columns = height // stride, width // stride
        y, x = np.mgrid[:rows, :columns].reshape(2, -1)
        centers.append((np.stack([x, y], axis=-1) + 0.5) * stride)
        strides.append(np.full(rows * columns, stride))
    return Locations(
        np.concatenate(centers).astype(np.float32), np.concatenate(strides).astype(np.float32)
    )
