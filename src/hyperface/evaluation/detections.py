"""Matching of detections and annotated faces in whole images by PASCAL VOC's rules.

A detection is right if it overlaps a face by an IoU of at least 0.5 that no better-scoring
detection has taken; a second one on the same face is wrong. One on a face to be ignored counts
neither way; so does one on a face under the minimum size, where there is one, as in WIDER FACE.
Where other people in an image may not be annotated, a detection that lies away from every annotated
face (IoU under 0.1) can be neither right nor wrong and is not counted.
"""

from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.boxes import iou_matrix_xyxy

MIN_IOU = 0.5  # with the face that a detection finds
AWAY_IOU = 0.1  # below it a detection is away from a face


@dataclass(frozen=True, eq=False)
class MatchedImage:
    """The detections of one image that are counted."""

    scores: np.ndarray  # (n,) scores, highest first
    correct: np.ndarray  # (n,) bool, whether the detection is correct
    # (faces,) int, the index, in the given order, of the detection that found each face that is
    # not ignored; -1: none.
    matches: np.ndarray

    @property
    def faces(self) -> int:
        """Number of annotated faces."""
        return len(self.matches)


def match_detections(
    boxes_xyxy: np.ndarray,
    scores: np.ndarray,
    image: AnnotatedImage,
    lenient: bool = True,
    min_size: float = 0.0,
) -> MatchedImage:
    """Matches the detections in one image with its faces.

    Args:
        boxes_xyxy: (n, 4) in the image's pixels.
        scores: (n,) scores.
        image: The image with its annotated faces; a box that the data set publishes counts, if
            there is one, instead of the project's.
        lenient: If not every face of the image is annotated, do not count detections away from
            every annotated face.
        min_size: Faces of which the mean side of the box is smaller, in pixels, are ignored.
    """
    others_possible = lenient and not image.complete
    order = np.argsort(-np.asarray(scores), kind="stable")
    boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)[order]
    published = [evaluation_box_xyxy(face) for face in image.faces]
    truth = np.array(published, np.float64).reshape(-1, 4)
    small = mean_sides(truth) < min_size
    overlaps = iou_matrix_xyxy(boxes, truth)
    ignored = iou_matrix_xyxy(boxes, image.ignored_xyxy)
    matches = np.full(len(image.faces), -1)
    correct = np.zeros(len(boxes), bool)
    counts = np.ones(len(boxes), bool)
    for row, overlap in enumerate(overlaps):
        face = int(overlap.argmax()) if len(overlap) else -1
        best = overlap[face] if face >= 0 else 0.0
        if best >= MIN_IOU and small[face]:
            counts[row] = False
        elif best >= MIN_IOU:
            correct[row] = matches[face] < 0
            if correct[row]:
                matches[face] = order[row]
        elif ignored[row].max(initial=0.0) >= MIN_IOU or (others_possible and best < AWAY_IOU):
            counts[row] = False
    return MatchedImage(np.asarray(scores)[order][counts], correct[counts], matches[~small])


def mean_sides(boxes_xyxy: np.ndarray) -> np.ndarray:
    """The sizes of (n, 4) boxes, the means of width and height, (n,) pixels."""
    return (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).mean(axis=1)


def evaluation_box_xyxy(face: Face) -> np.ndarray:
    """(4,) the box that the data set publishes, or else the project's."""
    published = face.published_box_xyxy
    return published if np.isfinite(published).all() else face.box_xyxy
