"""The arithmetic of speed: operations of a network, interleaved rounds, ratios.

A machine that others use is fast in one minute and slow in the next, so figures that are compared
are measured in turns, and a ratio is the median of the ratios of each turn.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan, prod

CLOSE = 0.03  # rates this close to the best count as equal: then the smaller batch


@dataclass(frozen=True)
class Operations:
    """Floating-point operations of one sample, a multiply-add being two.

    Attributes:
        forward: Of its answer.
        training: Of a training step on it.
    """

    forward: int
    training: int


def count_operations(model) -> Operations:
    """Counts what the convolutions and the dense layers of a network compute for one sample.

    Each number that such a layer gives is a dot product as long as its kernel without the last
    axis. Windows that reach into padding count whole; biases, activations, pooling and
    normalization do not count. A training step computes the answer, the gradient for the weights
    and the gradient for the layer's input, each as much as the answer; the first layer, whose input
    is the image, does without the last.

    Args:
        model: Built; its layers in order, the first with a kernel at the input.
    """
    layers = [_layer_operations(layer) for layer in model.layers if hasattr(layer, "kernel")]
    forward = sum(layers)
    return Operations(forward, 3 * forward - layers[0])


def _layer_operations(layer) -> int:
    return 2 * prod(layer.kernel.shape[:-1]) * prod(layer.output.shape[1:])


@dataclass
class Figure:
    """One thing that is timed, in as many rounds as there was time for.

    Attributes:
        samples: Of one step.
        step_seconds: By round; NaN where the figure had used up its time.
        spent: Seconds so far, with all that does not count.
    """

    samples: int
    step_seconds: list[float] = field(default_factory=list)
    spent: float = 0.0

    @property
    def rounds(self) -> int:
        """Rounds in which it was measured."""
        return sum(map(isfinite, self.step_seconds))

    @property
    def rate(self) -> float:
        """Samples a second, the median round."""
        return self.samples / statistics.median(filter(isfinite, self.step_seconds))


def in_rounds(
    runs: Sequence[tuple[Figure, Callable[[int], float]]],
    rounds: int,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Figure]:
    """Measures figures in turns, `rounds` times, and yields each as it is done.

    Args:
        runs: Each figure with what takes a number of steps and gives the seconds of one; those to
            be compared stand next to each other.
        rounds: How often.
        seconds: For one figure's steps, all rounds together. A round takes a step at least; a
            figure that has spent three times as much sits out the rounds that are left.
        clock: Tells the time in seconds.
    """
    for _ in range(rounds):
        for figure, run in runs:
            if figure.spent >= 3 * seconds:
                figure.step_seconds.append(nan)
            else:
                last = figure.step_seconds[-1] if figure.step_seconds else None
                start = clock()
                figure.step_seconds.append(run(steps_within(seconds / rounds, last)))
                figure.spent += clock() - start
            yield figure


def steps_within(seconds: float, step_seconds: float | None) -> int:
    """How many steps fit, one at least; one also where their time is not known."""
    return max(1, int(seconds / step_seconds)) if step_seconds else 1


def ratio(above: Figure, below: Figure) -> float:
    """How many times as many samples a second: the median over the rounds that both have."""
    both = [
        (above.samples / a) / (below.samples / b)
        for a, b in zip(above.step_seconds, below.step_seconds, strict=True)
        if isfinite(a) and isfinite(b)
    ]
    return statistics.median(both)


def best_batch_size(rates: Mapping[int, float]) -> int:
    """From samples a second by batch size: the smallest size that is as good as the fastest."""
    fastest = max(rates.values())
    return min(size for size, rate in rates.items() if rate >= (1 - CLOSE) * fastest)


def sustained_seconds(elapsed: float, used: int, made: int) -> float:
    """Seconds of a step that can go on for ever, from some steps on a queue of batches.

    Args:
        elapsed: Seconds of the steps.
        used: Batches they took.
        made: Batches completed meanwhile. Fewer than `used` means that the steps lived on what the
            queue had in store; one less is the batch still in the making.
    """
    return elapsed / min(used, made + 1)
