"""Labels regions by overlap, which decides what tasks they train (paper, section 2.2).

The overlap of a region is its intersection over union (IoU) with the face it covers best.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hyperface.annotations.record import AnnotatedImage
from hyperface.geometry.boxes import containment_matrix_xyxy, iou_matrix_xyxy
from hyperface.tasks import NUM_LANDMARKS

_CONTAINED = 0.5  # share of the smaller of a region and an ignored box inside the other


@dataclass(frozen=True)
class OverlapRules:
    """IoU thresholds, all exclusive; the defaults are the paper's."""

    face: float = 0.5  # above it a region is a face for detection
    # Under it a region is not a face for detection; between the two it is ignored.
    background: float = 0.35
    landmarks: float = 0.35  # above it a region trains landmarks and visibility
    pose_gender: float = 0.5  # above it a region trains pose and gender
    # In an image that may show faces that nobody annotated, a region is background only above this
    # IoU with an annotated face (ours). Above it a region touches an ignored face, and is not
    # background either.
    background_min: float = 0.1
    # N of the faces' landmarks, for the targets of regions without a face.
    num_landmarks: int = NUM_LANDMARKS


def best_overlap(boxes_xyxy: np.ndarray, image: AnnotatedImage) -> tuple[np.ndarray, np.ndarray]:
    """(N,) index of the face that each of (N, 4) regions overlaps most, -1 for none; (N,) IoU."""
    if not image.faces:
        return np.full(len(boxes_xyxy), -1), np.zeros(len(boxes_xyxy))
    overlaps = iou_matrix_xyxy(boxes_xyxy, image.boxes_xyxy)
    face = overlaps.argmax(axis=1)
    return face, overlaps[np.arange(len(overlaps)), face]


def is_background(
    boxes_xyxy: np.ndarray, overlap: ArrayLike, image: AnnotatedImage, rules: OverlapRules
) -> np.ndarray:
    """(N,) bool, which of (N, 4) regions are certain background, by their best IoU with a face."""
    overlap = np.asarray(overlap)
    safe = (overlap < rules.background) & ~touches_ignored(boxes_xyxy, image.ignored_xyxy, rules)
    return safe if image.complete else safe & (overlap > rules.background_min)


def touches_ignored(
    boxes_xyxy: np.ndarray, ignored_xyxy: np.ndarray, rules: OverlapRules
) -> np.ndarray:
    """(N,) bool, which of (N, 4) regions may show one of (M, 4) ignored faces.

    Such a region overlaps an ignored box by more than `background_min`, or more than half of the
    smaller of the two lies inside the other: a tiny face in a large region, or a region in a crowd.
    """
    overlaps = iou_matrix_xyxy(boxes_xyxy, ignored_xyxy) > rules.background_min
    contained = containment_matrix_xyxy(boxes_xyxy, ignored_xyxy) > _CONTAINED
    return np.any(overlaps | contained, axis=1)
