"""Landmark-based non-maximum suppression, L-NMS (paper, section 3.2), and the plain kind.

Plain suppression keeps the best-scoring one of regions that overlap. L-NMS compares tight boxes
around the predicted landmarks instead, which lie on the face even where regions do not, and takes
the median of the best few regions of a group. A face made of a part of another one escapes both:
`without_nested` leaves those out.
"""

from collections.abc import Callable, Sequence

import numpy as np

from hyperface.detection.region_predictions import DetectedFace, RegionPredictions, join
from hyperface.geometry.boxes import containment_matrix_xyxy, iou_matrix_xyxy

COMBINE: dict[str, Callable[..., np.ndarray]] = {"median": np.median, "mean": np.mean}


def suppress_by_landmarks(
    answers: RegionPredictions, iou_threshold: float, top_k: int, combine: str
) -> list[DetectedFace]:
    """L-NMS: one face for each group of regions whose landmarks cover the same place.

    Args:
        answers: Of N regions over the detection threshold.
        iou_threshold: IoU of two tight boxes above which they mean the same face.
        top_k: How many of a group's best-scoring regions are combined to the face.
        combine: "median" (paper) or "mean".

    Returns:
        The faces, best score first.
    """
    boxes = tight_boxes_xyxy(answers)
    groups = overlap_groups(boxes, answers.scores, iou_threshold)
    return _faces([answers.rows(group[:top_k]) for group in groups], COMBINE[combine])


def suppress_by_regions(answers: RegionPredictions, iou_threshold: float) -> list[DetectedFace]:
    """Plain suppression: the best-scoring region of each group of overlapping ones is the face.

    Args:
        answers: Of N regions over the detection threshold.
        iou_threshold: IoU of two regions above which they mean the same face.
    """
    groups = overlap_groups(answers.regions_xyxy, answers.scores, iou_threshold)
    return _faces([answers.rows(group[:1]) for group in groups], np.median)


def without_nested(faces: Sequence[DetectedFace], max_containment: float) -> list[DetectedFace]:
    """Leaves out faces of which one lies inside the other's box. Ours.

    An eye and a mouth, or a face and what is around it, can pass for a second face whose box is
    so much smaller, or larger, that no IoU tells that it is the same.

    Args:
        faces: Best score first; of two nested ones the better stays.
        max_containment: Share of the smaller box inside the larger above which they are nested; 1
            leaves out none.
    """
    boxes = np.array([face.box_xyxy for face in faces])
    scores = np.array([face.score for face in faces])
    groups = overlap_groups(boxes, scores, max_containment, containment_matrix_xyxy)
    return [faces[group[0]] for group in groups]


def tight_boxes_xyxy(answers: RegionPredictions) -> np.ndarray:
    """(N, 4) tight boxes around the visible landmarks; with fewer than two, the region."""
    points = np.where(answers.visible[..., None], answers.landmarks, np.nan)
    enough = answers.visible.sum(1) >= 2
    boxes = answers.regions_xyxy.astype(np.float64)
    boxes[enough] = np.hstack([np.nanmin(points[enough], 1), np.nanmax(points[enough], 1)])
    return boxes


def overlap_groups(
    boxes_xyxy: np.ndarray,
    scores: np.ndarray,
    threshold: float,
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray] = iou_matrix_xyxy,
) -> list[np.ndarray]:
    """Groups of greedy non-maximum suppression.

    The best box not yet in a group begins the next one, and takes all others that overlap it.

    Args:
        boxes_xyxy: (N, 4).
        scores: (N,); of equal ones the first wins.
        threshold: Above which a box joins.
        measure: Of how much two boxes overlap, (N, 4) and (M, 4) to (N, M); IoU.

    Returns:
        Indices, best score first, of each group; the groups in order of their best.
    """
    left = np.argsort(-scores, kind="stable")
    groups = []
    while len(left):
        joins = measure(boxes_xyxy[left[:1]], boxes_xyxy[left])[0] > threshold
        joins[0] = True  # also a box without area
        groups.append(left[joins])
        left = left[~joins]
    return groups


def _faces(
    groups: Sequence[RegionPredictions], combine: Callable[..., np.ndarray]
) -> list[DetectedFace]:
    """The faces of some groups' best regions, the best of each group first."""
    combined = [
        RegionPredictions(
            group.regions_xyxy[:1],
            group.scores[:1],
            *(combine(values, axis=0, keepdims=True) for values in group.columns[2:]),
        )
        for group in groups
    ]
    return join(combined).faces()
