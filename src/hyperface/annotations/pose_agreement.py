"""Compares the annotated pose angles of a data set with those computed from its landmarks.

Data sets differ in the signs and units of the pose. Fitting the mean face to the landmarks gives
the angles in the project's convention.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.readers.labeling import SAME_ANGLE, fitted_pose
from hyperface.annotations.record import AnnotatedImage
from hyperface.geometry.fitting import fit_many
from hyperface.geometry.pose import ANGLES, angle_difference

FACES = 500  # the first faces of a data set are enough to find the sign
MIN_FACES = 20
MIN_SPREAD = np.radians(3)  # minimum spread of annotated angles for a check of their sign
MAX_DIFFERENCE = np.radians(20)  # a larger median difference is more than measurement error


@dataclass(frozen=True)
class Agreement:
    """The comparison of one angle of one data set."""

    source: str  # name of the data set
    angle: str  # "roll", "pitch" or "yaw"
    faces: int  # how many were compared
    difference: float  # median of the absolute differences, radians
    correlation: float  # between annotated and fitted angles; NaN if they hardly vary

    @property
    def fault(self) -> str | None:
        """A description of what is wrong; None if nothing is."""
        if self.correlation < 0:
            return "the sign is the opposite of the project's"
        if self.difference > MAX_DIFFERENCE:
            return "far from what the landmarks show"
        return None


def compare_poses(images: Sequence[AnnotatedImage]) -> list[Agreement]:
    """Compares annotated and fitted angles: a row for each data set and angle with enough faces."""
    by_source: dict[str, list] = {}
    for image in images:
        faces = by_source.setdefault(image.source, [])
        if len(faces) < FACES:
            faces += [face for face in image.faces if np.isfinite(face.pose).any()]
    rows = []
    for source, faces in sorted(by_source.items()):
        points = np.array([face.landmarks for face in faces], np.float64).reshape(-1, 21, 2)
        views = fit_many(points, np.all(np.isfinite(points), axis=-1))
        pairs = [
            (face.pose, fitted_pose(view, face))
            for face, view in zip(faces, views, strict=True)
            if view is not None
        ]
        for number, angle in enumerate(ANGLES):
            rows += _compared(source, angle, [(ours[number], fit[number]) for ours, fit in pairs])
    return rows


def _compared(source: str, angle: str, pairs: list[tuple[float, float]]) -> list[Agreement]:
    values = np.array(pairs, np.float64).reshape(-1, 2)
    annotated, fitted = values[np.isfinite(values).all(1)].T
    if len(annotated) < MIN_FACES:
        return []
    difference = angle_difference(annotated, fitted)
    if difference.max() < SAME_ANGLE:
        return []
    correlation = float("nan")
    if min(annotated.std(), fitted.std()) > MIN_SPREAD:
        correlation = float(np.corrcoef(annotated, fitted)[0, 1])
    return [Agreement(source, angle, len(annotated), float(np.median(difference)), correlation)]
