"""Faces by how large they are in their picture."""

from itertools import pairwise

import numpy as np

from hyperface.evaluation.matched import MatchedFaces

EDGES = (0, 64, 128, np.inf)  # pixels, of the mean of the annotated box's sides


def size_bands(faces: MatchedFaces) -> dict[str, np.ndarray]:
    """By the band's name, (n,) bool: the annotated box is of that size."""
    boxes = faces.truth.boxes_xyxy
    sides = (boxes[:, 2:] - boxes[:, :2]).mean(axis=1)
    bands = pairwise(EDGES)
    return {_name(low, high): (sides >= low) & (sides < high) for low, high in bands}


def _name(low: float, high: float) -> str:
    if not low:
        return f"faces under {high} pixels"
    return f"faces of {low} to {high} pixels" if np.isfinite(high) else f"faces from {low} pixels"
