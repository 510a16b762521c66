"""How many faces are found, and how much else: VOC's and FDDB's figures."""

from collections.abc import Callable, Sequence

import numpy as np

from hyperface.evaluation.detections import JudgedPicture, judged_box_xyxy
from hyperface.evaluation.fddb import Changes, changes, roc, score_at
from hyperface.evaluation.figures import EVERY, Estimate, FaceFigure
from hyperface.evaluation.measures import interval
from hyperface.evaluation.precision_recall import (
    Curve,
    area,
    eleven_points,
    precision_recall,
    recall_at,
)
from hyperface.records.record import Picture

FALSE_POSITIVES = (10, 100, 1000)
FDDB_FALSE_POSITIVES = (100, 500, 1000, 2000)


def detection_figures(
    judged: Sequence[JudgedPicture], constant: Sequence[JudgedPicture], clusters: np.ndarray
) -> list[FaceFigure]:
    """Average precision over all points and at eleven, and recalls at fixed false positives.

    Args:
        judged: How the detections of each picture were matched.
        constant: The same for the constant answer.
        clusters: (pictures,) int, resampled together.
    """
    readings = {
        "average precision": lambda some: area(curve_of(some)),
        "average precision, 11 points": lambda some: eleven_points(curve_of(some)),
        **{f"recall at {count:,} false positives": _recall(count) for count in FALSE_POSITIVES},
    }
    missed = sum(int((each.matches < 0).sum()) for each in judged)
    return [
        _figure(name, judged, constant, clusters, read, missed) for name, read in readings.items()
    ]


def fddb_figures(
    found: Sequence[Changes], constant: Sequence[Changes], clusters: np.ndarray, missed: int
) -> list[FaceFigure]:
    """The discrete and the continuous score at fixed false positives; arguments as above."""
    return [
        _figure(
            f"FDDB, {name} score at {count:,} false positives",
            found,
            constant,
            clusters,
            lambda some, name=name, count=count: score_at(roc(some), name, count),
            missed,
        )
        for name in ("discrete", "continuous")
        for count in FDDB_FALSE_POSITIVES
    ]


def curve_of(judged: Sequence[JudgedPicture]) -> Curve:
    """Precision and recall over pictures in which there is a face."""
    scores = np.concatenate([each.scores for each in judged])
    right = np.concatenate([each.right for each in judged])
    return precision_recall(scores, right, sum(each.faces for each in judged))


def constant_boxes(pictures: Sequence[Picture]) -> np.ndarray:
    """(pictures, 4) pixels: the mean annotated box, at the same place of every picture."""
    relative = [
        judged_box_xyxy(face) / ([picture.width, picture.height] * 2)
        for picture in pictures
        for face in picture.faces
    ]
    mean = np.mean(relative, axis=0) if relative else np.zeros(4)
    return np.array([mean * ([picture.width, picture.height] * 2) for picture in pictures])


def constant_changes(pictures: Sequence[Picture], ellipses: Sequence[np.ndarray]) -> list[Changes]:
    """How the constant box fares by FDDB's rules."""
    boxes = constant_boxes(pictures)
    return [changes(e, box[None], np.ones(1)) for e, box in zip(ellipses, boxes, strict=True)]


def _recall(count: int) -> Callable[[Sequence[JudgedPicture]], float]:
    return lambda some: recall_at(curve_of(some), count)


def _figure(
    name: str,
    found: Sequence,
    constant: Sequence,
    clusters: np.ndarray,
    read: Callable[[Sequence], float],
    missed: int,
) -> FaceFigure:
    """A figure in which a missed face always counts as one."""

    def score(rows: np.ndarray) -> float:
        chosen = [found[row] for row in rows]
        return 100 * read(chosen) if sum(each.faces for each in chosen) else float("nan")

    faces = sum(each.faces for each in found)
    everything = Estimate(score(np.arange(len(found))), *interval(score, clusters))
    return FaceFigure(
        task="detection",
        measure=name,
        unit="%",
        better="higher",
        group=EVERY,
        left_out=Estimate(),
        failures=everything,
        constant=100 * read(constant) if faces else float("nan"),
        count=faces,
        missed=missed,
    )
