"""Evaluation of a detector on whole annotated images, in one call."""

import logging
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.whole_images import SetResults, evaluate_sets
from hyperface.images.reading import UnreadableImage
from hyperface.utils.progress import progress

_LOG = logging.getLogger(__name__)


class Detector(Protocol):
    """What finds faces, such as `hyperface.FaceDetector`."""

    def detect(self, image: np.ndarray) -> list[DetectedFace]:
        """Finds the faces in (H, W, 3) uint8 RGB."""


def evaluate(detector: Detector, images: Sequence[AnnotatedImage]) -> list[SetResults]:
    """Finds the faces in annotated images and compares them with the annotated ones.

    For average precision the detector should keep unlikely faces, too:
    `FaceDetector.from_pretrained(settings=DetectionSettings(threshold=0.1))`.

    Args:
        detector: Finds the faces.
        images: Annotated images, as `load_dataset` gives them. One that cannot be read is logged
            as a warning, and counts as an image in which nothing was found.

    Returns:
        The metrics of each data set, by name; where there are several, of all together first.
    """
    return evaluate_sets(
        images, [_found(detector, each) for each in progress(images, None, "images")]
    )


def _found(detector: Detector, image: AnnotatedImage) -> list[DetectedFace]:
    try:
        return detector.detect(read_pixels(image))
    except UnreadableImage as error:
        _LOG.warning("%s: %s, taken as nothing found", image.name, error.reason)
        return []
