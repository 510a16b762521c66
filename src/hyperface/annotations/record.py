"""The record of an annotated face, and of its image.

Every reader returns these records, whatever its data set looks like on disk. A label that the data
set does not have is *missing* (NaN) and adds nothing to any loss; a landmark that exists but cannot
be seen is *invisible* (visibility 0).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import numpy as np

from hyperface.tasks import NUM_LANDMARKS


def _missing(*shape: int) -> np.ndarray:
    return np.full(shape, np.nan, np.float32)


@dataclass(frozen=True, eq=False)
class Face:
    """One annotated face.

    Attributes:
        box_xyxy: (4,) float32, left, top, right, bottom in pixels; if there are enough landmarks,
            as defined in `hyperface.geometry.rectangle`.
        landmarks: (21, 2) float32, x and y in pixels; a NaN row is a missing point. (N, 2) for
            another scheme of landmarks (`schemes.py`).
        visibility: (21,), or (N,), float32, 1 visible, 0 invisible, NaN missing.
        pose: (3,) float32, roll, pitch, yaw in radians, NaN missing.
        gender: 0.0 male, 1.0 female, NaN missing.
        person: Who it is; None if unknown.
        group: The group of people for comparisons between groups, such as FairFace's race; None if
            unknown.
        published_box_xyxy: (4,) float32, the box that the data set publishes; NaN for none.
        landmarks_68: (68, 2) float32, the original points in 300-W's scheme, from which `landmarks`
            are computed; NaN for none.
        ellipse: (5,) float32, the face as an ellipse: major and minor radius in pixels, angle of
            the major axis to the horizontal in radians, center x and y; NaN for none.
    """

    box_xyxy: np.ndarray
    landmarks: np.ndarray = field(default_factory=lambda: _missing(NUM_LANDMARKS, 2))
    visibility: np.ndarray = field(default_factory=lambda: _missing(NUM_LANDMARKS))
    pose: np.ndarray = field(default_factory=lambda: _missing(3))
    gender: float = float("nan")
    person: str | None = None
    group: str | None = None
    published_box_xyxy: np.ndarray = field(default_factory=lambda: _missing(4))
    landmarks_68: np.ndarray = field(default_factory=lambda: _missing(68, 2))
    ellipse: np.ndarray = field(default_factory=lambda: _missing(5))


class Labels(TypedDict, total=False):
    """Fields of `Face` that a data set may annotate itself, beside its landmarks."""

    visibility: np.ndarray
    pose: np.ndarray
    gender: float
    person: str | None
    group: str | None
    published_box_xyxy: np.ndarray
    landmarks_68: np.ndarray
    ellipse: np.ndarray


@dataclass(frozen=True, eq=False)
class AnnotatedImage:
    """One image and its annotated faces.

    Attributes:
        path: The image's file, or the video or sample file that it is a frame or region of.
        name: Unique within its data set, for messages and caches (usually the relative path).
        source: The data set's name, as its reader gives it.
        width: In pixels, of the stored frame.
        height: In pixels, of the stored frame.
        faces: The annotated faces; may be empty.
        complete: True where every face in the image is annotated or ignored, so that any region
            far from them is background. False where other, unannotated people may be around.
        split: "train" or "validation" where the data set prescribes one; None otherwise.
        frame: Number, from 0, of the frame in the video, or of the region in the sample file, at
            `path`; None for an image's file.
        ignored_xyxy: (M, 4) float32, boxes of faces that are neither to be found nor background.
    """

    path: Path
    name: str
    source: str
    width: int
    height: int
    faces: tuple[Face, ...] = ()
    complete: bool = False
    split: str | None = None
    frame: int | None = None
    ignored_xyxy: np.ndarray = field(default_factory=lambda: _missing(0, 4))

    @property
    def boxes_xyxy(self) -> np.ndarray:
        """(N, 4) float64, the boxes of the faces."""
        return np.array([face.box_xyxy for face in self.faces], np.float64).reshape(-1, 4)


class SkipReport:
    """Counts what was skipped by reason, with the names.

    Attributes:
        counts: By reason.
        names: By reason.
        notes: Sentences on how the data was read.
    """

    EXAMPLES = 5

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.names: defaultdict[str, list[str]] = defaultdict(list)
        self.notes: list[str] = []

    def add(self, reason: str, name: str) -> None:
        """Counts one skipped file, face or label."""
        self.counts[reason] += 1
        self.names[reason].append(name)

    def lines(self, max_names: int | None = EXAMPLES) -> list[str]:
        """One line per reason, most frequent first, with up to `max_names` names (None: all)."""
        return [
            f"{count} x {reason} ({', '.join(self.names[reason][:max_names])}"
            f"{', ...' if max_names is not None and count > max_names else ''})"
            for reason, count in self.counts.most_common()
        ]

    def report(self) -> list[str]:
        """The notes, and a line for each reason for which something was skipped."""
        return [*self.notes, *(f"skipped {line}" for line in self.lines())]
