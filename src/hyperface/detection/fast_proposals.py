"""Proposals of the fast mode: one pass of the proposal detector over an image."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hyperface.detection.scoring import refuse_not_finite
from hyperface.detection.suppression import overlap_groups
from hyperface.exporting.runtimes import Predicts
from hyperface.geometry.rectangle import BoxRule
from hyperface.images.reading import size_within
from hyperface.models.calibration import logistic
from hyperface.proposals.locations import SIDE_MULTIPLE, locations_of
from hyperface.regions.canvas import FILL
from hyperface.utils.defaults import default_settings
from hyperface.utils.settings import Settings

if TYPE_CHECKING:  # an exported proposal detector needs no Keras
    import keras

LOWEST_SCORE = 0.05  # of a proposal, unless the threshold is lower
TOP_BOXES = 100  # number of best boxes from which `min_proposals` are taken
AS_SQUARES = BoxRule(side=1.0)  # keeps center and area, like the boxes of faces


@dataclass(frozen=True)
class FastSettings:
    """The settings of the fast proposals."""

    score_threshold: float  # minimum score of a proposal
    min_proposals: int  # number of best boxes that are proposals even with a lower score
    nms_iou: float  # of two boxes with a larger IoU only the one with the higher score is kept
    max_proposals: int  # maximum number of proposals per image
    min_face_px: float  # minimum side of a box, in pixels of the resized image
    long_side: int  # longer side, in pixels, that a larger image is resized to
    # The same for a second pass over a larger image in which the first pass found small faces;
    # there is none if it is not above `long_side`.
    max_long_side: int
    small_face_px: float = 24.0  # side below which a face is small, in pixels of the first pass
    small_faces: int = 3  # number of small faces that cause a second pass
    small_face_score: float = 0.3  # minimum score of a face that is counted for it
    pre_nms_top_k: int = 2000  # number of best boxes of a pass that are kept before suppression


def fast_settings(settings: Settings) -> FastSettings:
    """The settings of the fast proposals from those of config.py."""
    return FastSettings(
        score_threshold=settings.FAST_SCORE_THRESHOLD,
        min_proposals=settings.FAST_MIN_PROPOSALS,
        nms_iou=settings.FAST_NMS_IOU,
        max_proposals=settings.FAST_MAX_PROPOSALS,
        min_face_px=settings.FAST_MIN_FACE_PX,
        long_side=settings.FAST_LONG_SIDE,
        max_long_side=settings.FAST_MAX_LONG_SIDE,
    )


class FastProposals:
    """Proposes square regions with the proposal detector, from Keras or exported."""

    def __init__(self, model: Predicts, settings: FastSettings | None = None) -> None:
        self._model = model
        self._settings = settings or fast_settings(default_settings())

    @classmethod
    def load(
        cls,
        weights: Path,
        dtype: str | None = None,
        settings: FastSettings | None = None,
    ) -> "FastProposals":
        """Builds the proposal detector and loads a `.weights.h5` file of it.

        `dtype` is the Keras dtype policy.

        Raises:
            UserError: There is no such file, it is damaged, or it is for another network.
        """
        from hyperface.models.proposal_detector import build_proposal_detector
        from hyperface.models.weights import read_weights
        from hyperface.training.loop import uses_jit

        model = build_proposal_detector(dtype=dtype)
        read_weights(model, weights)
        model.compile(jit_compile=uses_jit())
        return cls(TracedOnce(model), settings)

    def propose(self, image: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB -> (N, 4) float32 xyxy in pixels, best first; may cross the edge.

        Raises:
            UserError: A prediction of the network is not a finite number.
        """
        return self.scored(image)[0]

    def scored(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `propose`, with the (N,) scores."""
        settings = self._settings
        boxes, scores = self._scan(image, settings.long_side)
        shrunk = min(1.0, settings.long_side / max(image.shape[:2]))
        sides = boxes[:, 2] - boxes[:, 0]
        small = (sides * shrunk < settings.small_face_px) & (scores >= settings.small_face_score)
        kept = self._suppressed(boxes[small], scores[small])
        if (
            shrunk < 1
            and settings.max_long_side > settings.long_side
            and len(kept) >= settings.small_faces
        ):
            more_boxes, more_scores = self._scan(image, settings.max_long_side)
            boxes, scores = np.vstack([boxes, more_boxes]), np.hstack([scores, more_scores])
        kept = self._suppressed(boxes, scores, settings.score_threshold)
        if len(kept) < settings.min_proposals:
            best = np.argsort(-scores, kind="stable")[:TOP_BOXES]
            kept = best[self._suppressed(boxes[best], scores[best])][: settings.min_proposals]
        kept = kept[: settings.max_proposals]
        return boxes[kept].astype(np.float32), scores[kept]

    def _scan(self, image: np.ndarray, long_side: int) -> tuple[np.ndarray, np.ndarray]:
        """(N, 4) squares that may be proposed, in the image's pixels, and their (N,) scores."""
        settings = self._settings
        pixels, zoom = fitted(image, long_side)
        outputs = np.asarray(self._model.predict_on_batch(pixels[None]))[0]
        refuse_not_finite({"proposals": outputs})
        scores = logistic(outputs[:, 0].astype(np.float64))
        rows = np.flatnonzero(scores >= min(settings.score_threshold, LOWEST_SCORE))
        boxes = locations_of(*pixels.shape[:2]).decode(outputs[:, 1:])[rows]
        boxes = AS_SQUARES.squares_xyxy(boxes)
        rows, boxes = rows[large := boxes[:, 2] - boxes[:, 0] >= settings.min_face_px], boxes[large]
        best = np.argsort(-scores[rows], kind="stable")[: settings.pre_nms_top_k]
        return boxes[best] / np.tile(zoom, 2), scores[rows[best]]

    def _suppressed(
        self, boxes: np.ndarray, scores: np.ndarray, score_threshold: float = 0.0
    ) -> np.ndarray:
        """The rows of the boxes above a score that remain after NMS, best first."""
        over = np.flatnonzero(scores >= score_threshold)
        groups = overlap_groups(boxes[over], scores[over], self._settings.nms_iou)
        return over[[int(group[0]) for group in groups]]


class TracedOnce:
    """Predicts like a Keras model of uint8 images; TensorFlow traces it once, not for each size."""

    def __init__(self, model: "keras.Model") -> None:
        import keras

        self._predict = model.predict_on_batch
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            images = tf.TensorSpec((None, None, None, 3), tf.uint8)
            self._predict = tf.function(partial(model, training=False), input_signature=[images])

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        """(B, H, W, 3) uint8 -> the model's output."""
        return np.asarray(self._predict(images))


def fitted(image: np.ndarray, long_side: int) -> tuple[np.ndarray, np.ndarray]:
    """The image as input of the detector: shrunk to a longer side, and padded to multiples of 64.

    Returns:
        (h, w, 3) uint8, padded with gray on the right and at the bottom; (2,) the scale in x and y,
        in pixels of the input per pixel of the image.
    """
    height, width = image.shape[:2]
    size = size_within((width, height), long_side)
    if size != (width, height):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    right, bottom = (-length % SIDE_MULTIPLE for length in size)
    image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=[FILL] * 3)
    return image, np.array(size) / (width, height)
