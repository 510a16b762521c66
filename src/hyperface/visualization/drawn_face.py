"""What is drawn of a face, whether it was found or annotated."""

from dataclasses import dataclass, replace

import numpy as np

from hyperface.annotations.record import Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.tasks import GENDERS


@dataclass(frozen=True, eq=False)
class DrawnFace:
    """What is to be drawn of one face; None or NaN is left out.

    Attributes:
        box_xyxy: (4,) left, top, right, bottom in pixels.
        landmarks: (N, 2) x and y in pixels, NaN where missing.
        visibility: (N,) 1 visible, 0 occluded; from 0.5 on a point counts as visible, and so does a
            point whose visibility is missing.
        pose: (3,) roll, pitch, yaw in radians.
        label: The words over its box, parts separated by ", ".
    """

    box_xyxy: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    visibility: np.ndarray | None = None
    pose: np.ndarray | None = None
    label: str = ""

    def moved(self, offset: np.ndarray) -> "DrawnFace":
        """The face with (2,) `offset` pixels added to its box and landmarks."""
        box = None if self.box_xyxy is None else np.asarray(self.box_xyxy) + np.tile(offset, 2)
        points = None if self.landmarks is None else np.asarray(self.landmarks) + offset
        return replace(self, box_xyxy=box, landmarks=points)

    def scaled(self, zoom: np.ndarray) -> "DrawnFace":
        """The face in its image resized by (2,) `zoom`, across and down."""
        box = None if self.box_xyxy is None else np.asarray(self.box_xyxy) * np.tile(zoom, 2)
        points = None if self.landmarks is None else np.asarray(self.landmarks) * zoom
        return replace(self, box_xyxy=box, landmarks=points)


def drawn_face(face: Face | DetectedFace, track: int | None = None) -> DrawnFace:
    """An annotated face, or one that was found, as it is drawn.

    Args:
        face: In pixels of its image.
        track: Its number in a video, written before all else.
    """
    if isinstance(face, Face):
        label = GENDERS[int(face.gender)] if np.isfinite(face.gender) else ""
    else:
        label = ", ".join(_probabilities(face))
    if track is not None:
        label = f"#{track} {label}".rstrip()
    return DrawnFace(face.box_xyxy, face.landmarks, face.visibility, face.pose, label)


def _probabilities(face: DetectedFace) -> list[str]:
    """Each probability with what it is of: "face 0.99", "female 0.97"; none that is NaN."""
    words = [f"face {face.score:.2f}"] if np.isfinite(face.score) else []
    if np.isfinite(face.female_probability):
        is_female = face.female_probability >= 0.5
        probability = face.female_probability if is_female else 1 - face.female_probability
        words.append(f"{GENDERS[int(is_female)]} {probability:.2f}")
    return words
