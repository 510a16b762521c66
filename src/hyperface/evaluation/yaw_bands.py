"""Faces by how far the head is turned, as in the paper's table on AFLW."""

import numpy as np

from hyperface.evaluation.matched import MatchedFaces
from hyperface.geometry.pose import ANGLES

YAW = ANGLES.index("yaw")
YAW_BANDS = ((0, 30), (30, 60), (60, 90))  # degrees of |yaw|
EDGE = 1e-3  # degrees: a yaw of 90 has been through radians in single precision


def in_yaw_bands(yaws: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    """By band, (n,) bool: |yaw| is from its lower end up to below its upper one.

    A yaw of exactly 90 degrees, as AFW has it, belongs to the last.

    Args:
        yaws: (n,) radians; a missing one, NaN, is in none.
    """
    turned = np.degrees(np.abs(yaws))
    last = YAW_BANDS[-1][1]
    turned = np.where(np.abs(turned - last) < EDGE, last - EDGE, turned)
    return {
        (low, high): (turned >= low - EDGE) & (turned < high - EDGE / 2) for low, high in YAW_BANDS
    }


def yaw_bands(faces: MatchedFaces) -> dict[str, np.ndarray]:
    """By the band's name, (n,) bool: the annotated yaw is in it."""
    bands = in_yaw_bands(faces.truth.poses[:, YAW])
    return {f"yaw {low} to {high} degrees": rows for (low, high), rows in bands.items()}
