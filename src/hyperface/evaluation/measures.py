"""Accuracies and errors of plain arrays; average precision is in `precision_recall`."""

from collections.abc import Sequence

import numpy as np


def balanced_accuracy(correct: np.ndarray, classes: Sequence[np.ndarray]) -> float:
    """The mean accuracy of the classes, each given by a mask; NaN if a class is absent.

    `correct` has 1 where a prediction is correct and 0 elsewhere; the masks are bool and have the
    same shape.
    """
    if not all(members.any() for members in classes):
        return float("nan")
    return float(np.mean([correct[members].mean() for members in classes]))


def landmark_error(
    predicted: np.ndarray, truth: np.ndarray, visible: np.ndarray, extent: np.ndarray
) -> np.ndarray:
    """Mean distance over the visible landmarks of each face, divided by the face's extent.

    (N, 21, 2) predicted and true points and (N,) extents in pixels, (N, 21) bool -> (N,), NaN for a
    face without a visible point or without extent.
    """
    distance = np.linalg.norm(np.where(visible[..., None], predicted - truth, 0), axis=-1)
    count = visible.sum(axis=1)
    total = distance.sum(axis=1)
    size = count * extent
    return np.divide(total, size, out=np.full(len(total), np.nan), where=size > 0)


def tight_extent(points: np.ndarray) -> float:
    """(21, 2) pixels, NaN where missing -> the longer side of the points' tight box."""
    return float((np.nanmax(points, axis=0) - np.nanmin(points, axis=0)).max())


def nan_mean(values: np.ndarray) -> float:
    """The mean of the finite values; NaN without any."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
