"""Groups of faces by yaw, as in the paper's table on AFLW, and by size.

All functions return for each group, by its name, (n,) bool: whether a face is in it.
"""

from itertools import pairwise

import numpy as np

from hyperface.evaluation.detections import mean_sides
from hyperface.evaluation.metric_inputs import Labels
from hyperface.geometry.pose import ANGLES

YAW = ANGLES.index("yaw")
YAW_BANDS = ((0, 30), (30, 60), (60, 90))  # degrees of |yaw|
ROUNDING = 1e-3  # degrees; a yaw of 90 was stored as radians in single precision
SIZE_EDGES = (0, 64, 128, np.inf)  # pixels; of the mean side of the annotated box


def yaw_bands(truth: Labels) -> dict[str, np.ndarray]:
    """Groups by |yaw|, which includes a band's lower end and excludes its upper end.

    A yaw of exactly 90 degrees, as in AFW, belongs to the last band; a missing yaw to none.
    """
    yaw = np.degrees(np.abs(truth.poses[:, YAW]))
    last = YAW_BANDS[-1][1]
    yaw = np.where(np.abs(yaw - last) < ROUNDING, last - ROUNDING, yaw)
    return {
        f"yaw {low} to {high} degrees": (yaw >= low - ROUNDING) & (yaw < high - ROUNDING / 2)
        for low, high in YAW_BANDS
    }


def size_bands(truth: Labels) -> dict[str, np.ndarray]:
    """Groups by the size of the annotated box."""
    sides = mean_sides(truth.boxes_xyxy)
    return {
        _size_name(low, high): (sides >= low) & (sides < high) for low, high in pairwise(SIZE_EDGES)
    }


def _size_name(low: float, high: float) -> str:
    if not low:
        return f"faces under {high} pixels"
    return f"faces of {low} to {high} pixels" if np.isfinite(high) else f"faces from {low} pixels"
