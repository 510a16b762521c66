"""The canvas of a scene, with the source image and the certainty of background at each pixel."""

import cv2
import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.geometry.boxes import scale_xyxy
from hyperface.proposals.locations import STRIDES

CELL = STRIDES[0]  # pixels, of the map that says where background is certain
FILL = 124  # gray level of the empty canvas, as of the padding at test time
MARGIN = 0.5  # width of the area around a face in which other people are annotated, in box sides
MIN_VISIBLE_SHARE = 0.5  # minimum visible share of a face's box for the face to be learned
MAX_COVERED = 0.3  # maximum share of an earlier face's box that a new image may hide


class Canvas:
    """Pixels, the image that each belongs to, and whether background is certain there."""

    def __init__(self, side: int) -> None:
        self.pixels = np.full((side, side, 3), FILL, np.uint8)
        self._owner = np.full((side, side), -1, np.int16)
        self._certain = np.ones((side, side), np.uint8)
        self._boxes = np.zeros((0, 4))
        self._owners = np.zeros(0, int)

    def paste(
        self, image: AnnotatedImage, pixels: np.ndarray, matrix: np.ndarray, number: int
    ) -> None:
        """Pastes an image, unless it would hide earlier faces."""
        left, top, right, bottom = window = self._window(image, matrix)
        if left >= right or top >= bottom:
            return
        size = right - left, bottom - top
        inside = matrix - [[0, 0, left], [0, 0, top]]  # to the window's pixels
        known = np.ones(pixels.shape[:2], np.uint8)
        place = cv2.warpAffine(known, inside, size, flags=cv2.INTER_NEAREST)
        for box, owner in zip(self._boxes, self._owners, strict=True):
            if self._hidden_share(box, owner, place, window) > MAX_COVERED:
                return
        certain = _certain_background(image)
        certain = cv2.warpAffine(certain, inside, size, flags=cv2.INTER_NEAREST)
        for target, source in (
            (self.pixels, _warped(pixels, inside, size)),
            (self._owner, np.full(size[::-1], number, np.int16)),
            (self._certain, certain),
        ):
            cv2.copyTo(source, place, target[top:bottom, left:right])
        boxes = image.boxes_xyxy
        centers = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
        halves = (boxes[:, 2:] - boxes[:, :2]) / 2 * np.hypot(matrix[0, 0], matrix[0, 1])
        self._boxes = np.concatenate([self._boxes, np.hstack([centers - halves, centers + halves])])
        self._owners = np.concatenate([self._owners, np.full(len(boxes), number)])

    def faces(self, min_face_px: float) -> tuple[np.ndarray, np.ndarray]:
        """(N, 4) faces to learn, and (M, 4) faces that are too small or not visible enough."""
        sides = np.sqrt((self._boxes[:, 2:] - self._boxes[:, :2]).prod(axis=1))
        shares = list(map(self._share, self._boxes, self._owners))
        learned = (sides >= min_face_px) & (np.array(shares) >= MIN_VISIBLE_SHARE)
        return self._boxes[learned], self._boxes[~learned]

    def mark_uncertain(self, boxes_xyxy: np.ndarray) -> None:
        """Marks background as uncertain in (N, 4) boxes."""
        for box in boxes_xyxy:
            left, top, right, bottom = _pixels_of(box, *self._owner.shape)
            self._certain[top:bottom, left:right] = 0

    def background(self) -> np.ndarray:
        """(S / 8, S / 8) bool, cells in which background is certain at every pixel."""
        cells = len(self.pixels) // CELL
        return self._certain.reshape(cells, CELL, cells, CELL).min(axis=(1, 3)).astype(bool)

    def _share(self, box: np.ndarray, owner: int) -> float:
        """The share of a box's area that shows its own image."""
        left, top, right, bottom = _pixels_of(box, *self._owner.shape)
        own = np.count_nonzero(self._owner[top:bottom, left:right] == owner)
        return own / max((box[2:] - box[:2]).prod(), 1.0)

    def _hidden_share(
        self, box: np.ndarray, owner: int, place: np.ndarray, window: tuple[int, int, int, int]
    ) -> float:
        """The share of a box's area where a mask in a window hides its own image."""
        corners = _pixels_of(box, *self._owner.shape)
        left, top = (max(corners[i], window[i]) for i in (0, 1))
        right, bottom = (min(corners[i], window[i]) for i in (2, 3))
        if left >= right or top >= bottom:
            return 0.0
        hides = place[top - window[1] : bottom - window[1], left - window[0] : right - window[0]]
        own = self._owner[top:bottom, left:right] == owner
        return np.count_nonzero(own & (hides > 0)) / max((box[2:] - box[:2]).prod(), 1.0)

    def _window(self, image: AnnotatedImage, matrix: np.ndarray) -> tuple[int, int, int, int]:
        """The part of the canvas, in whole pixels, that an image can reach."""
        width, height = image.width, image.height
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]])
        corners = corners @ matrix[:, :2].T + matrix[:, 2]
        reach = np.concatenate([corners.min(axis=0) - 1, corners.max(axis=0) + 1])
        return _pixels_of(reach, *self._owner.shape)


def _pixels_of(box: np.ndarray, height: int, width: int) -> tuple[int, int, int, int]:
    """The part of a box on the canvas, in whole pixels."""
    limit = np.array([width, height, width, height])
    left, top, right, bottom = np.clip(np.rint(box), 0, limit).astype(int).tolist()
    return left, top, right, bottom


def _certain_background(image: AnnotatedImage) -> np.ndarray:
    """(H, W) uint8, 1 where every face of the image is annotated."""
    height, width = image.height, image.width
    known = np.full((height, width), int(image.complete), np.uint8)
    if not image.complete:
        for face in image.faces:
            (box,) = scale_xyxy(face.box_xyxy, 1 + 2 * MARGIN)
            left, top, right, bottom = _pixels_of(box, height, width)
            known[top:bottom, left:right] = 1
    for box in image.ignored_xyxy:
        left, top, right, bottom = _pixels_of(box, height, width)
        known[top:bottom, left:right] = 0
    return known


def _warped(pixels: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The image on a canvas of that width and height, averaged over areas where it shrinks."""
    zoom = np.hypot(matrix[0, 0], matrix[0, 1])
    height, width = pixels.shape[:2]
    if zoom < 0.8:
        small = max(1, round(width * zoom)), max(1, round(height * zoom))
        pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
    # From corners of pixels to cv2's coordinates, in which a pixel's center is a whole number.
    own = matrix.copy()
    own[:, :2] *= [width / pixels.shape[1], height / pixels.shape[0]]
    own[:, 2] += own[:, :2] @ [0.5, 0.5] - 0.5
    return cv2.warpAffine(pixels, own, size, borderMode=cv2.BORDER_REPLICATE)
