"""Accuracies and errors on plain arrays; average precision is in `precision_recall`."""

import numpy as np


def balanced_accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean over the two classes of the share got right; NaN where a class is absent.

    Args:
        predicted: (N,) bool.
        truth: (N,) bool.
    """
    predicted, truth = np.asarray(predicted, bool), np.asarray(truth, bool)
    if truth.all() or not truth.any():
        return float("nan")
    return float((predicted[truth].mean() + (~predicted[~truth]).mean()) / 2)


def landmark_error(
    predicted: np.ndarray, truth: np.ndarray, visible: np.ndarray, extent: np.ndarray
) -> np.ndarray:
    """Each face's mean distance over its visible points, divided by the extent of the face.

    Args:
        predicted: (N, 21, 2) pixels.
        truth: (N, 21, 2) pixels; what is not visible is not looked at.
        visible: (N, 21) bool.
        extent: (N,) pixels, whatever size of the face errors are measured by.

    Returns:
        (N,), NaN for a face without a visible point or without extent.
    """
    distance = np.linalg.norm(np.where(visible[..., None], predicted - truth, 0), axis=-1)
    count = visible.sum(axis=1)
    total = distance.sum(axis=1)
    size = count * extent
    return np.divide(total, size, out=np.full(len(total), np.nan), where=size > 0)


def angle_difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The angle between two directions, in degrees from 0 to 180; NaN where one is missing."""
    return np.abs((first - second + 180) % 360 - 180)


def tight_extent(points: np.ndarray) -> float:
    """(21, 2) pixels, NaN where missing -> the longer side of the points' tight box."""
    return float((np.nanmax(points, axis=0) - np.nanmin(points, axis=0)).max())


def mean_of_known(values: np.ndarray) -> float:
    """The mean of what is not NaN; NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
