"""Evaluation of a detector on annotated images in one call."""

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
    """Anything that finds faces, such as `hyperface.FaceDetector`."""

    def detect(self, image: np.ndarray) -> list[DetectedFace]:
        """Finds the faces in an image, (H, W, 3) uint8 RGB."""


def evaluate(detector: Detector, images: Sequence[AnnotatedImage]) -> list[SetResults]:
    """Finds the faces in annotated images and compares them with the annotated ones.

    For average precision the detector should also keep unlikely faces:
    `FaceDetector.from_pretrained(settings=DetectionSettings(threshold=0.1))`. An image from
    `load_dataset` that cannot be read gives a warning and counts as one without detections.

    Returns:
        The metrics of each data set, sorted by name. If there are several, those of all data sets
        combined come first.
    """
    found = [_detect(detector, each) for each in progress(images, None, "images")]
    return evaluate_sets(images, found)


def _detect(detector: Detector, image: AnnotatedImage) -> list[DetectedFace]:
    try:
        return detector.detect(read_pixels(image))
    except UnreadableImage as error:
        _LOG.warning("%s: %s, counted as an image without detections", image.name, error.reason)
        return []
