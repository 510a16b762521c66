"""The constant baseline: the score of one prediction for all faces or regions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.evaluation.detections import evaluation_box_xyxy
from hyperface.evaluation.metric_inputs import Labels
from hyperface.geometry.mean_face import BOX_CENTER, BOX_SIDE, MEAN_FACE
from hyperface.regions.encoding import decode_landmarks


@dataclass(frozen=True, eq=False)
class ConstantBaseline:
    """One prediction for all faces or regions; NaN where nothing is labeled."""

    is_face: np.ndarray  # share of faces
    shape: np.ndarray  # (K, 2) landmarks in units of the box, as in `regions.encoding`
    visibility: np.ndarray  # (K,) share of faces in which each landmark is visible
    pose: np.ndarray  # (3,) mean roll, pitch, yaw in radians
    gender: np.ndarray  # share of women

    @classmethod
    def from_labels(cls, labels: Labels, shape: np.ndarray | None = None) -> "ConstantBaseline":
        """The means of the labels of n faces or regions.

        The landmarks are in units of the box, unless a (K, 2) shape is used instead of their mean.
        """
        return cls(
            labeled_mean(labels.is_face),
            labeled_mean(labels.landmarks) if shape is None else shape,
            labeled_mean(labels.visibility),
            labeled_mean(labels.poses),
            labeled_mean(labels.genders),
        )

    def labels(self, boxes_xyxy: np.ndarray) -> Labels:
        """The prediction for (n, 4) boxes, with the landmarks placed in each box."""
        boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)

        def repeated(value: np.ndarray) -> np.ndarray:
            return np.tile(value, (len(boxes), *np.ones(np.ndim(value), int)))

        return Labels(
            boxes,
            repeated(self.is_face),
            decode_landmarks(self.shape, boxes),
            repeated(self.visibility),
            repeated(self.pose),
            repeated(self.gender),
        )


def labeled_mean(values: np.ndarray) -> np.ndarray:
    """(n, ...) -> (...) the mean of the labeled values over the first axis, NaN without any."""
    labeled = np.isfinite(values)
    count = labeled.sum(axis=0)
    total = np.where(labeled, values, 0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def mean_shape() -> np.ndarray:
    """(21, 2) the mean face from the front, in units of a face's box."""
    return (MEAN_FACE - BOX_CENTER)[:, :2] * [1, -1] / BOX_SIDE  # the image's y points down


def constant_boxes(images: Sequence[AnnotatedImage]) -> np.ndarray:
    """(images, 4) pixels: the mean annotated box, at the same relative place in every image.

    NaN if no face is annotated.
    """
    relative = [
        evaluation_box_xyxy(face) / ([image.width, image.height] * 2)
        for image in images
        for face in image.faces
    ]
    mean = np.mean(relative, axis=0) if relative else np.full(4, np.nan)
    return np.array([mean * ([image.width, image.height] * 2) for image in images])
