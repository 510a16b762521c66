"""The curves of a training run: every loss and metric, training and validation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hyperface.tasks import TASKS
from hyperface.utils.files import atomic_write

COLUMNS = 4
UNITS = {"pose_degrees": "degrees"}
_PANEL_SIZE = 3.1, 2.3  # inches
_TRAINING, _VALIDATION = "#1f6fb4", "#e07b1a"


def draw_curves(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Draws one small panel for each loss and metric in the history.

    Args:
        history: One row for each epoch, with Keras's names (`loss`, `val_loss`, `pose_degrees`,
            ...) and `epoch`, the x axis. A value that is missing or NaN leaves a gap; a metric
            without any number (nothing was labeled for it) has no panel, and neither has the loss
            of its task.
        path: The PNG file to write.
    """
    columns = {
        name: np.array([row.get(name, np.nan) for row in history])
        for name in dict.fromkeys(name for row in history for name in row)
    }
    sides = {name: (name, f"val_{name}") for name in panel_names()}
    names = [
        name
        for name, pair in sides.items()
        if any(
            side in columns and (name.endswith("loss") or np.isfinite(columns[side]).any())
            for side in pair
        )
    ]
    for task in TASKS.values():
        metric, loss = f"{task.name}_{task.metric}", f"{task.name}_loss"
        if metric not in names and columns.keys() & sides[metric] and loss in names:
            names.remove(loss)
    rows = -(-len(names) // COLUMNS)
    figure = Figure(
        figsize=(_PANEL_SIZE[0] * min(COLUMNS, len(names)), _PANEL_SIZE[1] * rows + 0.4),
        layout="constrained",
    )
    panels = figure.subplots(rows, min(COLUMNS, len(names)), squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=False):
        _draw_panel(panel, name, columns)
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    handles: dict[str, Artist] = {}
    for panel in panels:
        lines, labels = panel.get_legend_handles_labels()
        handles |= {label: line for line, label in zip(lines, labels, strict=True)}
    figure.legend(
        handles.values(), handles, loc="outside upper center", ncols=len(handles), frameon=False
    )
    with atomic_write(path) as aside:
        figure.savefig(aside, dpi=100, format="png")


def panel_names() -> list[str]:
    """All columns with a panel in order: totals first, then task by task."""
    names = ["loss", "learning_rate"]
    for task in TASKS.values():
        names += [f"{task.name}_loss", f"{task.name}_{task.metric}"]
    return names


def _draw_panel(panel, name: str, columns: Mapping[str, np.ndarray]) -> None:
    epochs = columns["epoch"]
    lines = (name, "training", _TRAINING, "o"), (f"val_{name}", "validation", _VALIDATION, "s")
    for column, label, color, marker in lines:
        if column not in columns:
            continue
        values = columns[column]
        # A single epoch between gaps has no line, only a marker.
        size = 3.5 if len(values) <= 30 or np.isnan(values).any() else 0
        panel.plot(
            epochs,
            values,
            color=color,
            label=label,
            marker=marker,
            markersize=size,
            linewidth=1.4,
        )
    unit = f" ({UNITS[name]})" if name in UNITS else ""
    panel.set_title(title(name) + unit, fontsize=9.5, loc="left")
    panel.set_xlabel("epoch", fontsize=8)
    panel.tick_params(labelsize=8)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    panel.set_xlim(epochs.min() - 0.5, epochs.max() + 0.5)
    panel.grid(alpha=0.3, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)


def title(name: str) -> str:
    """The title of a column: `pose_loss` -> `pose: loss`."""
    task, _, rest = name.partition("_")
    if task in TASKS:
        return f"{task}: {'angle error' if rest == 'degrees' else rest}"
    return {"loss": "total loss"}.get(name, name.replace("_", " "))
