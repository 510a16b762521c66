"""Metrics of landmark visibility, head pose and gender."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from hyperface.evaluation.groups import YAW, yaw_bands
from hyperface.evaluation.measures import balanced_accuracy, nan_mean
from hyperface.evaluation.metric_inputs import Samples
from hyperface.evaluation.metric_result import EVERY, NAN, MetricResult
from hyperface.evaluation.precision_recall import average_precision
from hyperface.geometry.pose import ANGLES, angle_difference
from hyperface.tasks import GENDERS, VISIBLE

TURN = 360.0  # degrees
TURNED = 30.0  # degrees; the smallest |yaw| of which the side is evaluated
MAX_ERROR = 15.0  # degrees; the paper's limit on AFW
YAW_STEP = 15.0  # degrees; the step of AFW's annotated yaw
ROUNDING = 1e-3  # degrees; angles were stored as radians in single precision


def occluded_point_precision(samples: Samples) -> list[MetricResult]:
    """Average precision of the occluded landmarks over regions; the count is of landmarks."""
    labeled = np.isfinite(samples.truth.visibility)
    return _occluded_points(samples, count=lambda rows: labeled[rows].sum())


def visibility_metrics(samples: Samples) -> list[MetricResult]:
    """Average precision of the occluded landmarks, balanced accuracy, and recall of each class.

    There is no result without both visible and occluded landmarks.
    """
    truth = samples.truth.visibility
    labeled, occluded = np.isfinite(truth), truth < 0.5
    visible = labeled & ~occluded
    if not (
        occluded.any() and visible.any() and samples.has_predictions(samples.predicted.visibility)
    ):
        return []
    values = [labels.visibility for labels in samples.predicted_and_baseline]
    correct = _correctness([value >= VISIBLE for value in values], ~occluded, values)

    def accuracy(which: int, rows: np.ndarray) -> float:
        return 100 * balanced_accuracy(correct[which][rows], [occluded[rows], visible[rows]])

    def recall(kind: np.ndarray) -> Callable[[int, np.ndarray], float]:
        return lambda which, rows: float(100 * correct[which][rows][kind[rows]].mean())

    results = _occluded_points(samples)
    for name, score, points in (
        ("balanced accuracy of points", accuracy, labeled),
        ("recall of occluded points", recall(occluded), occluded),
        ("recall of visible points", recall(visible), visible),
    ):
        faces = np.any(points, axis=1)
        results += samples.measure("visibility", name, score, faces, misses_fail=True)
    return results


def pose_errors(samples: Samples) -> list[MetricResult]:
    """Mean errors by angle, of the yaw also by yaw band."""
    return [
        result
        for angle, group, rows, errors in _angles(samples)
        for result in _mean_error(samples, angle, errors, rows, group)
    ]


def pose_metrics(samples: Samples) -> list[MetricResult]:
    """Mean errors and shares within 15 degrees by angle, of the yaw also by yaw band.

    Of turned faces also the share for which the side to which they are turned is right.
    """
    results = []
    for angle, group, rows, errors in _angles(samples):
        results += _mean_error(samples, angle, errors, rows, group)
        results += _share_within(samples, angle, errors, rows, group)
    truth = np.degrees(samples.truth.poses[:, YAW])
    labeled = np.isfinite(truth) & samples.has_predictions(samples.predicted.poses[:, YAW])
    results += _share_of_right_sides(samples, labeled & (np.abs(truth) >= TURNED - ROUNDING))
    if np.allclose(truth[labeled], in_steps(truth[labeled]), atol=ROUNDING):  # as in AFW
        errors = [
            angle_difference(in_steps(np.degrees(labels.poses[:, YAW])), in_steps(truth), TURN)
            for labels in samples.predicted_and_baseline
        ]
        name = f"yaw, in steps of {YAW_STEP:.0f} degrees,"
        results += _share_within(samples, name, errors, labeled, EVERY)
    return results


def in_steps(degrees: np.ndarray) -> np.ndarray:
    """Rounds to the nearest multiple of 15 degrees."""
    return np.rint(degrees / YAW_STEP) * YAW_STEP


def gender_balance(samples: Samples) -> list[MetricResult]:
    """The mean of the accuracies of the two genders."""
    correct, kinds = _genders(samples)

    def balanced(which: int, rows: np.ndarray) -> float:
        return 100 * balanced_accuracy(correct[which][rows], [kind[rows] for kind in kinds])

    return samples.measure(
        "gender", "balanced accuracy", balanced, kinds[0] | kinds[1], misses_fail=True
    )


def gender_metrics(samples: Samples) -> list[MetricResult]:
    """Accuracy over all faces; if both genders occur, also balanced, and for each gender.

    Where groups of people are known, also for the women and the men of each.
    """
    correct, kinds = _genders(samples)

    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * correct[which][rows].mean())

    def accuracy(group: str, labeled: np.ndarray) -> list[MetricResult]:
        return samples.measure("gender", "accuracy", score, labeled, misses_fail=True, group=group)

    results = accuracy(EVERY, kinds[0] | kinds[1])
    if all(kind.any() for kind in kinds):
        results += gender_balance(samples)
        for gender, kind in zip(GENDERS, kinds, strict=True):
            results += accuracy(gender, kind)
    for group in sorted(set(samples.groups) - {""}):
        for gender, kind in zip(GENDERS, kinds, strict=True):
            results += accuracy(f"{gender}, {group}", kind & (samples.groups == group))
    return results


def _occluded_points(
    samples: Samples, count: Callable[[np.ndarray], int] = len
) -> list[MetricResult]:
    truth = samples.truth.visibility
    labeled, occluded = np.isfinite(truth), truth < 0.5
    if not samples.has_predictions(samples.predicted.visibility):
        return []
    values = [labels.visibility for labels in samples.predicted_and_baseline]

    def precision(which: int, rows: np.ndarray) -> float:
        predicted = values[which][rows]
        use = labeled[rows] & np.isfinite(predicted)
        if which and use.sum() < labeled[rows].sum():
            return NAN
        total = int(occluded[rows].sum())  # including those of missed faces, which have no row
        return 100 * average_precision(-predicted[use], occluded[rows][use], total)

    name = "average precision of occluded points"
    return samples.measure(
        "visibility", name, precision, labeled.any(axis=1), misses_fail=True, count=count
    )


def _angles(samples: Samples) -> Iterator[tuple[str, str, np.ndarray, list[np.ndarray]]]:
    """For each predicted angle: name, group, (n,) bool the faces in it, errors in degrees."""
    for number, angle in enumerate(ANGLES):
        if not samples.has_predictions(samples.predicted.poses[:, number]):
            continue
        truth = np.degrees(samples.truth.poses[:, number])
        values = [np.degrees(labels.poses[:, number]) for labels in samples.predicted_and_baseline]
        errors = [angle_difference(value, truth, TURN) for value in values]
        groups = {EVERY: np.isfinite(truth)}
        if number == YAW:
            groups |= yaw_bands(samples.truth)
        for group, rows in groups.items():
            yield angle, group, rows, errors


def _mean_error(
    samples: Samples, angle: str, errors: list[np.ndarray], labeled: np.ndarray, group: str
) -> list[MetricResult]:
    def score(which: int, rows: np.ndarray) -> float:
        return nan_mean(errors[which][rows])

    name = f"{angle} error"
    return samples.measure(
        "pose", name, score, labeled, unit="degrees", higher_is_better=False, group=group
    )


def _share_within(
    samples: Samples, angle: str, errors: list[np.ndarray], labeled: np.ndarray, group: str
) -> list[MetricResult]:
    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * (errors[which][rows] <= MAX_ERROR + ROUNDING).mean())  # False for NaN

    name = f"{angle} within {MAX_ERROR:.0f} degrees"
    return samples.measure("pose", name, score, labeled, misses_fail=True, group=group)


def _share_of_right_sides(samples: Samples, turned: np.ndarray) -> list[MetricResult]:
    sides = np.sign(samples.truth.poses[:, YAW])

    def score(which: int, rows: np.ndarray) -> float:
        predicted = samples.predicted_and_baseline[which].poses[rows, YAW]
        return float(100 * (np.sign(predicted) == sides[rows]).mean())  # False for NaN

    group = f"yaw from {TURNED:.0f} degrees"
    return samples.measure("pose", "side of the yaw", score, turned, misses_fail=True, group=group)


def _genders(samples: Samples) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Correctness of the predictions and of the baseline; (n,) bool the faces of each gender."""
    truth = samples.truth.genders
    labeled = np.isfinite(truth) & samples.has_predictions(samples.predicted.genders)
    values = [labels.genders for labels in samples.predicted_and_baseline]
    correct = _correctness([value >= 0.5 for value in values], truth >= 0.5, values)
    return correct, [labeled & (truth == number) for number in range(len(GENDERS))]


def _correctness(
    classes: Sequence[np.ndarray], truth: np.ndarray, values: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """1 for a correct class, 0 for a wrong one or a missing prediction, NaN for no baseline."""
    predicted, baseline = (np.where(each == truth, 1.0, 0.0) for each in classes)
    missing = [np.isnan(value) for value in values]
    return [np.where(missing[0], 0.0, predicted), np.where(missing[1], np.nan, baseline)]
