"""Proposals of the fast mode: the proposal network over an image in many sizes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np

from hyperface.detection.scoring import refuse_not_finite
from hyperface.detection.suppression import overlap_groups
from hyperface.models.proposal_network import STRIDE, WINDOW, build_proposal_network
from hyperface.models.weights import HINT, read_weights

MARGIN = WINDOW // 4  # pixels of a level, repeated around it: faces are cut by the frame
APART = 0.1  # IoU of two windows up to which they are at separate places
MOST_TIMES = 20  # the proposals of an ordinary image, in the largest crowd
LARGEST = 1.4  # times the image's shorter side: the side of the largest window


@dataclass(frozen=True)
class FastSettings:
    """How many proposals, and of what size.

    Attributes:
        most: Proposals of an image at the most, unless it shows a crowd.
        smallest: Side of the smallest window, in pixels of the image as it is searched.
        working_side: Longer side, in pixels, that a larger image is searched at.
        step: Factor from one size of window to the next.
        threshold: Probability of a face from which a window is a proposal.
        overlap: IoU of two windows over which only the likelier stays.
        considered: Likeliest windows that are compared with each other.
        sure: Probability from which the network is sure of a face.
        crowd: At more separate places than so many where it is sure, `most` and `considered` grow
            in proportion to the places, to 20 times at the most.
    """

    most: int = 60
    smallest: float = 24.0
    working_side: int = 800
    step: float = 2 ** (1 / 3)
    threshold: float = 0.05
    overlap: float = 0.5
    considered: int = 1000
    sure: float = 0.97
    crowd: int = 10


class FastProposals:
    """Proposes square regions in which the proposal network sees a face.

    Args:
        model: The proposal network, built for whole images.
        settings: How many, and of what size.
    """

    def __init__(self, model: keras.Model, settings: FastSettings | None = None) -> None:
        self._model = model
        self._settings = settings or FastSettings()

    @classmethod
    def load(cls, weights: Path, hint: str = HINT, dtype: str | None = None) -> "FastProposals":
        """Builds the proposal network and loads a weights file of it.

        Args:
            weights: A `.weights.h5` file, as `main.py` writes it.
            hint: What to do where there is none, for the error's sentence.
            dtype: Keras dtype policy; None takes the global one.

        Raises:
            UserError: There is no such file, it is damaged, or it is of another network.
        """
        model = build_proposal_network(whole_image=True, dtype=dtype)
        read_weights(model, weights, hint)
        model.compile(jit_compile=False)  # or every size of image would be compiled anew
        return cls(model)

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Proposes regions of an image.

        Args:
            image: (H, W, 3) uint8 RGB.

        Returns:
            (N, 4) float32 xyxy in pixels, the likeliest first; may reach over the edge a little.

        Raises:
            UserError: An answer of the network is not a finite number.
        """
        settings = self._settings
        level_boxes, level_scores = [np.zeros((0, 4))], [np.zeros(0)]
        for level in levels(image, settings):
            answers = self._model.predict_on_batch(level.image[None])
            chances = np.asarray(answers)[0, :, :, 1]
            refuse_not_finite({"proposals": chances})
            rows, columns = np.nonzero(chances >= settings.threshold)
            level_boxes.append(level.windows_xyxy(rows, columns))
            level_scores.append(chances[rows, columns])
        boxes, scores = np.concatenate(level_boxes), np.concatenate(level_scores)
        likeliest = np.argsort(-scores, kind="stable")[: MOST_TIMES * settings.considered]
        boxes, scores = boxes[likeliest], scores[likeliest]
        more = separate_places(boxes, scores, settings.sure) / settings.crowd
        more = min(max(1.0, more), MOST_TIMES)
        considered = round(more * settings.considered)
        boxes, scores = boxes[:considered], scores[:considered]
        groups = overlap_groups(boxes, scores, settings.overlap)[: round(more * settings.most)]
        return boxes[[group[0] for group in groups]].astype(np.float32).reshape(-1, 4)


def separate_places(boxes_xyxy: np.ndarray, scores: np.ndarray, sure: float) -> int:
    """At how many places, hardly overlapping, there is a window of at least that score."""
    boxes, scores = boxes_xyxy[scores >= sure], scores[scores >= sure]
    return len(overlap_groups(boxes, scores, APART))


@dataclass(frozen=True)
class Level:
    """The image in one size.

    Attributes:
        image: (h, w, 3) uint8 RGB with a margin, at least one window large.
        zoom: Pixels of the image a pixel of the level, across and down.
        margin: Pixels of the level left of and above the image.
    """

    image: np.ndarray
    zoom: tuple[float, float]
    margin: tuple[int, int]

    def windows_xyxy(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(n,) rows and columns of the network's answers -> (n, 4) in pixels of the image."""
        corners = np.stack([columns, rows], axis=-1) * STRIDE - np.array(self.margin)
        return np.hstack([corners, corners + WINDOW]) * np.tile(self.zoom, 2)


def levels(image: np.ndarray, settings: FastSettings) -> Iterator[Level]:
    """The image in falling sizes, so that a window covers ever larger faces; at least one."""
    height, width = image.shape[:2]
    searched = min(1.0, settings.working_side / max(height, width))  # of the image's size
    side = settings.smallest / searched  # of the window, in pixels of the image
    while True:
        scale = WINDOW / side
        size = max(1, round(width * scale)), max(1, round(height * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        level = cv2.resize(image, size, interpolation=method)
        x, y = (max(MARGIN, -(-(WINDOW - length) // 2)) for length in size)
        level = cv2.copyMakeBorder(level, y, y, x, x, cv2.BORDER_REPLICATE)
        yield Level(level, (width / size[0], height / size[1]), (x, y))
        side *= settings.step
        if side > LARGEST * min(height, width):
            return
