"""Operations of a network, interleaved rounds of measurements, and ratios of speeds.

On a shared machine the speed varies from minute to minute. Measurements that are compared therefore
take turns, and a ratio is the median of the ratios of the rounds.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan, prod

CLOSE = 0.03  # rates this close to the best count as equal; the smaller batch is then chosen


@dataclass(frozen=True)
class Operations:
    """Floating-point operations for one sample; a multiply-add counts as two.

    Attributes:
        forward: In the forward pass.
        training: In a training step.
    """

    forward: int
    training: int


def count_operations(model) -> Operations:
    """Counts what the convolutions and the dense layers of a network compute for one sample.

    Each output of such a layer is a dot product over all axes of its kernel but the last. Windows
    that reach into the padding count in full; biases, activations, pooling and normalization do
    not count. A training step computes the forward pass, the gradient for the weights and the
    gradient for the layer's input, each at the same cost; the first layer needs no gradient for
    its input, the image.

    Args:
        model: A built model with its layers in order, the one at the input first.
    """
    layers = [_layer_operations(layer) for layer in model.layers if hasattr(layer, "kernel")]
    forward = sum(layers)
    return Operations(forward, 3 * forward - layers[0])


def _layer_operations(layer) -> int:
    return 2 * prod(layer.kernel.shape[:-1]) * prod(layer.output.shape[1:])


@dataclass
class Measurement:
    """One timed measurement, in as many rounds as there was time for.

    Attributes:
        samples: Number of samples in one step.
        step_seconds: Seconds for a step in each round; NaN once the time was used up.
        spent: Seconds spent so far, including the warm-up.
    """

    samples: int
    step_seconds: list[float] = field(default_factory=list)
    spent: float = 0.0

    @property
    def rounds(self) -> int:
        """Number of rounds in which it was measured."""
        return sum(map(isfinite, self.step_seconds))

    @property
    def rate(self) -> float:
        """Samples a second in the median round."""
        return self.samples / statistics.median(filter(isfinite, self.step_seconds))


def in_rounds(
    runs: Sequence[tuple[Measurement, Callable[[int], float]]],
    rounds: int,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Measurement]:
    """Takes measurements in turns, `rounds` times, and yields each one when it is done.

    Args:
        runs: Pairs of a measurement and a function from a number of steps to the seconds for one;
            those to be compared are neighbors.
        rounds: Number of rounds.
        seconds: Time for the steps of one measurement over all rounds. A round takes at least one
            step; a measurement that has spent three times as long skips the remaining rounds.
        clock: Returns the time in seconds.
    """
    for _ in range(rounds):
        for measurement, run in runs:
            if measurement.spent >= 3 * seconds:
                measurement.step_seconds.append(nan)
            else:
                last = measurement.step_seconds[-1] if measurement.step_seconds else None
                start = clock()
                measurement.step_seconds.append(run(steps_within(seconds / rounds, last)))
                measurement.spent += clock() - start
            yield measurement


def steps_within(seconds: float, step_seconds: float | None) -> int:
    """How many steps fit into the time: at least one, and one if their time is unknown."""
    return max(1, int(seconds / step_seconds)) if step_seconds else 1


def ratio(above: Measurement, below: Measurement) -> float:
    """Ratio of the samples a second: the median over the rounds that both have."""
    both = [
        (above.samples / a) / (below.samples / b)
        for a, b in zip(above.step_seconds, below.step_seconds, strict=True)
        if isfinite(a) and isfinite(b)
    ]
    return statistics.median(both)


def best_batch_size(rates: Mapping[int, float]) -> int:
    """The smallest batch size that is as fast as the fastest, from samples a second by size."""
    fastest = max(rates.values())
    return min(size for size, rate in rates.items() if rate >= (1 - CLOSE) * fastest)


def sustained_seconds(elapsed: float, used: int, made: int) -> float:
    """Seconds for a step at a sustainable rate, from some steps on a queue of batches.

    Args:
        elapsed: Seconds that the steps took.
        used: Number of batches they used.
        made: Number of batches completed meanwhile. If it is smaller than `used`, the steps drained
            the queue; one less is the batch that is being made.
    """
    return elapsed / min(used, made + 1)
