"""From an image's proposals to its faces: threshold, IRP, L-NMS, nested faces left out."""

from dataclasses import dataclass

import numpy as np

from hyperface.detection.iterative_proposals import Score, iterate
from hyperface.detection.region_predictions import DetectedFace
from hyperface.detection.suppression import (
    COMBINE,
    MEMBERS,
    suppress_by_landmarks,
    suppress_by_regions,
    without_nested,
)
from hyperface.regions.region import whole_pixels_xyxy

SUPPRESSIONS = ("landmarks", "regions")


@dataclass(frozen=True)
class DetectionSettings:
    """How regions become faces; every stage can be switched off.

    Attributes:
        threshold: Probability of a face from which a region is kept. Open in the paper.
        rounds: T of IRP; 0 leaves it out.
        suppression: "landmarks" (L-NMS) or "regions" (plain).
        overlap: IoU over which two mean the same face. Open in the paper.
        members: k of L-NMS.
        combine: "median" (paper) or "mean" of the k.
        nested: Share of the smaller of two faces' boxes that may lie inside the larger; 1 keeps
            both whatever it is (paper).
    """

    threshold: float = 0.5
    rounds: int = 1
    suppression: str = "landmarks"
    overlap: float = 0.3
    members: int = MEMBERS
    combine: str = "median"
    nested: float = 0.8

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("suppression", self.suppression, SUPPRESSIONS),
            ("combine", self.combine, tuple(COMBINE)),
        ):
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}, expected one of {', '.join(allowed)}")
        for name in ("threshold", "overlap", "nested"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 to 1")
        if self.rounds < 0 or self.members < 1:
            raise ValueError("rounds are at least 0, members at least 1")


def faces_of(
    proposals_xyxy: np.ndarray, score: Score, width: int, height: int, settings: DetectionSettings
) -> list[DetectedFace]:
    """Finds the faces among an image's proposals.

    Args:
        proposals_xyxy: (N, 4) in pixels.
        score: Asks the network about regions of the image.
        width: Of the image, in pixels.
        height: Of the image, in pixels.
        settings: How.

    Returns:
        The faces, best score first.
    """
    regions = np.unique(whole_pixels_xyxy(proposals_xyxy, width, height), axis=0)
    answers = score(regions)
    kept = answers.rows(answers.scores >= settings.threshold)
    kept = iterate(kept, score, width, height, settings.rounds, settings.threshold)
    if settings.suppression == "regions":
        faces = suppress_by_regions(kept, settings.overlap)
    else:
        faces = suppress_by_landmarks(kept, settings.overlap, settings.members, settings.combine)
    return without_nested(faces, settings.nested)
