"""What the network says of some regions of one image, and what it comes to for one face."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields

import numpy as np

from hyperface.geometry.rectangle import face_rectangle_xyxy
from hyperface.geometry.schemes import scheme_of
from hyperface.regions.encoding import decode_landmarks
from hyperface.regions.region import Region
from hyperface.tasks import NUM_LANDMARKS

VISIBLE = 0.5  # from this predicted visibility on, a landmark counts as visible


@dataclass(frozen=True, eq=False)
class RegionPredictions:
    """The network's answers for N regions, in pixels of their image.

    Attributes:
        regions_xyxy: (N, 4) int, the regions.
        scores: (N,) probability that it is a face.
        landmarks: (N, 21, 2) x and y.
        visibility: (N, 21) about 0 to 1.
        poses: (N, 3) roll, pitch, yaw in radians.
        female_probabilities: (N,) probability that the face is female.
    """

    regions_xyxy: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray
    visibility: np.ndarray
    poses: np.ndarray
    female_probabilities: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def rows(self, index: np.ndarray) -> "RegionPredictions":
        """The answers at an index or mask, (N,)."""
        return RegionPredictions(*(getattr(self, field.name)[index] for field in fields(self)))

    @property
    def visible(self) -> np.ndarray:
        """(N, 21) bool."""
        return self.visibility >= VISIBLE


def join(parts: Sequence[RegionPredictions]) -> RegionPredictions:
    """The answers of several sets of regions as one; of none, no answers."""
    if not parts:
        return RegionPredictions(
            np.zeros((0, 4), int),
            np.zeros(0),
            np.zeros((0, NUM_LANDMARKS, 2)),
            np.zeros((0, NUM_LANDMARKS)),
            np.zeros((0, 3)),
            np.zeros(0),
        )
    columns = ([getattr(part, field.name) for part in parts] for field in fields(RegionPredictions))
    return RegionPredictions(*map(np.concatenate, columns))


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """One face that was found; NaN for what the network, or another program, does not give.

    Attributes:
        box_xyxy: (4,) in pixels, the paper's FaceRectCalculator over its visible landmarks; may
            reach over the image's edge.
        score: Probability of a face, the best of the regions that it comes from.
        landmarks: (21, 2) in pixels, or (N, 2) of another scheme.
        visibility: (21,), or (N,), about 0 to 1.
        pose: (3,) roll, pitch, yaw in radians.
        female_probability: Probability that it is female.
    """

    box_xyxy: np.ndarray
    score: float
    landmarks: np.ndarray
    visibility: np.ndarray
    pose: np.ndarray
    female_probability: float

    @property
    def pose_degrees(self) -> np.ndarray:
        """(3,) roll, pitch, yaw in degrees."""
        return np.degrees(self.pose)


def region_face(outputs: Mapping[str, np.ndarray], region: Region) -> DetectedFace:
    """The face that a network sees in one region, as far as it has the heads.

    Args:
        outputs: By task, the network's row for the region.
        region: Whose box is the face's where too few landmarks are visible for another.
    """
    box = region.box_xyxy.astype(float)
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    visibility = outputs.get("visibility")
    if "landmarks" in outputs:
        landmarks = decode_landmarks(outputs["landmarks"].reshape(-1, 2), region.box_xyxy)
        visible = np.ones(len(landmarks), bool) if visibility is None else visibility >= VISIBLE
        seen = scheme_of(len(landmarks)).to_21(np.where(visible[:, None], landmarks, np.nan))
        with suppress(ValueError):  # fewer visible points than a box needs
            box = face_rectangle_xyxy(seen, np.isfinite(seen).all(axis=1))
    return DetectedFace(
        box_xyxy=box,
        score=float(outputs["detection"][1]) if "detection" in outputs else np.nan,
        landmarks=landmarks,
        visibility=np.full(len(landmarks), np.nan) if visibility is None else visibility,
        pose=outputs.get("pose", np.full(3, np.nan)),
        female_probability=float(outputs["gender"][1]) if "gender" in outputs else np.nan,
    )
