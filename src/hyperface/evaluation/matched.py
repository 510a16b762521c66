"""The annotated faces of many pictures, each with what was found on it, by column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import Face, Picture
from hyperface.detection.answers import DetectedFace
from hyperface.evaluation.detections import JudgedPicture, judged_box_xyxy
from hyperface.geometry.mean_face import BOX_CENTRE, BOX_SIDE, MEAN_FACE
from hyperface.tasks import NUM_LANDMARKS


@dataclass(frozen=True, eq=False)
class Columns:
    """The labels of n faces, NaN where there is none.

    Attributes:
        boxes_xyxy: (n, 4) pixels.
        landmarks: (n, 21, 2) pixels.
        visibility: (n, 21) 0 hidden to 1 visible.
        poses: (n, 3) roll, pitch, yaw in radians.
        females: (n,) 0 male to 1 female.
    """

    boxes_xyxy: np.ndarray
    landmarks: np.ndarray
    visibility: np.ndarray
    poses: np.ndarray
    females: np.ndarray


@dataclass(frozen=True, eq=False)
class MatchedFaces:
    """Annotated faces and the answers about them.

    Attributes:
        truth: As annotated; the box is the published one where there is one.
        found: What was found on each; NaN throughout for a missed face.
        constant: The same answer for every face, placed in its annotated box.
        is_found: (n,) bool.
        clusters: (n,) int, equal for faces of one person, or of one picture of nobody known.
        pictures: (n,) int, the index of the face's picture.
    """

    truth: Columns
    found: Columns
    constant: Columns
    is_found: np.ndarray
    clusters: np.ndarray
    pictures: np.ndarray

    @property
    def answers(self) -> tuple[Columns, Columns]:
        """The detector's and the constant ones."""
        return self.found, self.constant

    def answered(self, values: np.ndarray) -> bool:
        """Whether the detector gives such an answer at all, from its (n, ...) column.

        Another program may give boxes alone: nothing else is asked of it then. Where it found no
        face nobody can know, and everything is.
        """
        return bool(np.isfinite(values).any()) or not self.is_found.any()


def matched_faces(
    pictures: Sequence[Picture],
    judged: Sequence[JudgedPicture],
    found: Sequence[Sequence[DetectedFace]],
) -> MatchedFaces:
    """Lays the faces of all pictures out in columns.

    Args:
        pictures: With their annotated faces.
        judged: For each, how its detections were matched.
        found: For each, its detections.
    """
    faces = [face for picture in pictures for face in picture.faces]
    rows = [
        detections[match] if match >= 0 else None
        for each, detections in zip(judged, found, strict=True)
        for match in each.matches
    ]
    truth = _truth(faces)
    indices = np.repeat(np.arange(len(pictures)), [len(picture.faces) for picture in pictures])
    keys = [face.person or int(index) for face, index in zip(faces, indices, strict=True)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return MatchedFaces(
        truth=truth,
        found=_found(rows),
        constant=_constant(faces, truth),
        is_found=np.array([row is not None for row in rows], bool),
        clusters=np.array([numbers[key] for key in keys], int),
        pictures=indices,
    )


def mean_shape(box_xyxy: np.ndarray) -> np.ndarray:
    """(4,) a face's box -> (21, 2) pixels, the mean face seen from the front in that box."""
    low, high = np.asarray(box_xyxy, np.float64).reshape(2, 2)
    flat = (MEAN_FACE - BOX_CENTRE)[:, :2] * [1, -1] / BOX_SIDE  # the picture's y points down
    return (low + high) / 2 + flat * (high - low)


def _truth(faces: Sequence[Face]) -> Columns:
    return Columns(
        np.array([judged_box_xyxy(face) for face in faces], np.float64).reshape(-1, 4),
        np.array([face.landmarks for face in faces], np.float64).reshape(-1, NUM_LANDMARKS, 2),
        np.array([face.visibility for face in faces], np.float64).reshape(-1, NUM_LANDMARKS),
        np.array([face.pose for face in faces], np.float64).reshape(-1, 3),
        np.array([face.gender for face in faces], np.float64),
    )


def _found(rows: Sequence[DetectedFace | None]) -> Columns:
    def column(name: str, *shape: int) -> np.ndarray:
        nothing = np.full(shape, np.nan)
        values = [nothing if row is None else getattr(row, name) for row in rows]
        return np.array(values, np.float64).reshape(-1, *shape)

    return Columns(
        column("box_xyxy", 4),
        column("landmarks", NUM_LANDMARKS, 2),
        column("visibility", NUM_LANDMARKS),
        column("pose", 3),
        column("female"),
    )


def _constant(faces: Sequence[Face], truth: Columns) -> Columns:
    """The mean shape in every face's box, the mean visibility and pose, the larger gender.

    The means are those of the judged faces: no constant answer could know more.
    """
    number = len(faces)
    shapes = [mean_shape(face.box_xyxy) for face in faces]
    return Columns(
        truth.boxes_xyxy,
        np.array(shapes).reshape(-1, NUM_LANDMARKS, 2),
        np.tile(_mean(truth.visibility), (number, 1)),
        np.tile(_mean(truth.poses), (number, 1)),
        np.full(number, _mean(truth.females) >= 0.5, np.float64),
    )


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean over the first axis of what is labelled, 0 where nothing is."""
    labelled = np.isfinite(values)
    return np.where(labelled, values, 0).sum(0) / np.maximum(labelled.sum(0), 1)
