"""The network's predictions for regions of one image, and for one detected face."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from hyperface.geometry.rectangle import face_rectangles_xyxy
from hyperface.geometry.schemes import scheme_of
from hyperface.regions.encoding import decode_landmarks
from hyperface.regions.region import Region
from hyperface.tasks import NUM_LANDMARKS, VISIBLE


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """One detected face; NaN for values that the network, or another program, does not predict.

    Attributes:
        box_xyxy: (4,) in pixels, the paper's FaceRectCalculator over its visible landmarks; may
            extend beyond the image.
        score: Probability of a face, the highest of the regions that it is made from.
        landmarks: (21, 2) in pixels, or (K, 2) of another scheme.
        visibility: (21,), or (K,), about 0 to 1.
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


@dataclass(frozen=True, eq=False)
class RegionPredictions:
    """The predictions for N regions, in pixels of their image; NaN for missing heads."""

    regions_xyxy: np.ndarray  # (N, 4) int, the regions
    scores: np.ndarray  # (N,) probability that it is a face
    landmarks: np.ndarray  # (N, 21, 2) x and y, or (N, K, 2) of another scheme
    visibility: np.ndarray  # (N, 21), or (N, K), about 0 to 1
    poses: np.ndarray  # (N, 3) roll, pitch, yaw in radians
    female_probabilities: np.ndarray  # (N,) probability that the face is female

    @classmethod
    def from_outputs(
        cls,
        outputs: Mapping[str, np.ndarray],
        regions_xyxy: np.ndarray,
        num_landmarks: int = NUM_LANDMARKS,
    ) -> "RegionPredictions":
        """Converts the network's outputs by task, (N, ...), for (N, 4) regions.

        The number of landmarks is that of the network, for outputs without landmarks.
        """
        number = len(regions_xyxy)

        def rows(task: str, size: int) -> np.ndarray:
            missing = np.full((number, size), np.nan)
            return np.asarray(outputs.get(task, missing), np.float64)

        points = rows("landmarks", 2 * num_landmarks)
        points = points.reshape(number, points.shape[1] // 2, 2)
        return cls(
            regions_xyxy=regions_xyxy,
            scores=rows("detection", 2)[:, 1],
            landmarks=decode_landmarks(points, regions_xyxy),
            visibility=rows("visibility", points.shape[1]),
            poses=rows("pose", 3),
            female_probabilities=rows("gender", 2)[:, 1],
        )

    def __len__(self) -> int:
        return len(self.scores)

    def rows(self, index: np.ndarray) -> "RegionPredictions":
        """The predictions at an index or mask, (N,)."""
        return RegionPredictions(*(values[index] for values in self.columns))

    @property
    def columns(self) -> list[np.ndarray]:
        """The attributes in their order."""
        return [getattr(self, field.name) for field in fields(self)]

    @property
    def visible(self) -> np.ndarray:
        """(N, K) bool; a landmark with unknown visibility counts as visible."""
        return ~(self.visibility < VISIBLE)

    def faces(self) -> list[DetectedFace]:
        """The face in each region; its box is the region if too few landmarks are visible."""
        points = np.where(self.visible[..., None], self.landmarks, np.nan)
        to_21 = scheme_of(points.shape[1]).to_21
        seen = np.array([to_21(each) for each in points]).reshape(-1, NUM_LANDMARKS, 2)
        boxes = face_rectangles_xyxy(seen, np.isfinite(seen).all(axis=-1))
        boxes = np.where(np.isnan(boxes), self.regions_xyxy, boxes)
        return [
            DetectedFace(
                box_xyxy=boxes[row],
                score=float(self.scores[row]),
                landmarks=self.landmarks[row],
                visibility=self.visibility[row],
                pose=self.poses[row],
                female_probability=float(self.female_probabilities[row]),
            )
            for row in range(len(self))
        ]


def join(parts: Sequence[RegionPredictions]) -> RegionPredictions:
    """The predictions for several sets of regions as one, which may be empty."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return RegionPredictions.from_outputs({}, np.zeros((0, 4), int))
    columns = zip(*(part.columns for part in parts), strict=True)
    return RegionPredictions(*map(np.concatenate, columns))


def region_face(outputs: Mapping[str, np.ndarray], region: Region) -> DetectedFace:
    """The face in one region, from the row of outputs by task; see `from_outputs`."""
    rows = {task: np.asarray(values)[None] for task, values in outputs.items()}
    return RegionPredictions.from_outputs(rows, region.box_xyxy[None]).faces()[0]
