"""The curves of an evaluation: precision over recall, FDDB's ROC, cumulative errors."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hyperface.evaluation.fddb_scores import Roc
from hyperface.evaluation.precision_recall import Curve
from hyperface.utils.files import atomic_write

MAX_ERROR = 15  # % of the face size
_SIZE = 5.2, 3.6  # inches
_RECALL_AND_PRECISION = "recall, %", "precision, %"
_OURS, _OTHER, _BASELINE = "#1f6fb4", "#e07b1a", "#666666"

Line = tuple[np.ndarray, np.ndarray, str, str, str]  # x, y, label, color, line style


def draw_precision_recall(curve: Curve, path: Path) -> None:
    """Draws precision over recall, and the envelope, whose area is the average precision."""
    lines = [
        (100 * curve.recall, 100 * curve.precision, "precision", _OURS, "-"),
        (100 * curve.recall, 100 * curve.envelope, "envelope", _OTHER, "--"),
    ]
    _draw(lines, _RECALL_AND_PRECISION, (0, 100), path)


def draw_precisions(curves: Mapping[str, Curve], path: Path) -> None:
    """Draws the envelopes of several curves, by name, in one figure."""
    styles = "-", "--", ":", "-."
    lines = [
        (100 * curve.recall, 100 * curve.envelope, name, f"C{row}", styles[row % len(styles)])
        for row, (name, curve) in enumerate(curves.items())
    ]
    _draw(lines, _RECALL_AND_PRECISION, (0, 100), path)


def draw_roc(curve: Roc, path: Path) -> None:
    """Draws FDDB's two scores over the number of false positives."""
    lines = [
        (curve.false_positives, 100 * curve.discrete, "discrete", _OURS, "-"),
        (curve.false_positives, 100 * curve.continuous, "continuous", _OTHER, "--"),
    ]
    max_false_positives = max(int(curve.false_positives.max(initial=0)), 1)
    _draw(lines, ("false positives", "score, %"), (0, max_false_positives), path)


def draw_cumulative_errors(
    errors: np.ndarray, baseline: np.ndarray, measurable: np.ndarray, path: Path
) -> None:
    """Draws the cumulative distribution of the landmark errors over the face size.

    They are (n,) of the detections, NaN for a missed face, and of the constant baseline. Only the
    `measurable` faces, (n,) bool, have defined errors.
    """
    with_misses = np.where(np.isfinite(errors), errors, np.inf)
    curves = (
        (errors[measurable & np.isfinite(errors)], "found faces", _OURS, "-"),
        (with_misses[measurable], "all faces, misses as failures", _OTHER, "--"),
        (baseline[measurable], "constant baseline, all faces", _BASELINE, ":"),
    )
    lines = [(*cumulative(values), label, color, style) for values, label, color, style in curves]
    axes = "error / face size, %", "faces with a smaller error, %"
    _draw(lines, axes, (0, MAX_ERROR), path)


def cumulative(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) errors, possibly infinite -> error levels in %, and shares of errors up to each in %."""
    x = np.linspace(0, MAX_ERROR, 301)
    if not len(errors):
        return x, np.full(len(x), np.nan)
    return x, 100 * np.searchsorted(np.sort(100 * errors), x, side="right") / len(errors)


def _draw(
    lines: Sequence[Line], axes: tuple[str, str], across: tuple[float, float], path: Path
) -> None:
    figure = Figure(figsize=_SIZE, layout="constrained")
    panel = figure.subplots()
    for x, y, label, color, style in lines:
        panel.plot(x, y, style, color=color, label=label, linewidth=1.5)
    panel.set_xlabel(axes[0])
    panel.set_ylabel(axes[1])
    panel.set_xlim(*across)
    panel.set_ylim(0, 102)
    panel.grid(alpha=0.3, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False)
    with atomic_write(path) as aside:
        figure.savefig(aside, dpi=100, format="png")
