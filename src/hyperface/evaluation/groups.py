"""Faces by how far the head is turned, as in the paper's table on AFLW, and by how large they are.

All functions give, by the group's name, (n,) bool: the annotated face is in it.
"""

from itertools import pairwise

import numpy as np

from hyperface.evaluation.metric_inputs import Labels
from hyperface.geometry.pose import ANGLES

YAW = ANGLES.index("yaw")
YAW_BANDS = ((0, 30), (30, 60), (60, 90))  # degrees of |yaw|
ROUNDING = 1e-3  # degrees: a yaw of 90 has been through radians in single precision
SIZE_EDGES = (0, 64, 128, np.inf)  # pixels, of the mean of the annotated box's sides


def yaw_bands(truth: Labels) -> dict[str, np.ndarray]:
    """|yaw| is from the band's lower end up to below its upper one; a missing yaw is in none.

    A yaw of exactly 90 degrees, as AFW has it, belongs to the last.
    """
    turned = np.degrees(np.abs(truth.poses[:, YAW]))
    last = YAW_BANDS[-1][1]
    turned = np.where(np.abs(turned - last) < ROUNDING, last - ROUNDING, turned)
    return {
        f"yaw {low} to {high} degrees": (turned >= low - ROUNDING) & (turned < high - ROUNDING / 2)
        for low, high in YAW_BANDS
    }


def size_bands(truth: Labels) -> dict[str, np.ndarray]:
    """The annotated box is of that size."""
    sides = (truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]).mean(axis=1)
    return {
        _size_name(low, high): (sides >= low) & (sides < high) for low, high in pairwise(SIZE_EDGES)
    }


def _size_name(low: float, high: float) -> str:
    if not low:
        return f"faces under {high} pixels"
    return f"faces of {low} to {high} pixels" if np.isfinite(high) else f"faces from {low} pixels"
