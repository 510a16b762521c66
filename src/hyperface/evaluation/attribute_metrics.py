"""Visibility of the landmarks, pose and gender."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from hyperface.detection.region_predictions import VISIBLE
from hyperface.evaluation.groups import YAW, yaw_bands
from hyperface.evaluation.measures import angle_difference, mean_of_known
from hyperface.evaluation.metric_inputs import Samples
from hyperface.evaluation.metric_result import EVERY, NAN, MetricResult
from hyperface.evaluation.precision_recall import average_precision
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import GENDERS

GOOD = 15.0  # degrees; the paper's share on AFW
STEP = 15.0  # degrees, in which AFW's yaw is annotated
ROUNDING = 1e-3  # degrees: angles have been through radians in single precision


def hidden_point_precision(samples: Samples) -> list[MetricResult]:
    """Average precision of the hidden points, over regions; counts points."""
    labeled = np.isfinite(samples.truth.visibility)
    return _hidden_points(samples, count=lambda rows: labeled[rows].sum())


def visibility_metrics(samples: Samples) -> list[MetricResult]:
    """Average precision of the hidden points and balanced accuracy; none without both kinds."""
    truth = samples.truth.visibility
    labeled, hidden = np.isfinite(truth), truth < 0.5
    visible = labeled & ~hidden
    if not (hidden.any() and visible.any() and samples.answered(samples.predicted.visibility)):
        return []
    answers = [answer.visibility for answer in samples.answers]
    right = _right([answer >= VISIBLE for answer in answers], ~hidden, answers)

    def accuracy(which: int, rows: np.ndarray) -> float:
        classes = hidden[rows], visible[rows]
        if not all(kind.any() for kind in classes):
            return NAN
        return float(100 * np.mean([right[which][rows][kind].mean() for kind in classes]))

    return _hidden_points(samples) + samples.measure(
        "visibility",
        "balanced accuracy of points",
        accuracy,
        labeled.any(axis=1),
        misses_fail=True,
    )


def pose_errors(samples: Samples) -> list[MetricResult]:
    """Mean errors by angle; those of the yaw by yaw band too."""
    return [
        result
        for angle, group, rows, errors in _angles(samples)
        for result in _mean_error(samples, angle, errors, rows, group)
    ]


def pose_metrics(samples: Samples) -> list[MetricResult]:
    """Mean errors and shares within 15 degrees, by angle; those of the yaw by yaw band too."""
    results = []
    for angle, group, rows, errors in _angles(samples):
        results += _mean_error(samples, angle, errors, rows, group)
        results += _share_within(samples, angle, errors, rows, group)
    truth = np.degrees(samples.truth.poses[:, YAW])
    labeled = np.isfinite(truth) & samples.answered(samples.predicted.poses[:, YAW])
    if np.allclose(truth[labeled], in_steps(truth[labeled]), atol=ROUNDING):  # as AFW has them
        errors = [
            angle_difference(in_steps(np.degrees(answer.poses[:, YAW])), in_steps(truth))
            for answer in samples.answers
        ]
        name = f"yaw, in steps of {STEP:.0f} degrees,"
        results += _share_within(samples, name, errors, labeled, EVERY)
    return results


def in_steps(degrees: np.ndarray) -> np.ndarray:
    """The nearest multiple of 15 degrees."""
    return np.rint(degrees / STEP) * STEP


def gender_balance(samples: Samples) -> list[MetricResult]:
    """The mean of the accuracies of both genders."""
    right, kinds = _genders(samples)

    def balanced(which: int, rows: np.ndarray) -> float:
        chosen = [rows[kind[rows]] for kind in kinds]
        if not all(map(len, chosen)):
            return NAN
        return float(100 * np.mean([right[which][some].mean() for some in chosen]))

    return samples.measure(
        "gender", "balanced accuracy", balanced, kinds[0] | kinds[1], misses_fail=True
    )


def gender_metrics(samples: Samples) -> list[MetricResult]:
    """Accuracy over all and, where there are both, the mean of the two genders and each."""
    right, kinds = _genders(samples)

    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * right[which][rows].mean())

    def accuracy(group: str, labeled: np.ndarray) -> list[MetricResult]:
        return samples.measure("gender", "accuracy", score, labeled, misses_fail=True, group=group)

    results = accuracy(EVERY, kinds[0] | kinds[1])
    if all(kind.any() for kind in kinds):
        results += gender_balance(samples)
        for gender, kind in zip(GENDERS, kinds, strict=True):
            results += accuracy(gender, kind)
    return results


def _hidden_points(
    samples: Samples, count: Callable[[np.ndarray], int] = len
) -> list[MetricResult]:
    truth = samples.truth.visibility
    labeled, hidden = np.isfinite(truth), truth < 0.5
    if not samples.answered(samples.predicted.visibility):
        return []
    answers = [answer.visibility for answer in samples.answers]

    def precision(which: int, rows: np.ndarray) -> float:
        values = answers[which][rows]
        use = labeled[rows] & np.isfinite(values)
        if which and use.sum() < labeled[rows].sum():
            return NAN
        total = int(hidden[rows].sum())  # those of missed faces have no row and are not found
        return 100 * average_precision(-values[use], hidden[rows][use], total)

    name = "average precision of hidden points"
    return samples.measure(
        "visibility", name, precision, labeled.any(axis=1), misses_fail=True, count=count
    )


def _angles(samples: Samples) -> Iterator[tuple[str, str, np.ndarray, list[np.ndarray]]]:
    """The angles that are predicted: name, group, (n,) bool the faces in it, errors in degrees."""
    for number, angle in enumerate(ANGLES):
        if not samples.answered(samples.predicted.poses[:, number]):
            continue
        truth = np.degrees(samples.truth.poses[:, number])
        answers = [np.degrees(answer.poses[:, number]) for answer in samples.answers]
        errors = [angle_difference(answer, truth) for answer in answers]
        groups = {EVERY: np.isfinite(truth)}
        if number == YAW:
            groups |= yaw_bands(samples.truth)
        for group, rows in groups.items():
            yield angle, group, rows, errors


def _mean_error(
    samples: Samples, angle: str, errors: list[np.ndarray], labeled: np.ndarray, group: str
) -> list[MetricResult]:
    def score(which: int, rows: np.ndarray) -> float:
        return mean_of_known(errors[which][rows])

    name = f"{angle} error"
    return samples.measure(
        "pose", name, score, labeled, unit="degrees", higher_is_better=False, group=group
    )


def _share_within(
    samples: Samples, angle: str, errors: list[np.ndarray], labeled: np.ndarray, group: str
) -> list[MetricResult]:
    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * (errors[which][rows] <= GOOD + ROUNDING).mean())  # NaN is not

    name = f"{angle} within {GOOD:.0f} degrees"
    return samples.measure("pose", name, score, labeled, misses_fail=True, group=group)


def _genders(samples: Samples) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Whether each answer is right, the network's and the baseline's; (n,) bool by gender."""
    truth = samples.truth.genders
    labeled = np.isfinite(truth) & samples.answered(samples.predicted.genders)
    answers = [answer.genders for answer in samples.answers]
    right = _right([answer >= 0.5 for answer in answers], truth >= 0.5, answers)
    return right, [labeled & (truth == number) for number in range(len(GENDERS))]


def _right(
    classes: Sequence[np.ndarray], truth: np.ndarray, answers: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """1 where an answer is right; a prediction that is missing is wrong, a baseline is NaN."""
    predicted, baseline = (np.where(each == truth, 1.0, 0.0) for each in classes)
    missing = [np.isnan(answer) for answer in answers]
    return [np.where(missing[0], 0.0, predicted), np.where(missing[1], np.nan, baseline)]
