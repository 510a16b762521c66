"""Precision and recall at every score, and what is read off their curve."""

from dataclasses import dataclass

import numpy as np

ELEVEN = np.linspace(0, 1, 11)  # the recalls of PASCAL VOC 2007


@dataclass(frozen=True, eq=False)
class Curve:
    """One point for each of k thresholds, the highest first.

    Attributes:
        thresholds: (k,) the distinct scores.
        recall: (k,) share of what there is to find, 0 to 1; NaN where there is nothing.
        precision: (k,) share of what was found that is right, 0 to 1.
        false_positives: (k,) int.
        total: How many there are to find.
    """

    thresholds: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    false_positives: np.ndarray
    total: int

    @property
    def envelope(self) -> np.ndarray:
        """(k,) the highest precision at this recall or beyond, as PASCAL VOC has it."""
        return np.maximum.accumulate(self.precision[::-1])[::-1]


def precision_recall(scores: np.ndarray, right: np.ndarray, total: int) -> Curve:
    """The curve of some detections; equal scores are one threshold.

    Args:
        scores: (N,), higher is surer.
        right: (N,) bool.
        total: How many there are to find.
    """
    scores, right = np.asarray(scores, np.float64), np.asarray(right, bool)
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], right[order]
    last_of_equals = np.flatnonzero(np.diff(scores, append=-np.inf))
    found = np.cumsum(right)[last_of_equals]
    return Curve(
        scores[last_of_equals],
        found / total if total else np.full(len(found), np.nan),
        found / (last_of_equals + 1),
        last_of_equals + 1 - found,
        total,
    )


def area(curve: Curve) -> float:
    """Average precision over all points, as PASCAL VOC has it since 2010.

    0 of no detection; NaN where there is nothing to find, as of the other two.
    """
    if not curve.total:
        return float("nan")
    return float(np.sum(np.diff(curve.recall, prepend=0) * curve.envelope))


def eleven_points(curve: Curve) -> float:
    """Average precision at the recalls 0, 0.1 to 1, as PASCAL VOC had it until 2009."""
    if not curve.total:
        return float("nan")
    reached = curve.recall[:, None] >= ELEVEN - 1e-9
    return float(np.where(reached, curve.precision[:, None], 0).max(axis=0, initial=0).mean())


def recall_at(curve: Curve, false_positives: int) -> float:
    """The recall at the lowest threshold with no more false positives than that."""
    if not curve.total:
        return float("nan")
    return float(curve.recall[curve.false_positives <= false_positives].max(initial=0))


def average_precision(scores: np.ndarray, positive: np.ndarray, total: int | None = None) -> float:
    """Area under precision over recall, all points; equal scores count as one threshold.

    Args:
        scores: (N,), higher means more surely positive.
        positive: (N,) bool.
        total: How many positives there are, where some have no row, as a face that was not found;
            None where all have.

    Returns:
        0..1; NaN without a positive, or where a score is NaN. Equal scores throughout give the
        share of positives.
    """
    if np.isnan(scores).any():
        return float("nan")
    positive = np.asarray(positive, bool)
    return area(precision_recall(scores, positive, positive.sum() if total is None else total))
