"""Class-independent region proposals by selective search (paper, section 3, first step).

Selective search (Uijlings et al., IJCV 2013) splits an image into small segments and repeatedly
merges the most similar neighbors; the box of every segment on the way is a proposal. One function
covers two implementations: OpenCV's in C++ and the Python package `selectivesearch`.
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import TypedDict

import cv2
import numpy as np

from hyperface.errors import UserError
from hyperface.geometry.boxes import xywh_to_xyxy
from hyperface.images.reading import size_within
from hyperface.utils.settings import Settings

# Coarseness of the first segmentation. The libraries' own (150; 500) are for images of 500 px and
# blur a face into its surroundings in a shrunk copy: at 128 px OpenCV's fast search then finds
# 75 % of the faces, with 25 it finds all of the same 60, in the same time.
OPENCV_SCALE = 25  # Both where to start and the step to the coarser segmentations.
OPENCV_SIGMA = 0.8  # Gaussian blur before it, in pixels; OpenCV's own.
PACKAGE_SCALE = 50
PACKAGE_SIGMA = 0.8
PACKAGE_MIN_SIZE = 10  # The smallest first segment, in pixels; OpenCV's is fixed at 100.
# A face's box is a square, and a box of sides 1 : r overlaps no square by more than
# 1 / (2 sqrt(r) - 1). That is 0.5, the least that counts as a face, at this r.
FACE_ELONGATION = 2.25

SEARCH_CONSTANTS = (OPENCV_SCALE, OPENCV_SIGMA, PACKAGE_SCALE, PACKAGE_SIGMA, PACKAGE_MIN_SIZE)


class SearchOptions(TypedDict):
    """The keyword arguments of `propose`."""

    method: str
    working_side: int | None
    min_side: float
    max_boxes: int | None


def search_options(settings: Settings) -> SearchOptions:
    """How to search, by the settings of config.py, as `propose` takes it."""
    return {
        "method": settings.PROPOSAL_METHOD,
        "working_side": settings.PROPOSAL_SIDE or None,
        "min_side": settings.PROPOSAL_MIN_SIDE,
        "max_boxes": settings.PROPOSAL_BOXES,
    }


def propose(
    image: np.ndarray,
    method: str,
    working_side: int | None,
    min_side: float = 0.0,
    max_boxes: int | None = None,
) -> np.ndarray:
    """Boxes that may contain an object, and so a face.

    Args:
        image: (H, W, 3) uint8, RGB.
        method: One of `METHODS`.
        working_side: Longer side, in pixels, of the shrunk copy that is searched; the time grows
            faster than its area. A smaller image is searched as it is; None never shrinks.
        min_side: Boxes with a side shorter than this many pixels of `image` are dropped.
        max_boxes: Number of boxes to keep; those too elongated for a face come last; None for all.

    Returns:
        (N, 4) float32 xyxy in pixels of `image`, without duplicates, inside the image, in an
        order that depends on nothing but the arguments. May be empty.

    Raises:
        ValueError: An unknown method, or not an RGB uint8 image.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, expected one of {', '.join(METHODS)}")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ValueError(f"got {image.dtype} {image.shape}, expected uint8 (H, W, 3) RGB")
    height, width = image.shape[:2]
    working = _shrink(image, working_side)
    boxes = _SEARCHES[method](working)  # (N, 4) int xyxy, in pixels of the shrunk copy
    # Exact in whole working pixels. np.unique sorts, too: OpenCV gives random order each call.
    boxes = np.unique(boxes, axis=0)
    working_height, working_width = working.shape[:2]
    zoom = np.array([width / working_width, height / working_height] * 2)
    boxes = boxes * zoom  # (N, 4) float64, image pixels
    sides = boxes[:, 2:] - boxes[:, :2]
    boxes = boxes[(sides > 0).all(axis=1) & (sides >= min_side).all(axis=1)]
    return _shuffle_elongated_last(boxes)[:max_boxes].astype(np.float32)


def _shrink(image: np.ndarray, side: int | None) -> np.ndarray:
    """The image with a longer side of at most `side` pixels.

    Small ones are not enlarged: of 40 under 170 px every face is found as they are (IoU over 0.5),
    and enlarging them to 200 px only doubles the time and nearly the boxes.
    """
    size = size_within(image.shape[1::-1], side)
    if size == image.shape[1::-1]:
        return image
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _search_opencv(image: np.ndarray, quality: bool) -> np.ndarray:
    """OpenCV's search -> (N, 4) int xyxy."""
    if not hasattr(cv2, "ximgproc"):
        raise UserError(
            f"OpenCV {cv2.__version__} is installed here without its module ximgproc, which has "
            "selective search; install opencv-contrib-python-headless (below version 5) and no "
            "other OpenCV package, or give --set PROPOSAL_METHOD=selectivesearch."
        )
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(np.ascontiguousarray(image[..., ::-1]))  # OpenCV wants BGR.
    # Quality tries more color spaces, scales and similarities than fast.
    switch = (
        search.switchToSelectiveSearchQuality if quality else search.switchToSelectiveSearchFast
    )
    switch(OPENCV_SCALE, OPENCV_SCALE, OPENCV_SIGMA)
    return xywh_to_xyxy(np.reshape(search.process(), (-1, 4)))


def _search_package(image: np.ndarray) -> np.ndarray:
    """The search of the package `selectivesearch`, which wants RGB -> (N, 4) int xyxy."""
    import selectivesearch  # Here: it pulls in much of scikit-image, a second that OpenCV saves.

    with warnings.catch_warnings():
        # It computes local binary patterns of a float copy, which scikit-image discourages.
        warnings.filterwarnings("ignore", message="Applying `local_binary_pattern`")
        _, regions = selectivesearch.selective_search(
            image, scale=PACKAGE_SCALE, sigma=PACKAGE_SIGMA, min_size=PACKAGE_MIN_SIZE
        )
    boxes = xywh_to_xyxy(np.array([region["rect"] for region in regions], int).reshape(-1, 4))
    boxes[:, 2:] += 1  # Its width is last pixel minus first: one short, 0 for a one-pixel segment.
    return boxes


def _shuffle_elongated_last(boxes: np.ndarray) -> np.ndarray:
    """Shuffles boxes with a fixed seed and moves elongated ones, which cannot be faces, to the end.

    Compared with orders by size, by squareness, by both or at random, this one keeps the most faces
    among the first boxes: 75 % of the faces in mosaics of nine images are among the first 300 boxes
    (random order: 69 %, large boxes first: 8 %).
    """
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    elongated = np.maximum(width, height) > FACE_ELONGATION * np.minimum(width, height)
    shuffle = np.random.default_rng(0).permutation(len(boxes))
    return boxes[shuffle[np.argsort(elongated[shuffle], kind="stable")]]


_SEARCHES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "opencv_fast": partial(_search_opencv, quality=False),
    "opencv_quality": partial(_search_opencv, quality=True),
    "selectivesearch": _search_package,
}
METHODS = tuple(_SEARCHES)
