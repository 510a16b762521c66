"""Exact intersection over union of ellipses and boxes."""

import numpy as np

from hyperface.geometry.boxes import area_xyxy


def ellipse_box_iou(ellipses: np.ndarray, boxes_xyxy: np.ndarray) -> np.ndarray:
    """(N, 5) ellipses and (M, 4) boxes -> (N, M) intersection over union; 0 for an empty union.

    The ellipses are as in `Face.ellipse`, the boxes in the same pixels.
    """
    ellipses = np.asarray(ellipses, np.float64).reshape(-1, 5)
    boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)
    radii, angles, centers = ellipses[:, :2], ellipses[:, 2], ellipses[:, 3:]
    whole = np.asarray((radii > 0).all(axis=1))
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(1, -1, 4, 2) - centers[:, None, None]
    # Rotated to the ellipse's axes and divided by its radii: the ellipse becomes the unit circle.
    cosine, sine = np.cos(angles), np.sin(angles)
    rotation = np.stack([cosine, -sine, sine, cosine], axis=-1).reshape(-1, 1, 2, 2)
    unit = corners @ rotation / np.where(whole[:, None], radii, 1)[:, None, None]
    product = np.where(whole, radii.prod(axis=1), 0)[:, None]
    intersection = area_in_unit_circle(unit) * product  # (N, M)
    union = np.pi * product + area_xyxy(boxes) - intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)


def area_in_unit_circle(corners: np.ndarray) -> np.ndarray:
    """(..., k, 2) corners of convex polygons -> (...) area of their intersection with the circle.

    The area is a sum over the edges as seen from the center: a triangle for the part of an edge
    inside the circle, a sector for the parts outside.
    """
    start, end = corners, np.roll(corners, -1, axis=-2)
    step = end - start
    a = np.maximum((step**2).sum(-1), 1e-300)  # an edge of length 0 crosses nothing
    b, c = (start * step).sum(-1), (start**2).sum(-1) - 1
    root = np.sqrt(np.maximum(b**2 - a * c, 0))
    enters, leaves = (start + np.clip(t, 0, 1)[..., None] * step
                      for t in ((-b - root) / a, (-b + root) / a))  # fmt: skip
    twice = _sector(start, enters) + _cross(enters, leaves) + _sector(leaves, end)
    return np.abs(twice.sum(-1)) / 2


def _cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]


def _sector(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Twice the area of the sector of the unit circle between two directions: the angle."""
    return np.arctan2(_cross(first, second), (first * second).sum(-1))
