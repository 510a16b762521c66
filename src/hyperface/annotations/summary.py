"""A summary of data sets: labels by task, and distributions of sizes, yaw and gender."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.boxes import area_xyxy
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import GENDERS, TASKS

BOX_SIDES = (0, 16, 32, 64, 128, 256, 512)  # pixels; where the bins of the histogram begin
YAW_BINS = tuple(range(-105, 106, 30))  # degrees; their edges
NOT_LABELED = "not labeled"


@dataclass
class Summary:
    """One data set in numbers."""

    images: int = 0
    without_faces: int = 0  # images that show no face
    complete: int = 0  # images that have every face annotated
    faces: int = 0
    ignored: int = 0  # faces
    people: int = 0  # number of different known people
    # Faces with a label for each task.
    labeled: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(TASKS, 0)))
    splits: Counter[str] = field(default_factory=Counter)  # images by prescribed split
    # Faces by the side of their box, the bins of `BOX_SIDES`.
    box_sides: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys(map(box_bin, BOX_SIDES), 0))
    )
    # Faces by yaw, the bins of `YAW_BINS`; beyond them or without yaw in none.
    yaws: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys(filter(None, map(yaw_bin, YAW_BINS[:-1])), 0))
    )
    genders: Counter[str] = field(default_factory=Counter)  # faces by gender, or `NOT_LABELED`


def summarize(images: Iterable[AnnotatedImage]) -> dict[str, Summary]:
    """Summarizes each data set, in order of their names."""
    summaries: dict[str, Summary] = {}
    faces: dict[str, list[Face]] = {}
    for image in images:
        summary = summaries.setdefault(image.source, Summary())
        summary.images += 1
        summary.without_faces += not image.faces
        summary.complete += image.complete
        summary.ignored += len(image.ignored_xyxy)
        if image.split:
            summary.splits[image.split] += 1
        faces.setdefault(image.source, []).extend(image.faces)
    for source, summary in summaries.items():
        if faces[source]:
            _count(faces[source], summary)
    return dict(sorted(summaries.items()))


def labeled_faces(faces: Sequence[Face]) -> dict[str, np.ndarray]:
    """For each task, (N,) bool, which faces have at least one label for it."""
    landmarks = np.array([face.landmarks for face in faces])
    return {
        "detection": np.ones(len(faces), bool),
        "landmarks": np.isfinite(landmarks).all(2).any(1),
        "visibility": np.isfinite([face.visibility for face in faces]).any(1),
        "pose": np.isfinite([face.pose for face in faces]).any(1),
        "gender": np.isfinite([face.gender for face in faces]),
    }


def box_bin(side: float) -> str:
    """The name of the bin of a box's side in pixels."""
    number = bisect_right(BOX_SIDES, side)
    if number == len(BOX_SIDES):
        return f"{BOX_SIDES[-1]} and more"
    return f"{BOX_SIDES[number - 1]} to {BOX_SIDES[number]}"


def yaw_bin(degrees: float) -> str | None:
    """The name of the bin of a yaw; None beyond the outermost edges."""
    number = bisect_right(YAW_BINS, degrees)
    if not 0 < number < len(YAW_BINS):
        return None
    return f"{YAW_BINS[number - 1]:+d} to {YAW_BINS[number]:+d}"


def _count(faces: Sequence[Face], summary: Summary) -> None:
    summary.faces = len(faces)
    summary.people = len({face.person for face in faces} - {None})
    for task, labeled in labeled_faces(faces).items():
        summary.labeled[task] = int(labeled.sum())
    areas = area_xyxy(np.array([face.box_xyxy for face in faces], np.float64))
    summary.box_sides.update(map(box_bin, np.sqrt(areas).tolist()))
    yaws = np.degrees([float(face.pose[ANGLES.index("yaw")]) for face in faces])
    bins = map(yaw_bin, yaws[np.isfinite(yaws)].tolist())
    summary.yaws.update(words for words in bins if words)
    genders = (face.gender for face in faces)
    summary.genders.update(NOT_LABELED if g != g else GENDERS[int(g)] for g in genders)
