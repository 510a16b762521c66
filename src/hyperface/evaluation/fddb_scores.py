"""FDDB's discrete and continuous score (Jain and Learned-Miller, 2010, section 5).

At each threshold the detections of an image are matched one to one with its ellipses so that the
sum of their overlaps (IoU of the ellipse with the detected box) is the largest: the Hungarian
method. The continuous score of a pair is its overlap, the discrete one 1 where that is over 0.5.
A detection whose discrete score is 0 is a false positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from hyperface.evaluation.ellipses import ellipse_box_iou

FOUND = 0.5


@dataclass(frozen=True, eq=False)
class Changes:
    """What each threshold of one image changes; k thresholds.

    Attributes:
        thresholds: (k,) the distinct scores, falling.
        detections: (k,) int, detections with that score.
        discrete: (k,) by how much the sum of the discrete scores grows.
        continuous: (k,) by how much that of the continuous ones does.
        faces: How many are annotated in the image.
    """

    thresholds: np.ndarray
    detections: np.ndarray
    discrete: np.ndarray
    continuous: np.ndarray
    faces: int


@dataclass(frozen=True, eq=False)
class Roc:
    """Both curves; k thresholds, the highest first.

    Attributes:
        false_positives: (k,) int, over all images.
        discrete: (k,) 0 to 1, the sum of the discrete scores over the number of faces; NaN where
            no face is annotated.
        continuous: (k,) likewise.
        faces: How many are annotated.
    """

    false_positives: np.ndarray
    discrete: np.ndarray
    continuous: np.ndarray
    faces: int


def changes(ellipses: np.ndarray, boxes_xyxy: np.ndarray, scores: np.ndarray) -> Changes:
    """Matches the detections of one image at each of their scores.

    Args:
        ellipses: (faces, 5) as in `Face.ellipse`.
        boxes_xyxy: (n, 4) in the same pixels.
        scores: (n,).
    """
    scores = np.asarray(scores, np.float64)
    overlaps = ellipse_box_iou(ellipses, boxes_xyxy)
    thresholds, counts = np.unique(scores, return_counts=True)
    thresholds, counts = thresholds[::-1], counts[::-1]
    sums = np.zeros((len(thresholds), 2))
    for row, threshold in enumerate(thresholds):
        shown = overlaps[:, scores >= threshold]
        pairs = shown[linear_sum_assignment(shown, maximize=True)]
        sums[row] = (pairs > FOUND).sum(), pairs.sum()
    discrete, continuous = np.diff(sums, axis=0, prepend=0).T
    return Changes(thresholds, counts, discrete, continuous, len(ellipses))


def roc(images: Sequence[Changes]) -> Roc:
    """The curves over some images."""
    scores = np.concatenate([each.thresholds for each in images])
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))

    def summed(name: str) -> np.ndarray:
        return np.cumsum(np.concatenate([getattr(each, name) for each in images])[order])[last]

    faces = sum(each.faces for each in images)
    found = np.rint(summed("discrete")).astype(int)
    sums = found, summed("continuous")
    discrete, continuous = (each / faces if faces else np.full(len(each), np.nan) for each in sums)
    return Roc(summed("detections") - found, discrete, continuous, faces)


def score_at(curve: Roc, name: str, false_positives: int) -> float:
    """The `name` score, "discrete" or "continuous", with no more false positives than that.

    NaN where no face is annotated.
    """
    if not curve.faces:
        return float("nan")
    within = curve.false_positives <= false_positives
    return float(getattr(curve, name)[within].max(initial=0))
