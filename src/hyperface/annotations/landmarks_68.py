"""Replaces the 21 landmarks of faces by 300-W's 68."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.self_occlusion import turned_away

# The head itself hides a point of the 68 where it hides the nearest of the 21.
NEAREST_OF_21 = np.array(
    [
        *(12, 12, 12, 12, 17, 17, 17, 20, 20, 20, 19, 19, 19, 16, 16, 16, 16),  # jaw
        *(0, 1, 1, 2, 2, 3, 3, 4, 4, 5),  # brows
        *(14, 14, 14, 14, 13, 13, 14, 15, 15),  # nose
        *(6, 7, 7, 8, 7, 7, 9, 10, 10, 11, 10, 10),  # eyes
        *(17, 17, 18, 18, 18, 19, 19, 19, 18, 18, 18, 17),  # outer lip
        *(17, 18, 18, 18, 19, 18, 18, 18),  # inner lip
    ]
)


def with_68_landmarks(images: Iterable[AnnotatedImage]) -> list[AnnotatedImage]:
    """Replaces the 21 landmarks of all faces by the 68; box and pose do not change.

    An annotated point is visible unless the head itself hides it. All points of a face without the
    68 annotated points are missing.
    """
    return [
        replace(image, faces=tuple(_face_with_68(face) for face in image.faces)) for image in images
    ]


def _face_with_68(face: Face) -> Face:
    placed = np.isfinite(face.landmarks_68).all(axis=1)
    visibility = np.where(placed, np.float32(1), np.float32(np.nan))
    if np.isfinite(face.pose).all():
        visibility[placed & turned_away(face.pose)[NEAREST_OF_21]] = 0
    return replace(face, landmarks=face.landmarks_68, visibility=visibility)
