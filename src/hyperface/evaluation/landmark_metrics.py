"""Landmark errors.

The error of a face is the mean distance between its visible predicted and annotated landmarks,
divided by one of four sizes:

- the face size, the mean of width and height of the annotated box (Zhu and Ramanan, AFW),
- the distance between the eye centers,
- the distance between the outer eye corners (300-W),
- the square root of the area of the tight box around the annotated landmarks (3DDFA, AFLW).
"""

from typing import NamedTuple

import numpy as np

from hyperface.evaluation.groups import size_bands, yaw_bands
from hyperface.evaluation.measures import landmark_error, nan_mean
from hyperface.evaluation.metric_inputs import Labels, Samples
from hyperface.evaluation.metric_result import EVERY, MetricResult
from hyperface.tasks import NUM_LANDMARKS

EARS, FIVE = (12, 16), (7, 10, 14, 17, 19)
# The 19 are those usually evaluated on AFLW, and all that 68-point annotations contain.
POINT_SETS = {
    "21 points": tuple(range(NUM_LANDMARKS)),
    "19 points": tuple(point for point in range(NUM_LANDMARKS) if point not in EARS),
    "5 points": FIVE,
}
EYES = (7, 10)
EYE_CORNERS = (6, 11)
FACE_SIZE, TIGHT_BOX = "face size", "box of the landmarks"
EYE_DISTANCE, CORNER_DISTANCE = "inter-ocular distance", "distance of the outer eye corners"
FACE_EXTENT = "face extent"  # for regions: the longer side of the tight box
MAX_ERROR = 0.05  # of the face size; the paper's limit on AFW


class LandmarkErrors(NamedTuple):
    """(n,) errors of the predictions and of the baseline, NaN if undefined.

    `measurable`, (n,) bool, is true for faces with landmarks and a size.
    """

    predicted: np.ndarray
    baseline: np.ndarray
    measurable: np.ndarray


def extent_errors(samples: Samples) -> list[MetricResult]:
    """The error over the face extent, for regions."""
    if not samples.has_predictions(samples.predicted.landmarks):
        return []
    points = tuple(range(samples.truth.landmarks.shape[1]))
    errors = landmark_errors(samples, points, samples.sizes[FACE_EXTENT])
    return _mean(samples, FACE_EXTENT, errors, errors.measurable)


def landmark_metrics(samples: Samples) -> list[MetricResult]:
    """Errors by size and landmark set, the share under 5 %, and errors by yaw and face size."""
    if not samples.has_predictions(samples.predicted.landmarks):
        return []
    results, largest = [], None
    for name, points in applicable_point_sets(samples.truth).items():
        for size, lengths in samples.sizes.items():
            errors = landmark_errors(samples, points, lengths)
            results += _mean(samples, size, errors, errors.measurable, name)
            if size != FACE_SIZE or not errors.measurable.any():
                continue
            largest = errors if largest is None else largest
            results += _share(samples, errors, name)
    if largest is not None:
        results += _by_yaw(samples, largest)
        for group, rows in size_bands(samples.truth).items():
            results += _mean(samples, FACE_SIZE, largest, rows & largest.measurable, group)
    return results


def applicable_point_sets(truth: Labels) -> dict[str, tuple[int, ...]]:
    """The landmark sets, largest first, that differ in annotated landmarks."""
    annotated = np.asarray(_visible(truth).any(axis=0))
    kept: dict[str, tuple[int, ...]] = {}
    for name, points in reversed(POINT_SETS.items()):
        before = list(next(reversed(kept.values()), ()))
        if annotated[list(points)].sum() > annotated[before].sum():
            kept[name] = points
    return dict(reversed(kept.items()))


def face_sizes(truth: Labels) -> dict[str, np.ndarray]:
    """The sizes that errors are divided by: (n,) pixels by name, NaN if not annotated."""
    sides = truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]
    low, high = (
        np.where(np.isfinite(truth.landmarks), truth.landmarks, beyond)
        for beyond in (np.inf, -np.inf)
    )
    tight = np.maximum(high.max(axis=1) - low.min(axis=1), 0)
    eyes, corners = (
        np.linalg.norm(truth.landmarks[:, one] - truth.landmarks[:, other], axis=1)
        for one, other in (EYES, EYE_CORNERS)
    )
    return {
        FACE_SIZE: sides.mean(axis=1),
        EYE_DISTANCE: eyes,
        CORNER_DISTANCE: corners,
        TIGHT_BOX: np.sqrt(tight.prod(axis=1)),
    }


def landmark_errors(
    samples: Samples, points: tuple[int, ...], lengths: np.ndarray
) -> LandmarkErrors:
    """The errors over (n,) lengths; landmarks that are predicted for no face are ignored."""
    given = np.isfinite(samples.predicted.landmarks).all(axis=-1)
    use = np.zeros(given.shape[1], bool)
    use[list(points)] = True
    if given.any():
        use &= given.any(axis=0)
    visible = _visible(samples.truth) & use
    extent = np.where(lengths > 0, lengths, 0)  # 0 also for NaN
    predicted, baseline = (
        landmark_error(labels.landmarks, samples.truth.landmarks, visible, extent)
        for labels in samples.predicted_and_baseline
    )
    return LandmarkErrors(predicted, baseline, visible.any(axis=1) & (extent > 0))


def largest_set_errors(samples: Samples) -> LandmarkErrors | None:
    """Errors over the face size for the largest landmark set, for the curve."""
    points = next(iter(applicable_point_sets(samples.truth).values()), None)
    if points is None:
        return None
    return landmark_errors(samples, points, samples.sizes[FACE_SIZE])


def _visible(truth: Labels) -> np.ndarray:
    """(n, K) bool: annotated, and not as occluded."""
    return np.isfinite(truth.landmarks).all(axis=-1) & ~(truth.visibility < 0.5)


def _mean(
    samples: Samples, size: str, errors: LandmarkErrors, rows: np.ndarray, group: str = EVERY
) -> list[MetricResult]:
    def score(which: int, some: np.ndarray) -> float:
        return 100 * nan_mean(errors[which][some])

    name = f"error / {size}"
    return samples.measure("landmarks", name, score, rows, higher_is_better=False, group=group)


def _share(samples: Samples, errors: LandmarkErrors, group: str) -> list[MetricResult]:
    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * (errors[which][rows] < MAX_ERROR).mean())  # False for NaN

    name = f"faces with an error under {100 * MAX_ERROR:.0f} % of the {FACE_SIZE}"
    return samples.measure(
        "landmarks", name, score, errors.measurable, misses_fail=True, group=group
    )


def _by_yaw(samples: Samples, errors: LandmarkErrors) -> list[MetricResult]:
    """Errors by yaw band and, as in the paper, the unweighted mean of the bands."""
    bands = {name: rows & errors.measurable for name, rows in yaw_bands(samples.truth).items()}
    results = [
        result
        for group, rows in bands.items()
        for result in _mean(samples, FACE_SIZE, errors, rows, group)
    ]

    def score(which: int, rows: np.ndarray) -> float:
        known = [errors[which][rows[band[rows]]] for band in bands.values()]
        return float(np.mean([100 * nan_mean(some) for some in known]))

    if len(results) < len(bands):
        return results
    anywhere = np.any(list(bands.values()), axis=0)
    return results + samples.measure(
        "landmarks",
        f"error / {FACE_SIZE}",
        score,
        anywhere,
        higher_is_better=False,
        group="mean of the yaw bands",
    )
