"""Boxes, in pixels: `xyxy` = left, top, right, bottom edges; `xywh` = left, top, width, height."""

import numpy as np


def xywh_to_xyxy(boxes: np.ndarray) -> np.ndarray:
    """(..., 4) left, top, width, height -> (..., 4) left, top, right, bottom."""
    boxes = np.asarray(boxes)
    return np.concatenate([boxes[..., :2], boxes[..., :2] + boxes[..., 2:]], axis=-1)


def xyxy_to_xywh(boxes: np.ndarray) -> np.ndarray:
    """(..., 4) left, top, right, bottom -> (..., 4) left, top, width, height."""
    boxes = np.asarray(boxes)
    return np.concatenate([boxes[..., :2], boxes[..., 2:] - boxes[..., :2]], axis=-1)


def area_xyxy(boxes: np.ndarray) -> np.ndarray:
    """(..., 4) -> (...) area in square pixels; an inverted box has none."""
    boxes = np.asarray(boxes)
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    return sides[..., 0] * sides[..., 1]


def iou_matrix_xyxy(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(N, 4) and (M, 4) boxes -> (N, M) intersection over union; 0 where the union is empty."""
    intersection, areas, others = _intersections(first, second)
    union = areas + others - intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)


def containment_matrix_xyxy(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(N, 4) and (M, 4) boxes -> (N, M) share of the smaller box that lies inside the larger.

    From 0 to 1; 0 where one of the two has no area.
    """
    intersection, areas, others = _intersections(first, second)
    smaller = np.minimum(areas, others)
    return np.divide(intersection, smaller, out=np.zeros_like(smaller), where=smaller > 0)


def _intersections(
    first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 4) and (M, 4) boxes -> (N, M) common area, (N, 1) and (1, M) areas."""
    first = np.asarray(first, np.float64).reshape(-1, 4)
    second = np.asarray(second, np.float64).reshape(-1, 4)
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(bottom_right - top_left, 0)  # (N, M, 2)
    common = sides[..., 0] * sides[..., 1]
    return common, area_xyxy(first)[:, None], area_xyxy(second)[None, :]


def scale_xyxy(boxes: np.ndarray, factor: float) -> np.ndarray:
    """(N, 4) boxes whose sides are multiplied by the factor, with the same centers."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    half_sides = (boxes[:, 2:] - boxes[:, :2]) * (factor / 2)
    return np.hstack([centers - half_sides, centers + half_sides])


def clip_xyxy(boxes: np.ndarray, width: float, height: float) -> np.ndarray:
    """(..., 4) boxes cut at the edges of an image of width x height pixels."""
    return np.clip(boxes, 0, np.array([width, height, width, height]))
