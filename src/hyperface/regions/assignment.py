"""Assigns faces to the locations of the proposal detector.

A face is assigned to the map whose stride suits its size, and there to the locations near its
center (FCOS' center sampling). Its other locations are ignored: they are neither faces nor
background. A face between two sizes is assigned to both maps.
"""

import numpy as np

from hyperface.proposals.locations import STRIDES, Locations

# Range of the sides of faces, in strides, that are assigned to a map. The finest map also gets all
# smaller faces, and the coarsest map all larger ones.
SMALLEST_SIDE, LARGEST_SIDE = 2.2, 6.0
# Locations so near to a face's center learn it: a share of its side, and never less than half a
# stride, so that the nearest always does.
POSITIVE_RADIUS, LEFT_OUT_RADIUS = 0.18, 0.45
LEFT_OUT, BACKGROUND, FACE = -1.0, 0.0, 1.0


def assign(
    locations: Locations, boxes_xyxy: np.ndarray, background: np.ndarray | None = None
) -> np.ndarray:
    """The targets of every location.

    Args:
        locations: The P locations of the input.
        boxes_xyxy: (N, 4) faces to learn, in pixels of the input.
        background: (P,) bool, locations without unannotated faces; None for all.

    Returns:
        (P, 5) float32: 1 for a face, 0 for background, -1 for ignored locations; then the
        logarithms of the four distances, 0 without a face.
    """
    targets = np.zeros((len(locations.strides), 5), np.float32)
    if background is not None:
        targets[~background, 0] = LEFT_OUT
    boxes = np.asarray(boxes_xyxy, np.float32).reshape(-1, 4)
    if not len(boxes):
        return targets
    sides = np.sqrt(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3).prod(axis=1))  # (N,)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    # The Chebyshev distance of each location to each face's center, (P, N).
    apart = np.abs(locations.centers[:, None] - middles[None]).max(axis=2)
    near = apart <= np.maximum(POSITIVE_RADIUS * sides, locations.strides[:, None] / 2)
    around = apart <= np.maximum(LEFT_OUT_RADIUS * sides, locations.strides[:, None])
    learns = near & _of_its_size(locations.strides, sides)
    targets[around.any(axis=1) & (targets[:, 0] == BACKGROUND), 0] = LEFT_OUT
    # If faces share a location, it gets the one whose center is nearest relative to its size.
    relative = np.where(learns, apart / sides, np.inf)
    chosen = relative.argmin(axis=1)
    rows = np.flatnonzero(learns.any(axis=1))
    targets[rows, 0] = FACE
    targets[rows, 1:] = locations.encode(boxes[chosen])[rows]
    return targets


def _of_its_size(strides: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """(P,) strides and (N,) sides -> (P, N), whether the face suits the map of the location."""
    in_strides = sides[None] / strides[:, None]
    large_enough = (in_strides >= SMALLEST_SIDE) | (strides[:, None] == STRIDES[0])
    small_enough = (in_strides <= LARGEST_SIDE) | (strides[:, None] == STRIDES[-1])
    return large_enough & small_enough
