"""One result of an evaluation: a value with its 95 % interval, and the constant baseline's."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from hyperface.utils.json_text import without_nan

EVERY = "all"
NAN = float("nan")
RESAMPLES = 300  # of a bootstrap


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % bootstrap interval; NaN if the metric is undefined."""

    value: float = NAN
    low: float = NAN
    high: float = NAN

    @property
    def defined(self) -> bool:
        """Whether there is a value; a balanced accuracy, for instance, needs both classes."""
        return not np.isnan(self.value)

    @property
    def interval(self) -> str:
        """`4.10 to 4.41`, with a dash for an undefined end."""
        return f"{two_decimals(self.low)} to {two_decimals(self.high)}"

    def __str__(self) -> str:
        """`4.26 (4.10 to 4.41)`; "" without a value."""
        return f"{self.value:.2f} ({self.interval})" if self.defined else ""


@dataclass(frozen=True)
class MetricResult:
    """One row of a table."""

    task: str
    name: str
    unit: str  # "%" or "degrees"
    higher_is_better: bool
    without_misses: Estimate  # over the faces that were found, or over regions
    baseline: float  # the constant baseline's value over all faces, or over the same regions
    count: int  # labeled faces, regions or landmarks
    # Over all faces, missed ones counted as failures; undefined for errors, which those lack.
    with_misses: Estimate = Estimate()
    missed: int = 0  # labeled faces that were not found
    group: str = EVERY  # the faces or landmarks that were evaluated
    data: str = EVERY  # the name of the data set, or of all combined

    @property
    def estimate(self) -> Estimate:
        """With missed faces as failures if that is defined, else without them."""
        return self.with_misses if self.with_misses.defined else self.without_misses

    @property
    def value(self) -> float:
        """The value of `estimate`."""
        return self.estimate.value

    @property
    def label(self) -> str:
        """The name of the metric, and its group unless it covers everything."""
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
        """For JSON, with the same keys as in older files; NaN becomes None."""
        facts = {
            "task": self.task,
            "measure": self.name,
            "unit": self.unit,
            "better": "higher" if self.higher_is_better else "lower",
            "data": self.data,
            "group": self.group,
            **asdict(self.estimate),
            "left_out": asdict(self.without_misses),
            "failures": asdict(self.with_misses),
            "constant": self.baseline,
            "count": self.count,
            "missed": self.missed,
        }
        return without_nan(facts)

    @classmethod
    def from_dict(cls, facts: dict) -> "MetricResult":
        """Reads the output of `as_dict`, including that of versions without groups and misses."""
        name = facts["measure"].replace("hidden points", "occluded points")  # of older files
        group = facts.get("group", EVERY)
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
) -> np.ndarray:
    """95 % bootstrap intervals by resampling whole clusters (people or images).

    Args:
        measure: From (M,) row indices, with repetitions, to a number or an array of any shape; NaN
            is allowed.
        clusters: (N,) int, the cluster of each row.
        seed: Seed of the resampling.

    Returns:
        (..., 2) lower and upper bounds, one pair for each number; NaN if a number is never
        defined.
    """
    rng = np.random.default_rng(seed)
    _, clusters = np.unique(clusters, return_inverse=True)
    order = np.argsort(clusters, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(clusters))[:-1])
    drawn = (rng.integers(len(rows), size=len(rows)) for _ in range(RESAMPLES))
    values = np.array([measure(np.concatenate([rows[c] for c in chosen])) for chosen in drawn])
    bounds = np.full((*values.shape[1:], 2), np.nan)
    for number in np.ndindex(values.shape[1:]):
        column = values[:, *number]
        if np.isfinite(column).any():
            bounds[number] = np.nanpercentile(column, [2.5, 97.5])
    return bounds


def _with_nan(value: float | None) -> float:
    return NAN if value is None else value


def _estimate(facts: dict) -> Estimate:
    return Estimate(**{name: _with_nan(value) for name, value in facts.items()})
