"""Precision-recall curves, average precision, and recall at a number of false positives."""

from dataclasses import dataclass

import numpy as np

RECALL_LEVELS = np.linspace(0, 1, 11)  # the recalls of PASCAL VOC 2007


@dataclass(frozen=True, eq=False)
class Curve:
    """A precision-recall curve with k thresholds, highest first."""

    thresholds: np.ndarray  # (k,) the distinct scores
    recall: np.ndarray  # (k,) 0 to 1; NaN without positives
    precision: np.ndarray  # (k,) 0 to 1
    false_positives: np.ndarray  # (k,) int
    total: int  # number of positives

    @property
    def envelope(self) -> np.ndarray:
        """(k,) the highest precision at this recall or above, as in PASCAL VOC."""
        return np.maximum.accumulate(self.precision[::-1])[::-1]


def precision_recall(scores: np.ndarray, correct: np.ndarray, total: int) -> Curve:
    """The curve of detections with (N,) scores, (N,) bool whether correct, and `total` positives.

    Equal scores are one threshold.
    """
    scores, correct = np.asarray(scores, np.float64), np.asarray(correct, bool)
    order = np.argsort(-scores, kind="stable")
    scores, correct = scores[order], correct[order]
    last_of_equals = np.flatnonzero(np.diff(scores, append=-np.inf))
    found = np.cumsum(correct)[last_of_equals]
    return Curve(
        scores[last_of_equals],
        found / total if total else np.full(len(found), np.nan),
        found / (last_of_equals + 1),
        last_of_equals + 1 - found,
        total,
    )


def area_under(curve: Curve) -> float:
    """Average precision over all points, as in PASCAL VOC since 2010.

    0 without detections; NaN without positives, as in the next two functions.
    """
    if not curve.total:
        return float("nan")
    return float(np.sum(np.diff(curve.recall, prepend=0) * curve.envelope))


def eleven_point_average(curve: Curve) -> float:
    """Average precision over the recalls 0, 0.1, ... 1, as in PASCAL VOC until 2009."""
    if not curve.total:
        return float("nan")
    reached = curve.recall[:, None] >= RECALL_LEVELS - 1e-9
    return float(np.where(reached, curve.precision[:, None], 0).max(axis=0, initial=0).mean())


def recall_at(curve: Curve, false_positives: int) -> float:
    """The recall at the lowest threshold with at most that number of false positives."""
    if not curve.total:
        return float("nan")
    return float(curve.recall[curve.false_positives <= false_positives].max(initial=0))


def average_precision(scores: np.ndarray, positive: np.ndarray, total: int | None = None) -> float:
    """Average precision over all points, 0..1; equal scores count as one threshold.

    If some of the positives have no score, as missed faces, `total` counts all of them. NaN without
    positives or with a NaN score. If all scores are equal, the share of positives.
    """
    if np.isnan(scores).any():
        return float("nan")
    positive = np.asarray(positive, bool)
    return area_under(
        precision_recall(scores, positive, positive.sum() if total is None else total)
    )
