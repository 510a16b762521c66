"""Random occlusion as augmentation: pixels are pasted over a face, and landmarks below them become
invisible.
"""

import cv2
import numpy as np

MAX_OCCLUDED = 0.6  # share of the visible landmarks that may be occluded


def random_mask(side: int, rng: np.random.Generator) -> np.ndarray:
    """(side, side) bool, an ellipse, a rectangle or a straight edge somewhere in a region."""
    mask = np.zeros((side, side), np.uint8)
    kind = rng.integers(3)
    center = rng.uniform(0.1, 0.9, 2) * side
    half = np.exp(rng.uniform(np.log(0.08), np.log(0.3), 2)) * side
    angle = float(rng.uniform(0, 180))
    if kind == 0:
        cv2.ellipse(mask, (tuple(center), tuple(2 * half), angle), 1, cv2.FILLED)
    elif kind == 1:
        corners = cv2.boxPoints((tuple(center), tuple(2 * half), angle))
        cv2.fillConvexPoly(mask, np.rint(corners).astype(np.int32), 1)
    else:  # all that lies beyond a line at most a quarter of the side from the edge
        direction = np.array([np.cos(np.radians(2 * angle)), np.sin(np.radians(2 * angle))])
        y, x = np.mgrid[:side, :side] - (side - 1) / 2
        mask = x * direction[0] + y * direction[1] > rng.uniform(0.1, 0.45) * side
    return mask.astype(bool)


def occlude_face(
    region: np.ndarray, targets: dict[str, np.ndarray], source: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pastes a piece of another image over a face.

    Args:
        region: (S, S, 3) uint8 RGB.
        targets: The targets of one row, as in `encoding`.
        source: (S, S, 3) uint8 RGB, the region whose pixels are pasted.
        rng: The random generator.

    Returns:
        The region and its targets, with the landmarks below the piece invisible; both unchanged
        if the piece would occlude more than `MAX_OCCLUDED` of the visible landmarks.
    """
    side = len(region)
    mask = random_mask(side, rng)
    visible = targets["landmarks"][:, 2] > 0
    place = np.floor((targets["landmarks"][:, :2] + 0.5) * side).astype(int)
    column, row = np.clip(place, 0, side - 1).T
    occluded = visible & mask[row, column]
    if occluded.sum() > MAX_OCCLUDED * visible.sum():
        return region, targets
    landmarks, visibility = targets["landmarks"].copy(), targets["visibility"].copy()
    landmarks[occluded, :3] = 0
    visibility[occluded, 0] = 0
    covered = np.where(mask[..., None], np.roll(source, rng.integers(side, size=2), (0, 1)), region)
    return covered, {**targets, "landmarks": landmarks, "visibility": visibility}
