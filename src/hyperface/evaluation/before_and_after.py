"""The results of a network before and after its training, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from hyperface.evaluation.metric_result import EVERY, MetricResult
from hyperface.utils.json_text import without_nan

INTERVAL = "95 % bootstrap over people, over images where people are unknown"
ADVICE = (
    "a lower LEARNING_RATE, more layers in FROZEN_LAYERS, more data, or the weights from before "
    "the training may give better results"
)


def metrics_content(
    run: str, held_out: bool, before: Sequence[MetricResult], after: Sequence[MetricResult]
) -> dict[str, Any]:
    """The content of a run's `metrics.json`; some results before the training may be missing.

    Returns:
        `metrics` has, by a name that is unique in the run ("all: pose, yaw error"), what was
        measured, and `before` and `after` with value and interval; None where undefined.
    """
    content = {
        "run": run,
        "held_out": held_out,
        "interval": INTERVAL,
        "metrics": {
            f"{result.data}: {result.task}, {result.label}": {
                "data": result.data,
                "task": result.task,
                "metric": result.name,
                "group": result.group,
                "unit": result.unit,
                "better": "higher" if result.higher_is_better else "lower",
                "count": result.count,
                "baseline": result.baseline,
                "before": _estimate(earlier),
                "after": _estimate(result),
            }
            for earlier, result in paired(before, after)
        },
    }
    return without_nan(content)


def what_got_worse(before: Sequence[MetricResult], after: Sequence[MetricResult]) -> str:
    """Which metrics over all data sets got worse in the training, in one sentence; "" for none.

    A metric got worse if its value before the training is better than the whole interval of its
    value after it.
    """
    worse = [
        f"{result.task}, {result.label} from {earlier.value:.2f} to {result.value:.2f} "
        f"{result.unit} ({result.estimate.interval})"
        for earlier, result in paired(before, after)
        if earlier is not None
        and (result.data, result.group) == (EVERY, EVERY)
        and _beats(earlier.value, result)
    ]
    if not worse:
        return ""
    what = "worse than before the training, by more than the interval"
    return f"{what}: {'; '.join(worse)}; {ADVICE}"


def _beats(value: float, result: MetricResult) -> bool:
    """Whether a value is better than the interval of a result.

    False where one is undefined, and where the interval of one person or image has no width.
    """
    if result.estimate.low == result.estimate.high:
        return False
    if result.higher_is_better:
        return value > result.estimate.high
    return value < result.estimate.low


def paired(
    before: Sequence[MetricResult], after: Sequence[MetricResult]
) -> Iterator[tuple[MetricResult | None, MetricResult]]:
    """Each result after the training, with the same result before it (None if missing)."""
    key = attrgetter("data", "task", "name", "group")
    earlier = {key(result): result for result in before}
    for result in after:
        yield earlier.get(key(result)), result


def _estimate(result: MetricResult | None) -> dict[str, float] | None:
    return asdict(result.estimate) if result is not None and result.estimate.defined else None
