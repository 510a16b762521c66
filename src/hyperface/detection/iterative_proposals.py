"""Iterative region proposals, IRP (paper, section 3.1).

A proposal rarely fits a face exactly. The landmarks predicted in it locate the face better, so
their FaceRectCalculator box becomes a new proposal and is scored like the others.

This box ends at the chin, and often cuts it off. Therefore the box can be enlarged first; the paper
does not enlarge it.
"""

import numpy as np

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.detection.scoring import Search
from hyperface.geometry.boxes import scale_xyxy
from hyperface.geometry.rectangle import face_rectangles_xyxy
from hyperface.regions.region import whole_pixels_xyxy


def iterate(
    kept: RegionPredictions,
    width: int,
    height: int,
    *,
    iterations: int,
    threshold: float,
    scale: float,
) -> Search[RegionPredictions]:
    """Adds better regions, iteration by iteration.

    The paper scores old and new regions again in each iteration. The predictions for the old ones
    cannot change, so only new regions are given to the network.

    Args:
        kept: Predictions for the regions over the threshold.
        width: Width of the image in pixels.
        height: Height of the image in pixels.
        iterations: T of the paper, which finds one enough; 0 adds no regions.
        threshold: New regions with a lower score are dropped.
        scale: Factor of the sides of the boxes; 1 in the paper.

    Yields:
        (N, 4) int, new regions; the caller sends the predictions for them.

    Returns:
        `kept` and the new regions over the threshold.
    """
    latest = kept
    for _ in range(iterations):
        regions = better_regions(latest, width, height, scale)
        known = {tuple(region) for region in kept.regions_xyxy.tolist()}
        new = [region for region in regions.tolist() if tuple(region) not in known]
        if not new:
            break
        latest = yield np.array(new)
        latest = latest.rows(latest.scores >= threshold)
        kept = join([kept, latest])
    return kept


def better_regions(
    predictions: RegionPredictions, width: int, height: int, scale: float
) -> np.ndarray:
    """The scaled boxes of the predicted landmarks as regions of an image of that size in pixels.

    Returns:
        (M, 4) int, inside the image, without duplicates. A region with fewer than four visible
        landmarks, or with landmarks outside the image, gives no box.
    """
    boxes = face_rectangles_xyxy(predictions.landmarks, predictions.visible)
    limit = np.array([width, height])
    inside = (boxes[:, :2] < limit).all(1) & (boxes[:, 2:] > 0).all(1)  # False for NaN
    boxes = scale_xyxy(boxes[inside], scale)
    return np.unique(whole_pixels_xyxy(boxes, width, height), axis=0)
