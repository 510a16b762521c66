"""The measures of the five tasks, on plain arrays."""

from collections.abc import Callable

import numpy as np

from hyperface.evaluation.precision_recall import area, precision_recall

RESAMPLES = 300


def average_precision(scores: np.ndarray, positive: np.ndarray, total: int | None = None) -> float:
    """Area under precision over recall, all points; equal scores count as one threshold.

    Args:
        scores: (N,), higher means more surely positive.
        positive: (N,) bool.
        total: How many positives there are, where some have no row, as a face that was not found;
            None where all have.

    Returns:
        0..1; NaN without a positive. Equal scores throughout give the share of positives.
    """
    positive = np.asarray(positive, bool)
    total = int(positive.sum()) if total is None else total
    return area(precision_recall(scores, positive, total)) if total else float("nan")


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


def interval(
    measure: Callable[[np.ndarray], float],
    clusters: np.ndarray,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """The bootstrap interval of one number; arguments as of `intervals`."""
    low, high = intervals(lambda rows: np.array([measure(rows)]), clusters, seed, resamples)[0]
    return float(low), float(high)


def intervals(
    measure: Callable[[np.ndarray], np.ndarray],
    clusters: np.ndarray,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> np.ndarray:
    """Bootstrap intervals of 95 %, resampling whole clusters (people, or pictures).

    Args:
        measure: Takes (M,) row indices, with repetitions, and gives (k,) numbers, some maybe NaN.
        clusters: (N,) int, the cluster of each row.
        seed: Of the resampling.
        resamples: How often.

    Returns:
        (k, 2) lower and upper bounds; NaN where a number never has a value.
    """
    rng = np.random.default_rng(seed)
    _, clusters = np.unique(clusters, return_inverse=True)
    order = np.argsort(clusters, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(clusters))[:-1])
    values = []
    for _ in range(resamples):
        chosen = rng.integers(len(rows), size=len(rows))
        values.append(measure(np.concatenate([rows[c] for c in chosen])))
    bounds = np.full((len(values[0]), 2), np.nan)
    for bound, column in zip(bounds, np.array(values).T, strict=True):
        if np.isfinite(column).any():
            bound[:] = np.nanpercentile(column, [2.5, 97.5])
    return bounds
