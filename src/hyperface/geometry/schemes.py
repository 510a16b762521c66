"""The landmark schemes in one table: AFLW's 21, which the paper uses, and 300-W's 68."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hyperface.geometry.landmarks import LANDMARK_NAMES, MIRROR, from_68

_PARTS = {
    "jaw": 17,
    "left brow": 5,
    "right brow": 5,
    "nose bridge": 4,
    "nose base": 5,
    "left eye": 6,
    "right eye": 6,
    "outer lip": 12,
    "inner lip": 8,
}
# "left" is left in the image of a frontal face; a part's points are counted from 1.
LANDMARK_NAMES_68 = tuple(
    f"{part} {number}" for part, count in _PARTS.items() for number in range(1, count + 1)
)

# MIRROR_68[i] is the landmark that takes the place of landmark i in the mirror image.
MIRROR_68 = np.array(
    [
        *range(16, -1, -1),  # jaw
        *range(26, 16, -1),  # brows
        *(27, 28, 29, 30, 35, 34, 33, 32, 31),  # nose
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
        *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lip
        *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lip
    ]
)


@dataclass(frozen=True, eq=False)
class Scheme:
    """One set of landmarks, N of them."""

    names: tuple[str, ...]  # N names; 'left' is left in the image of a frontal face
    mirror: np.ndarray  # (N,) int, the landmark that takes the place of each in the mirror image
    # (N, 2) points -> (21, 2), NaN where the scheme does not have one.
    to_21: Callable[[np.ndarray], np.ndarray]

    @property
    def count(self) -> int:
        """N."""
        return len(self.names)


SCHEMES = {
    "21": Scheme(LANDMARK_NAMES, MIRROR, np.asarray),
    "68": Scheme(LANDMARK_NAMES_68, MIRROR_68, from_68),
}


def scheme_of(count: int) -> Scheme:
    """The scheme with that number of landmarks."""
    return SCHEMES[str(count)]
