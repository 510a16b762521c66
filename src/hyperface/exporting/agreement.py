"""Whether an exported network answers as the Keras one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.exporting.runtimes import Outputs, Predicts

# Largest difference of any output: probabilities, region units, radians, logarithms of distances.
TOLERANCES = {"float32": 1e-4, "float16": 2e-2, "int8": 2e-2}
CLASSIFICATIONS = ("detection", "gender")  # the heads whose class must not change


@dataclass(frozen=True)
class Agreement:
    """How two networks' answers for the same inputs differ."""

    inputs: int  # how many regions, or images, both were asked about
    # By head, the largest difference; infinite where one of them gives no number.
    largest: Mapping[str, float]
    # By classification, for how many inputs the more probable class is another.
    changed: Mapping[str, int]

    def faults(self, tolerance: float) -> list[str]:
        """What is wrong, in words; nothing where the networks agree."""
        return [
            *(
                f"{head} differs by {value:.2g}"
                for head, value in self.largest.items()
                if not value <= tolerance
            ),
            *(f"{head} has {n} other labels" for head, n in self.changed.items() if n),
        ]


def compare(network: Predicts, exported: Predicts, batches: Sequence[np.ndarray]) -> Agreement:
    """Asks two networks about the same inputs; the answers of the first, of Keras, are right.

    Each batch is (B, H, W, 3) RGB from 0 to 255; they may differ in size.
    """
    largest: dict[str, float] = {}
    changed: dict[str, int] = {}
    for batch in batches:
        expected = _by_head(network.predict_on_batch(batch))
        other = _by_head(exported.predict_on_batch(batch))
        for head, rows in expected.items():
            difference = _largest_difference(rows, other.get(head))
            largest[head] = max(largest.get(head, 0.0), difference)
            if head in CLASSIFICATIONS and np.isfinite(difference):
                number = int((rows.argmax(axis=1) != other[head].argmax(axis=1)).sum())
                changed[head] = changed.get(head, 0) + number
    return Agreement(sum(map(len, batches)), largest, changed)


def _by_head(outputs: Outputs) -> dict[str, np.ndarray]:
    """The outputs by task; the proposal detector's as probabilities and boxes."""
    if isinstance(outputs, Mapping):
        return {name: np.asarray(rows, np.float64) for name, rows in outputs.items()}
    rows = np.asarray(outputs, np.float64)
    return {"score": 1 / (1 + np.exp(-rows[..., 0])), "box": rows[..., 1:]}


def _largest_difference(expected: np.ndarray, other: np.ndarray | None) -> float:
    if other is None or other.shape != expected.shape:
        return float("inf")
    difference = float(np.abs(expected - other).max(initial=0.0))
    return difference if np.isfinite(difference) else float("inf")
