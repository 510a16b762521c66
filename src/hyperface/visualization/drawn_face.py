"""The drawable parts of an annotated or detected face."""

from dataclasses import dataclass, replace

import numpy as np

from hyperface.annotations.record import Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.tasks import GENDERS


@dataclass(frozen=True, eq=False)
class DrawnFace:
    """The parts of one face to draw; None and NaN are not drawn."""

    box_xyxy: np.ndarray | None = None  # (4,) left, top, right, bottom in pixels
    landmarks: np.ndarray | None = None  # (N, 2) x and y in pixels, NaN where missing
    # (N,) 1 visible, 0 occluded; a landmark counts as visible from 0.5 on, and where it is NaN.
    visibility: np.ndarray | None = None
    pose: np.ndarray | None = None  # (3,) roll, pitch, yaw in radians
    label: str = ""  # the text above its box; parts are separated by ", "

    def moved(self, offset: np.ndarray) -> "DrawnFace":
        """The face moved by (2,) `offset` pixels."""
        box = None if self.box_xyxy is None else np.asarray(self.box_xyxy) + np.tile(offset, 2)
        points = None if self.landmarks is None else np.asarray(self.landmarks) + offset
        return replace(self, box_xyxy=box, landmarks=points)

    def scaled(self, zoom: np.ndarray) -> "DrawnFace":
        """The face in an image resized by (2,) `zoom`, in x and y."""
        box = None if self.box_xyxy is None else np.asarray(self.box_xyxy) * np.tile(zoom, 2)
        points = None if self.landmarks is None else np.asarray(self.landmarks) * zoom
        return replace(self, box_xyxy=box, landmarks=points)


def drawn_face(face: Face | DetectedFace, track: int | None = None) -> DrawnFace:
    """The drawable parts of an annotated or detected face, in pixels of its image.

    In a video, the label begins with the number of its track.
    """
    if isinstance(face, Face):
        label = GENDERS[int(face.gender)] if np.isfinite(face.gender) else ""
    else:
        label = ", ".join(_probabilities(face))
    if track is not None:
        label = f"#{track} {label}".rstrip()
    return DrawnFace(face.box_xyxy, face.landmarks, face.visibility, face.pose, label)


def _probabilities(face: DetectedFace) -> list[str]:
    """The probabilities with their names: "face 0.99", "female 0.97"; NaN is skipped."""
    words = [f"face {face.score:.2f}"] if np.isfinite(face.score) else []
    if np.isfinite(face.female_probability):
        is_female = face.female_probability >= 0.5
        probability = face.female_probability if is_female else 1 - face.female_probability
        words.append(f"{GENDERS[int(is_female)]} {probability:.2f}")
    return words
