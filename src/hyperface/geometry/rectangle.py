"""The paper's FaceRectCalculator: from landmarks to the face's box (section 3)."""

from dataclasses import dataclass

import numpy as np

from hyperface.geometry.fitting import WeakPerspective, fit_many, fit_weak_perspective
from hyperface.geometry.mean_face import BOX_CENTER, BOX_SIDE


def face_rectangle_xyxy(points: np.ndarray, use: np.ndarray) -> np.ndarray:
    """The face's box: a square that moves, rotates and scales with the fitted mean face.

    It is fitted to those of the (21, 2) points in pixels that (21,) bool `use` marks: all labeled
    ones for truth, the visible ones at test time; at least 4.

    Returns:
        (4,) float64 left, top, right, bottom in pixels; may extend beyond the image.

    Raises:
        ValueError: Where the mean face cannot be fitted.
    """
    return rectangle_of_view_xyxy(fit_weak_perspective(points, use))


def face_rectangles_xyxy(points: np.ndarray, use: np.ndarray) -> np.ndarray:
    """The boxes of many faces at once, from (N, 21, 2) points and (N, 21) bool which to use.

    Returns:
        (N, 4) float64; a row of NaN where the mean face cannot be fitted.
    """
    nowhere = np.full(4, np.nan)
    views = fit_many(points, use)
    boxes = [nowhere if view is None else rectangle_of_view_xyxy(view) for view in views]
    return np.array(boxes).reshape(-1, 4)


def rectangle_of_view_xyxy(view: WeakPerspective) -> np.ndarray:
    """(4,) float64, the box of a face with a known view."""
    center = view.project(BOX_CENTER[None])[0]
    half = BOX_SIDE * view.scale / 2
    return np.concatenate([center - half, center + half])


@dataclass(frozen=True)
class BoxRule:
    """A rule that converts boxes, as of a data set, to squares as of `face_rectangle_xyxy`."""

    side: float  # of the square, in sides of the square of the box's area
    # How far the square's center lies to the right of the box's, in widths of the box.
    right: float = 0.0
    down: float = 0.0  # how far it lies below, in heights of the box

    def squares_xyxy(self, boxes_xyxy: np.ndarray) -> np.ndarray:
        """(..., 4) boxes -> (..., 4) squares, float64; a box without an area stays."""
        boxes = np.asarray(boxes_xyxy, np.float64)
        sides = boxes[..., 2:] - boxes[..., :2]
        center = (boxes[..., :2] + boxes[..., 2:]) / 2 + sides * (self.right, self.down)
        half = self.side * np.sqrt(np.maximum(sides.prod(-1, keepdims=True), 0)) / 2
        squares = np.concatenate([center - half, center + half], axis=-1)
        return np.where((sides > 0).all(-1, keepdims=True), squares, boxes)
