"""Iterative region proposals, IRP (paper, section 3.1).

A proposal seldom lies squarely on a face. The landmarks predicted in it tell better where the face
is: their FaceRectCalculator box becomes a proposal itself and is scored like the others.
"""

import numpy as np

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.detection.scoring import Search
from hyperface.geometry.rectangle import face_rectangles_xyxy
from hyperface.regions.region import whole_pixels_xyxy


def iterate(
    kept: RegionPredictions, width: int, height: int, iterations: int, threshold: float
) -> Search[RegionPredictions]:
    """Adds better regions, iteration by iteration.

    The paper scores old and new regions again each time; the old ones' answers cannot change,
    so that only new regions are given to the network.

    Args:
        kept: RegionPredictions of the regions over the threshold.
        width: Of the image, in pixels.
        height: Of the image, in pixels.
        iterations: T; the paper finds one enough, 0 leaves the regions as they are.
        threshold: New regions under it are dropped.

    Yields:
        (N, 4) int, new regions, for which it is to be sent the network's answers.

    Returns:
        `kept` and the new regions over the threshold.
    """
    latest = kept
    for _ in range(iterations):
        regions = better_regions(latest, width, height)
        known = {tuple(region) for region in kept.regions_xyxy.tolist()}
        new = [region for region in regions.tolist() if tuple(region) not in known]
        if not new:
            break
        latest = yield np.array(new)
        latest = latest.rows(latest.scores >= threshold)
        kept = join([kept, latest])
    return kept


def better_regions(answers: RegionPredictions, width: int, height: int) -> np.ndarray:
    """The regions of an image, of that size in pixels, that the predicted landmarks point to.

    Returns:
        (M, 4) int, inside the image, none twice; a region with fewer than four visible landmarks,
        or whose landmarks lie outside the image, points to none.
    """
    boxes = face_rectangles_xyxy(answers.landmarks, answers.visible)
    limit = np.array([width, height])
    inside = (boxes[:, :2] < limit).all(1) & (boxes[:, 2:] > 0).all(1)  # False for NaN
    boxes = boxes[inside]
    return np.unique(whole_pixels_xyxy(boxes, width, height), axis=0)
