"""Annotated faces of a COCO file: resolves left and right, and joins points with their boxes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hyperface.annotations.readers.coco_points import KeyPoints, handedness
from hyperface.annotations.readers.labeling import NO_BOX
from hyperface.geometry.landmarks import MIRROR
from hyperface.tasks import NUM_LANDMARKS

MIN_HANDEDNESS = 0.3  # minimum `handedness` of a face that is not in profile


@dataclass(frozen=True, eq=False)
class Annotation:
    """One annotated face, or a region to be ignored."""

    category: str | None  # id of its category
    ignored: bool = False  # whether it is a crowd, or to be ignored
    # (4,) NaN without a box of a face.
    box_xyxy: np.ndarray = field(default_factory=NO_BOX.copy)
    # (21, 2) in the project's pixels, NaN where missing.
    landmarks: np.ndarray = field(default_factory=lambda: np.full((NUM_LANDMARKS, 2), np.nan))
    # (21,) 0, 1 or 2 as in the file.
    flags: np.ndarray = field(default_factory=lambda: np.zeros(NUM_LANDMARKS))
    # (68, 2), NaN where missing.
    points_68: np.ndarray = field(default_factory=lambda: np.full((68, 2), np.nan))
    key_points: KeyPoints | None = None  # what its key points are; None where it has none
    # (4,) the box around all its key points; NaN where it has none.
    enclosing_xyxy: np.ndarray = field(default_factory=NO_BOX.copy)
    # Gender, pose and person, as fields of `Face`.
    labels: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_box(self) -> bool:
        """Whether it has a face's box."""
        return bool(np.isfinite(self.box_xyxy).all())

    @property
    def placed(self) -> np.ndarray:
        """(21,) bool, the landmarks that have a position."""
        return np.isfinite(self.landmarks).all(1)


def swapped_kinds(annotations: Iterable[Annotation]) -> dict[KeyPoints, bool]:
    """For each ambiguous kind of key points, whether left means the person's left.

    The majority of faces that are not in profile decides; without such faces, COCO's meaning is
    used.
    """
    kinds: dict[KeyPoints, list[np.ndarray]] = {}
    for each in annotations:
        if each.key_points is not None and not each.key_points.sides_known:
            kinds.setdefault(each.key_points, []).append(each.landmarks)
    shown = {kind: handedness(np.array(points)) for kind, points in kinds.items()}
    return {
        kind: (v > MIN_HANDEDNESS).sum() <= (v < -MIN_HANDEDNESS).sum() for kind, v in shown.items()
    }


def with_sides(annotation: Annotation, swapped: Mapping[KeyPoints, bool]) -> Annotation | None:
    """An annotation with left and right as in the image.

    None if its left and right are swapped compared with the rest of the file.
    """
    kind = annotation.key_points
    if kind is None or kind not in swapped:
        return annotation
    if swapped[kind]:
        landmarks, flags = annotation.landmarks[MIRROR], annotation.flags[MIRROR]
        annotation = replace(annotation, landmarks=landmarks, flags=flags)
    return None if handedness(annotation.landmarks)[0] < -MIN_HANDEDNESS else annotation


def joined(annotations: list[Annotation]) -> list[Annotation]:
    """Joins points without a box with the smallest box without points that contains them all."""
    boxes = [each for each in annotations if each.has_box and not each.placed.any()]
    boxes = [each for each in boxes if not each.ignored]
    boxes.sort(key=lambda each: np.prod(each.box_xyxy[2:] - each.box_xyxy[:2]))
    taken: list[Annotation] = []
    result: list[Annotation] = []
    for each in annotations:
        if not each.has_box and each.placed.any():
            points = each.landmarks[each.placed]
            around = (
                box
                for box in boxes
                if box not in taken
                and (points >= box.box_xyxy[:2]).all()
                and (points <= box.box_xyxy[2:]).all()
            )
            if (box := next(around, None)) is not None:
                taken.append(box)
                each = replace(each, box_xyxy=box.box_xyxy, labels={**box.labels, **each.labels})
        result.append(each)
    return [each for each in result if each not in taken]
