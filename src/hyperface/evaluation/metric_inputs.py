"""What every metric looks at: faces or regions with their labels, and the answers about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from hyperface.evaluation.detections import MatchedImage
from hyperface.evaluation.fddb_scores import Changes
from hyperface.evaluation.metric_result import EVERY, Estimate, MetricResult, bootstrap_intervals


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels of n faces or regions, or what is answered; NaN where there is none.

    Attributes:
        boxes_xyxy: (n, 4) pixels.
        is_face: (n,) 0 no face to 1 a face.
        landmarks: (n, K, 2) pixels.
        visibility: (n, K) 0 hidden to 1 visible.
        poses: (n, 3) roll, pitch, yaw in radians.
        genders: (n,) 0 male to 1 female.
    """

    boxes_xyxy: np.ndarray
    is_face: np.ndarray
    landmarks: np.ndarray
    visibility: np.ndarray
    poses: np.ndarray
    genders: np.ndarray

    def rows(self, index: np.ndarray) -> "Labels":
        """The labels at an index or mask, (n,)."""
        return Labels(*(getattr(self, column.name)[index] for column in fields(self)))


@dataclass(frozen=True, eq=False)
class ImageDetections:
    """All detections in some images, right or wrong.

    Attributes:
        found: For each image, how its detections were matched with its faces.
        baseline: The same for the constant baseline.
        clusters: (images,) int, equal for images of one person.
        ellipses: For each image, how its detections fare by FDDB's rules; none where the faces
            are not annotated as ellipses.
        baseline_ellipses: The same for the constant baseline.
    """

    found: Sequence[MatchedImage]
    baseline: Sequence[MatchedImage]
    clusters: np.ndarray
    ellipses: Sequence[Changes] = ()
    baseline_ellipses: Sequence[Changes] = ()


NO_DETECTIONS = ImageDetections((), (), np.zeros(0, int))


@dataclass(frozen=True, eq=False)
class Samples:
    """Annotated faces of whole images, or regions, each with the answers about it.

    Attributes:
        data: Name of the data set, or of all together.
        truth: As annotated.
        predicted: What was found on each; NaN throughout for a missed face.
        baseline: What the constant baseline says of each.
        is_found: (n,) bool; all of the regions.
        clusters: (n,) int, equal for those of one person, or of one image of nobody known.
        images: (n,) int, the index of the image.
        sizes: By name, (n,) what a landmark error may be divided by, in pixels; NaN or 0 where it
            is not known.
        detections: In whole images; none of regions.
    """

    data: str
    truth: Labels
    predicted: Labels
    baseline: Labels
    is_found: np.ndarray
    clusters: np.ndarray
    images: np.ndarray
    sizes: Mapping[str, np.ndarray] = field(default_factory=dict)
    detections: ImageDetections = NO_DETECTIONS

    @property
    def answers(self) -> tuple[Labels, Labels]:
        """The network's and the baseline's."""
        return self.predicted, self.baseline

    def answered(self, values: np.ndarray) -> bool:
        """Whether such an answer is given at all, from the (n, ...) column of predictions.

        Another program may give boxes alone, a network may have one head: nothing else is asked of
        it then. Where no face was found nobody can know, and everything is asked.
        """
        return bool(np.isfinite(values).any()) or not self.is_found.any()

    def rows(self, data: str, index: np.ndarray) -> "Samples":
        """Those at an index or mask, (n,), as a data set of their own; without `detections`."""
        return Samples(
            data=data,
            truth=self.truth.rows(index),
            predicted=self.predicted.rows(index),
            baseline=self.baseline.rows(index),
            is_found=self.is_found[index],
            clusters=self.clusters[index],
            images=self.images[index],
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
        """A metric's result; none where nothing is labeled.

        Args:
            task: Which task.
            name: Of the metric.
            score: From 0 (the predictions) or 1 (the baseline) and (m,) rows to a number; with
                `misses_fail`, a row without an answer counts as a failure.
            labeled: (n,) bool, the rows that can be looked at.
            unit: "%" or "degrees".
            higher_is_better: Or else lower.
            misses_fail: Whether a missed face can be counted as a failure.
            group: The faces or points that it is over.
            count: From (m,) rows to the number of labeled things in them; the rows by default.
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
    """The results of some metrics, in their order; those without labels are absent."""
    return [result for metric in metrics for result in metric(samples)]


def cluster_numbers(keys: Sequence[object]) -> np.ndarray:
    """(n,) int, equal for equal keys."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], int)
