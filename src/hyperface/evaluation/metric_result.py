"""One number of an evaluation: its value and 95 % interval, beside a constant baseline's."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

EVERY = "all"
NAN = float("nan")
RESAMPLES = 300


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % bootstrap interval; NaN where the metric is not defined."""

    value: float = NAN
    low: float = NAN
    high: float = NAN

    @property
    def defined(self) -> bool:
        """Whether there is a value: a balanced accuracy needs both classes, for instance."""
        return not np.isnan(self.value)

    @property
    def interval(self) -> str:
        """`4.10 to 4.41`, with a dash for an end that there is not."""
        return f"{two_decimals(self.low)} to {two_decimals(self.high)}"

    def __str__(self) -> str:
        """`4.26 (4.10 to 4.41)`; nothing where there is no value."""
        return f"{self.value:.2f} ({self.interval})" if self.defined else ""


@dataclass(frozen=True)
class MetricResult:
    """One row of a table.

    Attributes:
        task: Which task.
        name: Of the metric.
        unit: "%" or "degrees".
        higher_is_better: Or else lower.
        without_misses: Over the faces that were found, or over regions.
        baseline: What the constant baseline scores over all faces, or over the same regions.
        count: Labeled faces, regions or points behind it.
        with_misses: Over all faces, each missed one a failure; of an error, which a missed face
            does not have, there is none.
        missed: How many of the labeled faces were not found.
        group: The faces or points that it is over.
        data: Name of the data set, or of all together.
    """

    task: str
    name: str
    unit: str
    higher_is_better: bool
    without_misses: Estimate
    baseline: float
    count: int
    with_misses: Estimate = Estimate()
    missed: int = 0
    group: str = EVERY
    data: str = EVERY

    @property
    def estimate(self) -> Estimate:
        """With misses as failures where that can be had, else without them."""
        return self.with_misses if self.with_misses.defined else self.without_misses

    @property
    def value(self) -> float:
        """Of `estimate`."""
        return self.estimate.value

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the 95 % interval of `estimate`."""
        return self.estimate.low, self.estimate.high

    @property
    def label(self) -> str:
        """The metric, and what it is over where that is not everything."""
        return self.name if self.group == EVERY else f"{self.name}, {self.group}"

    def __str__(self) -> str:
        """The result on one line."""
        if not self.estimate.defined:
            return f"{self.label} cannot be computed from these {self.count:,} labels"
        return (
            f"{self.label} {self.value:.2f} {self.unit} ({self.estimate.interval}), "
            f"constant baseline {two_decimals(self.baseline)}, {self.count:,} labeled"
        )

    def as_dict(self) -> dict:
        """For JSON, by the names that older files have; NaN becomes None."""
        facts = {
            "task": self.task,
            "measure": self.name,
            "unit": self.unit,
            "better": "higher" if self.higher_is_better else "lower",
            "data": self.data,
            "group": self.group,
            **asdict(self.estimate),
            "left_out": _without_nan(asdict(self.without_misses)),
            "failures": _without_nan(asdict(self.with_misses)),
            "constant": self.baseline,
            "count": self.count,
            "missed": self.missed,
        }
        return _without_nan(facts)

    @classmethod
    def from_dict(cls, facts: dict) -> "MetricResult":
        """What `as_dict` gave, now or when it gave no groups and no misses."""
        name, group = facts["measure"], facts.get("group", EVERY)
        if "group" not in facts and ", " in name:  # "yaw error, 0 to 30 degrees"
            name, band = name.split(", ")
            group = f"yaw {band}"
        value = {end: facts[end] for end in ("value", "low", "high")}
        return cls(
            task=facts["task"],
            name=name,
            unit=facts["unit"],
            higher_is_better=facts["better"] == "higher",
            without_misses=_estimate(facts.get("left_out", value)),
            baseline=_with_nan(facts["constant"]),
            count=facts["count"],
            with_misses=_estimate(facts.get("failures", {})),
            missed=facts.get("missed", 0),
            group=group,
            data=facts["data"],
        )


def two_decimals(value: float) -> str:
    """A number with two decimals, a dash for NaN."""
    return "-" if np.isnan(value) else f"{value:.2f}"


def bootstrap_intervals(
    measure: Callable[[np.ndarray], np.ndarray | float],
    clusters: np.ndarray,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> np.ndarray:
    """Bootstrap intervals of 95 %, resampling whole clusters (people, or images).

    Args:
        measure: Takes (M,) row indices, with repetitions, and gives a number, or several as an
            array of whatever shape; some maybe NaN.
        clusters: (N,) int, the cluster of each row.
        seed: Of the resampling.
        resamples: How often.

    Returns:
        (..., 2) lower and upper bounds, one pair for each number; NaN where a number never has a
        value.
    """
    rng = np.random.default_rng(seed)
    _, clusters = np.unique(clusters, return_inverse=True)
    order = np.argsort(clusters, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(clusters))[:-1])
    drawn = (rng.integers(len(rows), size=len(rows)) for _ in range(resamples))
    values = np.array([measure(np.concatenate([rows[c] for c in chosen])) for chosen in drawn])
    bounds = np.full((*values.shape[1:], 2), np.nan)
    for number in np.ndindex(values.shape[1:]):
        column = values[:, *number]
        if np.isfinite(column).any():
            bounds[number] = np.nanpercentile(column, [2.5, 97.5])
    return bounds


def _without_nan(facts: dict) -> dict:
    return {name: None if value != value else value for name, value in facts.items()}


def _with_nan(value: float | None) -> float:
    return NAN if value is None else value


def _estimate(facts: dict) -> Estimate:
    return Estimate(**{name: _with_nan(value) for name, value in facts.items()})
