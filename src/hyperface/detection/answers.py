"""What the network says of some regions of one picture, and what it comes to for one face."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from hyperface.tasks import NUM_LANDMARKS

VISIBLE = 0.5  # from this predicted visibility on, a landmark counts as visible


@dataclass(frozen=True, eq=False)
class Answers:
    """The network's answers for N regions, in pixels of their picture.

    Attributes:
        regions_xyxy: (N, 4) int, the regions.
        scores: (N,) probability that it is a face.
        landmarks: (N, 21, 2) x and y.
        visibility: (N, 21) about 0 to 1.
        poses: (N, 3) roll, pitch, yaw in radians.
        females: (N,) probability that the face is female.
    """

    regions_xyxy: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray
    visibility: np.ndarray
    poses: np.ndarray
    females: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def rows(self, index: np.ndarray) -> "Answers":
        """The answers at an index or mask, (N,)."""
        return Answers(*(getattr(self, field.name)[index] for field in fields(self)))

    @property
    def visible(self) -> np.ndarray:
        """(N, 21) bool."""
        return self.visibility >= VISIBLE


def join(parts: Sequence[Answers]) -> Answers:
    """The answers of several sets of regions as one; of none, no answers."""
    if not parts:
        return Answers(
            np.zeros((0, 4), int),
            np.zeros(0),
            np.zeros((0, NUM_LANDMARKS, 2)),
            np.zeros((0, NUM_LANDMARKS)),
            np.zeros((0, 3)),
            np.zeros(0),
        )
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Answers))
    return Answers(*map(np.concatenate, columns))


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """One face that was found.

    Attributes:
        box_xyxy: (4,) in pixels, the paper's FaceRectCalculator over its visible landmarks; may
            reach over the picture's edge.
        score: Probability of a face, the best of the regions that it comes from.
        landmarks: (21, 2) in pixels.
        visibility: (21,) about 0 to 1.
        pose: (3,) roll, pitch, yaw in radians.
        female: Probability that it is female.
    """

    box_xyxy: np.ndarray
    score: float
    landmarks: np.ndarray
    visibility: np.ndarray
    pose: np.ndarray
    female: float

    @property
    def female_probability(self) -> float:
        """The probability that the face is female."""
        return self.female

    @property
    def pose_degrees(self) -> np.ndarray:
        """(3,) roll, pitch, yaw in degrees."""
        return np.degrees(self.pose)
