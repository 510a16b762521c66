"""The schemes of landmarks in one table: AFLW's 21, which the paper has, and 300-W's 68."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hyperface.geometry.landmarks import LANDMARK_NAMES, MIRROR, from_68
from hyperface.geometry.landmarks_68 import LANDMARK_NAMES_68, MEAN_FACE_68, MIRROR_68
from hyperface.geometry.mean_face import MEAN_FACE


@dataclass(frozen=True, eq=False)
class Scheme:
    """One set of landmarks, N of them."""

    names: tuple[str, ...]  # N names; 'left' is left in the image of a frontal face
    mirror: np.ndarray  # (N,) int, the landmark that takes the place of each in the mirror image
    mean_face: np.ndarray  # (N, 3), in the axes and the unit of `mean_face.py`
    # (N, 2) points -> (21, 2), NaN where the scheme does not have one.
    to_21: Callable[[np.ndarray], np.ndarray]

    @property
    def count(self) -> int:
        """N."""
        return len(self.names)


SCHEMES = {
    "21": Scheme(LANDMARK_NAMES, MIRROR, MEAN_FACE, np.asarray),
    "68": Scheme(LANDMARK_NAMES_68, MIRROR_68, MEAN_FACE_68, from_68),
}


def scheme_of(count: int) -> Scheme:
    """The scheme with so many landmarks."""
    return SCHEMES[str(count)]
