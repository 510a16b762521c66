"""The inputs of the metrics: faces or regions with their labels and predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from hyperface.evaluation.detections import MatchedImage
from hyperface.evaluation.fddb_scores import ImageScores
from hyperface.evaluation.metric_result import EVERY, Estimate, MetricResult, bootstrap_intervals


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels or predictions of n faces or regions; NaN where there is none."""

    boxes_xyxy: np.ndarray  # (n, 4) pixels
    is_face: np.ndarray  # (n,) 0 background to 1 face
    landmarks: np.ndarray  # (n, K, 2) pixels
    visibility: np.ndarray  # (n, K) 0 occluded to 1 visible
    poses: np.ndarray  # (n, 3) roll, pitch, yaw in radians
    genders: np.ndarray  # (n,) 0 male to 1 female

    def rows(self, index: np.ndarray) -> "Labels":
        """The labels at an index or mask, (n,)."""
        return Labels(*(getattr(self, column.name)[index] for column in fields(self)))


@dataclass(frozen=True, eq=False)
class ImageDetections:
    """All detections in some images, matched with the annotated faces."""

    matched: Sequence[MatchedImage]  # the matched detections of each image
    baseline: Sequence[MatchedImage]  # the same for the constant baseline
    clusters: np.ndarray  # (images,) int, equal for images of the same person
    # FDDB's scores of each image; empty if the faces are not annotated as ellipses.
    ellipses: Sequence[ImageScores] = ()
    baseline_ellipses: Sequence[ImageScores] = ()  # the same for the constant baseline
    # `matched` and `baseline` with smaller faces ignored, by the minimum size in pixels.
    min_sizes: Mapping[int, tuple[Sequence[MatchedImage], Sequence[MatchedImage]]] = field(
        default_factory=dict
    )


NO_DETECTIONS = ImageDetections((), (), np.zeros(0, int))


@dataclass(frozen=True, eq=False)
class Samples:
    """Annotated faces of whole images, or regions, with their predictions."""

    data: str  # name of the data set, or of all combined
    truth: Labels  # the annotations
    predicted: Labels  # the predictions; all NaN for a missed face
    baseline: Labels  # the predictions of the constant baseline
    is_found: np.ndarray  # (n,) bool; all True for regions
    # (n,) int, equal for the same person, or the same image if the person is unknown.
    clusters: np.ndarray
    images: np.ndarray  # (n,) int, the index of the image
    # (n,) str, the group of people that a face is counted with, "" where unknown.
    groups: np.ndarray
    # Sizes that a landmark error may be divided by: (n,) pixels by name, NaN or 0 if unknown.
    sizes: Mapping[str, np.ndarray] = field(default_factory=dict)
    detections: ImageDetections = NO_DETECTIONS  # all detections in whole images; empty for regions

    @property
    def predicted_and_baseline(self) -> tuple[Labels, Labels]:
        """The predictions and the baseline, in the order that `measure` numbers them."""
        return self.predicted, self.baseline

    def has_predictions(self, values: np.ndarray) -> bool:
        """Whether the (n, ...) column of predictions has any values, for any face.

        Another program may predict boxes alone, and a network may have a single head; metrics of
        other tasks are then skipped. If no face was found, they are not skipped.
        """
        return bool(np.isfinite(values).any()) or not self.is_found.any()

    def rows(self, data: str, index: np.ndarray) -> "Samples":
        """The samples at an index or mask, (n,), as a data set, without `detections`."""
        return Samples(
            data=data,
            truth=self.truth.rows(index),
            predicted=self.predicted.rows(index),
            baseline=self.baseline.rows(index),
            is_found=self.is_found[index],
            clusters=self.clusters[index],
            images=self.images[index],
            groups=self.groups[index],
            sizes={name: size[index] for name, size in self.sizes.items()},
        )

    def measure(
        self,
        task: str,
        name: str,
        score: Callable[[int, np.ndarray], float],
        labeled: np.ndarray,
        *,
        unit: str = "%",
        higher_is_better: bool = True,
        misses_fail: bool = False,
        group: str = EVERY,
        count: Callable[[np.ndarray], int] = len,
    ) -> list[MetricResult]:
        """The result of a metric; empty if nothing is labeled.

        Args:
            task: Name of the task.
            name: Name of the metric.
            score: From 0 (the predictions) or 1 (the baseline) and (m,) rows to a number; with
                `misses_fail`, a row without a prediction must count as a failure.
            labeled: (n,) bool, the labeled rows.
            unit: "%" or "degrees".
            higher_is_better: Whether higher values are better.
            misses_fail: Whether a missed face can be counted as a failure.
            group: The faces or landmarks that are evaluated.
            count: From (m,) rows to the number of labels in them; by default one for each row.
        """
        rows = np.flatnonzero(labeled)
        found = np.flatnonzero(labeled & self.is_found)
        if not len(rows):
            return []
        without_misses = with_misses = self._estimate(score, found)
        if misses_fail and len(found) < len(rows):
            with_misses = self._estimate(score, rows)
        return [
            MetricResult(
                task=task,
                name=name,
                unit=unit,
                higher_is_better=higher_is_better,
                without_misses=without_misses,
                baseline=score(1, rows),
                count=int(count(rows)),
                with_misses=with_misses if misses_fail else Estimate(),
                missed=len(rows) - len(found),
                group=group,
                data=self.data,
            )
        ]

    def _estimate(self, score: Callable[[int, np.ndarray], float], rows: np.ndarray) -> Estimate:
        if not len(rows):
            return Estimate()
        low, high = bootstrap_intervals(lambda some: score(0, rows[some]), self.clusters[rows])
        return Estimate(score(0, rows), float(low), float(high))


Metric = Callable[[Samples], list[MetricResult]]


def compute_metrics(samples: Samples, metrics: Sequence[Metric]) -> list[MetricResult]:
    """The results of some metrics in order; metrics without labels are absent."""
    return [result for metric in metrics for result in metric(samples)]


def cluster_numbers(keys: Sequence[object]) -> np.ndarray:
    """(n,) int, equal numbers for equal keys."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], int)
