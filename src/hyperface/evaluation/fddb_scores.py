"""FDDB's discrete and continuous score (Jain and Learned-Miller, 2010, section 5).

At each threshold the detections of an image are matched one to one with its ellipses such that the
sum of the overlaps (IoU of ellipse and detected box) is maximal (Hungarian algorithm). The
continuous score of a pair is its overlap; the discrete score is 1 if that is above 0.5, else 0.
A detection with a discrete score of 0 is a false positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from hyperface.evaluation.ellipses import ellipse_box_iou

MIN_IOU = 0.5


@dataclass(frozen=True, eq=False)
class ImageScores:
    """The scores of one image, as changes from threshold to threshold; k thresholds."""

    thresholds: np.ndarray  # (k,) the distinct detection scores, highest first
    detections: np.ndarray  # (k,) int, number of detections with that score
    discrete: np.ndarray  # (k,) increase of the sum of the discrete scores
    continuous: np.ndarray  # (k,) increase of the sum of the continuous scores
    faces: int  # number of annotated faces


@dataclass(frozen=True, eq=False)
class Roc:
    """The two ROC curves; k thresholds, highest first."""

    false_positives: np.ndarray  # (k,) int, number over all images
    # (k,) 0 to 1, sum of the discrete scores over the number of faces; NaN without annotated faces.
    discrete: np.ndarray
    continuous: np.ndarray  # (k,) likewise for the continuous scores
    faces: int  # number of annotated faces


def image_scores(ellipses: np.ndarray, boxes_xyxy: np.ndarray, scores: np.ndarray) -> ImageScores:
    """Matches the detections of one image, n boxes with their scores, at each threshold.

    The ellipses are (faces, 5) as in `Face.ellipse`, the boxes (n, 4) in the same pixels.
    """
    scores = np.asarray(scores, np.float64)
    overlaps = ellipse_box_iou(ellipses, boxes_xyxy)
    thresholds, counts = np.unique(scores, return_counts=True)
    thresholds, counts = thresholds[::-1], counts[::-1]
    sums = np.zeros((len(thresholds), 2))
    for row, threshold in enumerate(thresholds):
        shown = overlaps[:, scores >= threshold]
        pairs = shown[linear_sum_assignment(shown, maximize=True)]
        sums[row] = (pairs > MIN_IOU).sum(), pairs.sum()
    discrete, continuous = np.diff(sums, axis=0, prepend=0).T
    return ImageScores(thresholds, counts, discrete, continuous, len(ellipses))


def roc(images: Sequence[ImageScores]) -> Roc:
    """The ROC curves over some images."""
    scores = np.concatenate([each.thresholds for each in images])
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))

    def summed(name: str) -> np.ndarray:
        return np.cumsum(np.concatenate([getattr(each, name) for each in images])[order])[last]

    faces = sum(each.faces for each in images)
    correct = np.rint(summed("discrete")).astype(int)
    sums = correct, summed("continuous")
    discrete, continuous = (each / faces if faces else np.full(len(each), np.nan) for each in sums)
    return Roc(summed("detections") - correct, discrete, continuous, faces)


def score_at(curve: Roc, name: str, false_positives: int) -> float:
    """The best "discrete" or "continuous" score with at most that number of false positives.

    NaN without annotated faces.
    """
    if not curve.faces:
        return float("nan")
    within = curve.false_positives <= false_positives
    return float(getattr(curve, name)[within].max(initial=0))
