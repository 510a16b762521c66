"""Landmark-based non-maximum suppression, L-NMS (paper, section 3.2), and the plain kind.

Plain suppression keeps the best-scoring of overlapping regions. L-NMS compares tight boxes around
the predicted landmarks instead, which lie on the face even if the regions do not, and takes the
median of the best few regions of a group. Neither removes a false face inside another face's box:
`without_nested` does.
"""

from collections.abc import Callable, Sequence

import numpy as np

from hyperface.detection.region_predictions import DetectedFace, RegionPredictions, join
from hyperface.geometry.boxes import containment_matrix_xyxy, iou_matrix_xyxy

COMBINE: dict[str, Callable[..., np.ndarray]] = {"median": np.median, "mean": np.mean}


def suppress_by_landmarks(
    predictions: RegionPredictions, iou_threshold: float, top_k: int, combine: str
) -> list[DetectedFace]:
    """L-NMS: one face for each group of regions whose landmarks overlap, best score first.

    Two regions over the detection threshold are of one group if the IoU of their tight boxes is
    above `iou_threshold`. The `top_k` best-scoring ones of a group are combined into the face by
    their "median" (paper) or "mean".
    """
    boxes = tight_boxes_xyxy(predictions)
    groups = overlap_groups(boxes, predictions.scores, iou_threshold)
    return _faces([predictions.rows(group[:top_k]) for group in groups], COMBINE[combine])


def suppress_by_regions(predictions: RegionPredictions, iou_threshold: float) -> list[DetectedFace]:
    """Plain suppression: the best-scoring region of each group of overlapping ones is the face."""
    groups = overlap_groups(predictions.regions_xyxy, predictions.scores, iou_threshold)
    return _faces([predictions.rows(group[:1]) for group in groups], np.median)


def without_nested(faces: Sequence[DetectedFace], max_containment: float) -> list[DetectedFace]:
    """Removes the lower-scoring of two faces if one lies inside the other's box. Not in the paper.

    A part of a face, or a face with its surroundings, can be detected as a second face. Its box is
    so much smaller or larger that the IoU stays low. Of faces with the best score first, two are
    nested if more than `max_containment` of the smaller box lies inside the larger; 1 removes none.
    """
    boxes = np.array([face.box_xyxy for face in faces])
    scores = np.array([face.score for face in faces])
    groups = overlap_groups(boxes, scores, max_containment, containment_matrix_xyxy)
    return [faces[group[0]] for group in groups]


def tight_boxes_xyxy(predictions: RegionPredictions) -> np.ndarray:
    """(N, 4) tight boxes around the visible landmarks; with fewer than two, the region."""
    points = np.where(predictions.visible[..., None], predictions.landmarks, np.nan)
    enough = predictions.visible.sum(1) >= 2
    boxes = predictions.regions_xyxy.astype(np.float64)
    boxes[enough] = np.hstack([np.nanmin(points[enough], 1), np.nanmax(points[enough], 1)])
    return boxes


def overlap_groups(
    boxes_xyxy: np.ndarray,
    scores: np.ndarray,
    threshold: float,
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray] = iou_matrix_xyxy,
) -> list[np.ndarray]:
    """Groups of greedy non-maximum suppression: the indices of each, best score first.

    The best box not yet in a group begins the next one, and takes all others that overlap it by
    more than the threshold. Of equal scores the first wins. The measure of overlap, from (N, 4) and
    (M, 4) boxes to (N, M), is by default IoU.
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
    """One face for each group of regions, which are sorted by score."""
    combined = [
        RegionPredictions(
            group.regions_xyxy[:1],
            group.scores[:1],
            *(combine(values, axis=0, keepdims=True) for values in group.columns[2:]),
        )
        for group in groups
    ]
    return join(combined).faces()
