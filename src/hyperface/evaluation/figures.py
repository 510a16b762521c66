"""One number about faces in whole pictures, with its uncertainty, beside a constant answer's."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from hyperface.evaluation.measures import interval

EVERY = "all"
NONE = float("nan")


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % bootstrap interval; NaN where the measure is not defined."""

    value: float = NONE
    low: float = NONE
    high: float = NONE

    def in_words(self) -> str:
        """`4.26 (4.10 to 4.41)`; nothing where there is no value."""
        if np.isnan(self.value):
            return ""
        ends = ("-" if np.isnan(end) else f"{end:.2f}" for end in (self.low, self.high))
        return f"{self.value:.2f} ({' to '.join(ends)})"


@dataclass(frozen=True)
class FaceFigure:
    """One row of a table.

    Attributes:
        task: Which task.
        measure: What is measured.
        unit: "%" or "degrees".
        better: "higher" or "lower".
        group: The faces or points that it is over.
        left_out: Over the faces that were found.
        failures: Over all faces, each missed one a failure; of an error, which a missed face does
            not have, there is none.
        constant: What the constant answer scores over all faces.
        count: Faces behind it that are labelled.
        missed: How many of those were not found.
    """

    task: str
    measure: str
    unit: str
    better: str
    group: str
    left_out: Estimate
    failures: Estimate
    constant: float
    count: int
    missed: int

    def as_dict(self) -> dict:
        """For JSON: NaN becomes None."""
        plain = asdict(self)
        for name in ("left_out", "failures"):
            plain[name] = {k: None if v != v else v for k, v in plain[name].items()}
        return plain | {"constant": None if self.constant != self.constant else self.constant}


@dataclass(frozen=True, eq=False)
class Measure:
    """A measure as a function of the faces that it looks at.

    Attributes:
        task: Which task.
        name: Of the measure.
        unit: "%" or "degrees".
        better: "higher" or "lower".
        labelled: (n,) bool, the faces that can be judged.
        score: From 0 (the detector) or 1 (the constant answer) and (m,) rows to a number; with
            `can_fail`, a row without an answer counts as a failure.
        can_fail: Whether a missed face can be counted.
        group: The faces or points that it is over.
    """

    task: str
    name: str
    unit: str
    better: str
    labelled: np.ndarray
    score: Callable[[int, np.ndarray], float]
    can_fail: bool
    group: str = EVERY

    def figure(self, is_found: np.ndarray, clusters: np.ndarray) -> FaceFigure:
        """Its value over (n,) faces, of which some were found; resampled by (n,) clusters."""
        rows = np.flatnonzero(self.labelled)
        found = np.flatnonzero(self.labelled & is_found)
        return FaceFigure(
            task=self.task,
            measure=self.name,
            unit=self.unit,
            better=self.better,
            group=self.group,
            left_out=estimate(self.score, found, clusters),
            failures=estimate(self.score, rows, clusters) if self.can_fail else Estimate(),
            constant=self.score(1, rows) if len(rows) else NONE,
            count=len(rows),
            missed=len(rows) - len(found),
        )


def estimate(
    score: Callable[[int, np.ndarray], float], rows: np.ndarray, clusters: np.ndarray
) -> Estimate:
    """The detector's score over some rows, and its interval."""
    if not len(rows):
        return Estimate()
    low, high = interval(lambda chosen: score(0, rows[chosen]), clusters[rows])
    return Estimate(score(0, rows), low, high)
