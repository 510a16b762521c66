"""Detection metrics: those of PASCAL VOC and FDDB, and the share of faces found."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from hyperface.evaluation.detections import MatchedImage
from hyperface.evaluation.fddb_scores import roc, score_at
from hyperface.evaluation.groups import size_bands, yaw_bands
from hyperface.evaluation.measures import balanced_accuracy
from hyperface.evaluation.metric_inputs import Samples
from hyperface.evaluation.metric_result import (
    EVERY,
    NAN,
    Estimate,
    MetricResult,
    bootstrap_intervals,
)
from hyperface.evaluation.precision_recall import (
    Curve,
    area_under,
    average_precision,
    eleven_point_average,
    precision_recall,
    recall_at,
)
from hyperface.tasks import GENDERS

FALSE_POSITIVES = (10, 100, 1000)
FDDB_FALSE_POSITIVES = (100, 500, 1000, 2000)


def region_classification(samples: Samples) -> list[MetricResult]:
    """Balanced accuracy and average precision of the classification of regions as face or not."""
    if not samples.has_predictions(samples.predicted.is_face):
        return []
    is_face = samples.truth.is_face > 0.5
    scores = [labels.is_face for labels in samples.predicted_and_baseline]

    def accuracy(which: int, rows: np.ndarray) -> float:
        probabilities = scores[which][rows]
        if np.isnan(probabilities).any():
            return NAN
        correct = (probabilities >= 0.5) == is_face[rows]
        return 100 * balanced_accuracy(correct, [is_face[rows], ~is_face[rows]])

    def precision(which: int, rows: np.ndarray) -> float:
        return 100 * average_precision(scores[which][rows], is_face[rows])

    labeled = np.isfinite(samples.truth.is_face)
    return [
        result
        for name, score in (("balanced accuracy", accuracy), ("average precision", precision))
        for result in samples.measure("detection", name, score, labeled)
    ]


def average_precisions(samples: Samples) -> list[MetricResult]:
    """Average precision over all and over 11 points, and recall at fixed false positives.

    Where a set has small and large faces, average precision also with the small ones ignored.
    """
    names = (
        *("average precision", "average precision, 11 points"),
        *(f"recall at {count:,} false positives" for count in FALSE_POSITIVES),
    )

    def read(some: Sequence[MatchedImage]) -> list[float]:
        curve = detection_curve(some)
        recalls = [recall_at(curve, count) for count in FALSE_POSITIVES]
        return [area_under(curve), eleven_point_average(curve), *recalls]

    detections = samples.detections
    return _of_images(
        samples, names, read, detections.matched, detections.baseline, detections.matched
    ) + [
        result
        for size, (matched, baseline) in detections.min_sizes.items()
        for result in _of_images(
            samples,
            names[:1],
            lambda some: [area_under(detection_curve(some))],
            matched,
            baseline,
            matched,
            f"faces from {size} pixels",
        )
    ]


def fddb_scores(samples: Samples) -> list[MetricResult]:
    """FDDB's discrete and continuous scores at fixed false positives, for faces with ellipses."""
    scores = [(kind, n) for kind in ("discrete", "continuous") for n in FDDB_FALSE_POSITIVES]
    names = [f"FDDB, {kind} score at {count:,} false positives" for kind, count in scores]

    def read(some: Sequence) -> list[float]:
        curve = roc(some)
        return [score_at(curve, kind, count) for kind, count in scores]

    detections = samples.detections
    return _of_images(
        samples, names, read, detections.ellipses, detections.baseline_ellipses, detections.matched
    )


def faces_found(samples: Samples) -> list[MetricResult]:
    """Share of faces found at any score, of all and of each group by size, yaw and gender."""

    def share(which: int, rows: np.ndarray) -> float:
        return NAN if which else float(100 * samples.is_found[rows].mean())

    genders = {name: samples.truth.genders == number for number, name in enumerate(GENDERS)}
    groups = {EVERY: np.ones(len(samples.is_found), bool)}
    groups |= size_bands(samples.truth) | yaw_bands(samples.truth) | genders
    return [
        replace(result, without_misses=Estimate())  # all of those that are found are found
        for group, rows in groups.items()
        for result in samples.measure(
            "detection", "faces found", share, rows, misses_fail=True, group=group
        )
    ]


def detection_curve(matched: Sequence[MatchedImage]) -> Curve:
    """The precision-recall curve over some images."""
    scores = np.concatenate([each.scores for each in matched])
    correct = np.concatenate([each.correct for each in matched])
    return precision_recall(scores, correct, sum(each.faces for each in matched))


def _of_images(
    samples: Samples,
    names: Sequence[str],
    read: Callable[[Sequence], list[float]],
    found: Sequence,
    baseline: Sequence,
    matched: Sequence[MatchedImage],
    group: str = EVERY,
) -> list[MetricResult]:
    """Results over images; a missed face always counts as a failure.

    `found` and `baseline` have the detections in each image; the misses are those in `matched`.
    `read` takes the detections of some images, and gives a value from 0 to 1 for each name; NaN if
    there is no face.
    """
    faces = sum(each.faces for each in found)
    if not faces:
        return []

    def score(rows: np.ndarray) -> np.ndarray:
        return 100 * np.array(read([found[row] for row in rows]))

    return [
        MetricResult(
            task="detection",
            name=name,
            unit="%",
            higher_is_better=True,
            without_misses=Estimate(),
            baseline=100 * of_baseline,
            count=faces,
            with_misses=Estimate(value, *bounds),
            missed=sum(int((each.matches < 0).sum()) for each in matched),
            group=group,
            data=samples.data,
        )
        for name, value, bounds, of_baseline in zip(
            names,
            score(np.arange(len(found))).tolist(),
            bootstrap_intervals(score, samples.detections.clusters).tolist(),
            read(baseline),
            strict=True,
        )
    ]
