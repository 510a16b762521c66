"""How many faces are found, and how much else: VOC's and FDDB's figures."""

from collections.abc import Callable, Sequence

import numpy as np

from hyperface.annotations.record import Picture
from hyperface.evaluation.detections import JudgedPicture, judged_box_xyxy
from hyperface.evaluation.fddb import Changes, changes, roc, score_at
from hyperface.evaluation.figures import EVERY, Estimate, FaceFigure
from hyperface.evaluation.measures import intervals
from hyperface.evaluation.precision_recall import (
    Curve,
    area,
    eleven_points,
    precision_recall,
    recall_at,
)

FALSE_POSITIVES = (10, 100, 1000)
FDDB_FALSE_POSITIVES = (100, 500, 1000, 2000)


def detection_figures(
    judged: Sequence[JudgedPicture],
    constant: Sequence[JudgedPicture],
    clusters: np.ndarray,
    missed: int,
) -> list[FaceFigure]:
    """Average precision over all points and at eleven, and recalls at fixed false positives.

    Args:
        judged: How the detections of each picture were matched.
        constant: The same for the constant answer.
        clusters: (pictures,) int, resampled together.
        missed: How many faces were not found.
    """
    names = (
        *("average precision", "average precision, 11 points"),
        *(f"recall at {count:,} false positives" for count in FALSE_POSITIVES),
    )

    def read(some: Sequence[JudgedPicture]) -> list[float]:
        curve = curve_of(some)
        recalls = [recall_at(curve, count) for count in FALSE_POSITIVES]
        return [area(curve), eleven_points(curve), *recalls]

    return _figures(names, read, judged, constant, clusters, missed)


def fddb_figures(
    found: Sequence[Changes], constant: Sequence[Changes], clusters: np.ndarray, missed: int
) -> list[FaceFigure]:
    """The discrete and the continuous score at fixed false positives; arguments as above."""
    scores = [(kind, n) for kind in ("discrete", "continuous") for n in FDDB_FALSE_POSITIVES]
    names = [f"FDDB, {kind} score at {count:,} false positives" for kind, count in scores]

    def read(some: Sequence[Changes]) -> list[float]:
        curve = roc(some)
        return [score_at(curve, kind, count) for kind, count in scores]

    return _figures(names, read, found, constant, clusters, missed)


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


def _figures(
    names: Sequence[str],
    read: Callable[[Sequence], list[float]],
    found: Sequence,
    constant: Sequence,
    clusters: np.ndarray,
    missed: int,
) -> list[FaceFigure]:
    """Figures in which a missed face always counts as one.

    Args:
        names: Of the measures.
        read: From some pictures, in which there is a face, to a number, 0 to 1, for each name.
        found: By picture, what was found.
        constant: By picture, what the constant answer finds.
        clusters: (pictures,) int, resampled together.
        missed: How many faces were not found.
    """

    def score(rows: np.ndarray) -> np.ndarray:
        chosen = [found[row] for row in rows]
        there = sum(each.faces for each in chosen)
        return 100 * np.array(read(chosen)) if there else np.full(len(names), np.nan)

    numbers = zip(
        names,
        score(np.arange(len(found))).tolist(),
        intervals(score, clusters).tolist(),
        read(constant),
        strict=True,
    )
    return [
        FaceFigure(
            task="detection",
            measure=name,
            unit="%",
            better="higher",
            group=EVERY,
            left_out=Estimate(),
            failures=Estimate(value, *bounds),
            constant=100 * of_constant,
            count=sum(each.faces for each in found),
            missed=missed,
        )
        for name, value, bounds, of_constant in numbers
    ]
