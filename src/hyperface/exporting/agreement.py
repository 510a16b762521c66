"""Compares the outputs of an exported network with those of the Keras network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.exporting.runtimes import Outputs, Predicts
from hyperface.models.calibration import logistic

# Largest difference of any output: probabilities, region units, radians, logarithms of distances.
TOLERANCES = {"float32": 1e-4, "float16": 2e-2, "int8": 2e-2}
CLASSIFICATIONS = ("detection", "gender")  # heads whose predicted class must not change


@dataclass(frozen=True)
class Agreement:
    """The differences between the outputs of two networks for the same inputs."""

    inputs: int  # number of regions or images
    # The largest difference by head; infinite if an output is not finite.
    largest: Mapping[str, float]
    # The number of inputs with another predicted class, by classification head.
    changed: Mapping[str, int]

    def faults(self, tolerance: float) -> list[str]:
        """Descriptions of the differences that are too large; empty if the networks agree."""
        return [
            *(
                f"{head} differs by {value:.2g}"
                for head, value in self.largest.items()
                if not value <= tolerance
            ),
            *(f"{head} has another class for {n} inputs" for head, n in self.changed.items() if n),
        ]


def compare(network: Predicts, exported: Predicts, batches: Sequence[np.ndarray]) -> Agreement:
    """Compares the outputs of two networks for the same inputs; the first is the reference.

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
    return {"score": logistic(rows[..., 0]), "box": rows[..., 1:]}


def _largest_difference(expected: np.ndarray, other: np.ndarray | None) -> float:
    if other is None or other.shape != expected.shape:
        return float("inf")
    difference = float(np.abs(expected - other).max(initial=0.0))
    return difference if np.isfinite(difference) else float("inf")
