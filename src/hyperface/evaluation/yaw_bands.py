"""Faces by how far the head is turned, as in the paper's table on AFLW."""

import numpy as np

from hyperface.evaluation.matched import MatchedFaces
from hyperface.evaluation.table import YAW_BANDS
from hyperface.face.pose import ANGLES

YAW = ANGLES.index("yaw")
EDGE = 1e-3  # degrees: a yaw of 90 has been through radians in single precision


def yaw_bands(faces: MatchedFaces) -> dict[str, np.ndarray]:
    """By band, (n,) bool: the annotated |yaw| is from its lower end up to below its upper one.

    A yaw of exactly 90 degrees, as AFW has it, belongs to the last.
    """
    turned = np.degrees(np.abs(faces.truth.poses[:, YAW]))
    last = YAW_BANDS[-1][1]
    turned = np.where(np.abs(turned - last) < EDGE, last - EDGE, turned)
    return {
        f"yaw {low} to {high} degrees": (turned >= low - EDGE) & (turned < high - EDGE / 2)
        for low, high in YAW_BANDS
    }
