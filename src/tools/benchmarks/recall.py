"""Recall of the annotated faces by region proposals, their number and their time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import selectivesearch  # noqa: F401 - so that importing it is not timed

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.proposals.selective_search import propose

NATIVE = "native"  # In place of a working side: the original size.
FOUND_IOU = 0.5  # Over this a region counts as a face (paper, section 2.2).
MIN_SIDE = 8.0  # Pixels; smaller boxes are dropped.
LARGE = 450  # Images whose longer side has at least so many pixels count as images of 500 px.


@dataclass(frozen=True)
class Search:
    """One search of one image.

    Attributes:
        seconds: CPU time of one core.
        boxes: Number of proposed boxes.
        best_iou: (faces, cuts) each face's largest IoU with the boxes before each cut.
    """

    seconds: float
    boxes: int
    best_iou: np.ndarray


@dataclass(frozen=True)
class Summary:
    """The mean results of one setting over all images.

    Attributes:
        method: One of `selective_search.METHODS`.
        side: The working side in pixels, or `NATIVE`.
        boxes: Mean number of boxes for an image.
        seconds: Mean CPU time for an image, on one core.
        seconds_large: The same over images of about 500 px; NaN where there are none.
        recall: (cuts,) share of all faces that are found.
        recall_of_source: Recall with all boxes, by data set.
        overlap: Mean IoU of the faces with their best box.
    """

    method: str
    side: str
    boxes: float
    seconds: float
    seconds_large: float
    recall: np.ndarray
    recall_of_source: dict[str, float]
    overlap: float


def search_all_ways(
    image: AnnotatedImage, methods: Sequence[str], sides: Sequence[str], cuts: Sequence[int | None]
) -> dict[tuple[str, str], Search]:
    """Searches one image by every method at every working side.

    Args:
        image: An image with at least one face.
        methods: Some of `selective_search.METHODS`.
        sides: Working sides in pixels, as text, or `NATIVE`.
        cuts: How many of the first boxes to keep; None keeps all.

    Returns:
        The searches by method and side.
    """
    pixels = read_pixels(image)
    faces = np.stack([face.box_xyxy for face in image.faces])  # (faces, 4)
    longest = max(pixels.shape[:2])
    pixels = {side: longest if side == NATIVE else min(int(side), longest) for side in sides}
    done = {  # Sides beyond the size of a small image share one search.
        (method, working_side): _search(pixels, faces, method, working_side, cuts)
        for method in methods
        for working_side in set(pixels.values())
    }
    return {(method, side): done[method, pixels[side]] for method in methods for side in sides}


def _search(
    image: np.ndarray, faces: np.ndarray, method: str, side: int, cuts: Sequence[int | None]
) -> Search:
    start = time.process_time()  # Not wall time: other programs may use the cores.
    boxes = propose(image, method, side, MIN_SIDE)
    seconds = time.process_time() - start
    best_iou = np.zeros((len(faces), len(cuts)))
    if len(boxes):
        so_far = np.maximum.accumulate(iou_matrix_xyxy(boxes, faces))  # (N, faces)
        best_iou = so_far[[min(len(boxes), cut or len(boxes)) - 1 for cut in cuts]].T
    return Search(seconds, len(boxes), best_iou)


def summarize(
    method: str, side: str, searches: Sequence[Search], images: Sequence[AnnotatedImage]
) -> Summary:
    """Averages one setting's searches of the images."""
    seconds = np.array([search.seconds for search in searches])
    large = np.array([max(image.width, image.height) >= LARGE for image in images])
    best_iou = np.concatenate([search.best_iou for search in searches])  # (faces, cuts)
    found = best_iou > FOUND_IOU
    source = np.array([image.source for image in images for _ in image.faces])
    return Summary(
        method=method,
        side=side,
        boxes=float(np.mean([search.boxes for search in searches])),
        seconds=float(seconds.mean()),
        seconds_large=float(seconds[large].mean()) if large.any() else float("nan"),
        recall=found.mean(axis=0),
        recall_of_source={each: float(found[source == each, -1].mean()) for each in set(source)},
        overlap=float(best_iou[:, -1].mean()),
    )
