"""Draws the figure of a network from its Keras model.

Feature maps are slabs whose height grows with their size and whose width grows with their number of
channels; vectors are bars. Lengths are in inches.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from hyperface.utils.files import atomic_write
from tools.figures.network_blocks import Block, Place, model_blocks, places

COLORS = {
    "input": "#b9bec6",
    "convolution": "#5b8fd0",
    "max pooling": "#e8a33d",
    "local response normalization": "#6fb58a",
    "concatenation": "#9c8bd0",
    "fully connected": "#d98080",
    "output": "#b5485d",
}
_COLUMN, _SIDE_ROW, _HEAD_ROW = 0.6, 0.92, 0.66  # minimum widths and heights
_MARGIN = 0.12
_LINE = 0.135  # height of a line of text
_FONT = 7.8  # points
_LETTER = 0.078  # width of a bold letter
_LEAN = 0.32  # shift of the back of a slab, relative to its height
_INK, _SOFT = "#22262b", "#5d6670"
DPI = 200


@dataclass(frozen=True)
class _Shape:
    """Position of the center and size of a slab or bar."""

    x: float
    y: float
    width: float
    height: float
    lean: float

    @property
    def left(self) -> float:
        return self.x - (self.width + self.lean) / 2

    @property
    def top(self) -> float:
        return self.y + (self.height + self.lean) / 2

    @property
    def bottom(self) -> float:
        return self.y - (self.height + self.lean) / 2

    @property
    def exit_x(self) -> float:
        """The center of the right face, where arrows start."""
        return self.left + self.width + self.lean / 2


def draw_architecture(model, path: str | Path, title: str) -> None:
    """Draws a functional model as a row of blocks with side paths above and heads at the end.

    Args:
        model: A built functional Keras model that uses each layer once.
        path: The PNG file to write.
        title: The name of the network; the number of parameters is added.
    """
    blocks = model_blocks(model)
    where = places(blocks)
    edges = _column_edges(blocks, where)
    columns = (edges[:-1] + edges[1:]) / 2
    shapes = {block.name: _shape(block, where[block.name], columns) for block in blocks}
    trunk = [shapes[name] for name, place in where.items() if place.part == "trunk"]
    label_top = min(shape.bottom for shape in trunk) - 0.05
    top = max(shape.top for shape in shapes.values()) + 0.5
    bottom = min(label_top - 4 * _LINE, *(shape.bottom - 0.2 for shape in shapes.values())) - 0.36
    left, right = edges[0] - _MARGIN, edges[-1] + _MARGIN

    figure = Figure(figsize=(right - left, top - bottom))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set_axis_off()
    for block in blocks:
        for source in block.sources:
            _draw_arrow(axes, shapes[source], shapes[block.name], where[source], where[block.name])
    for block in blocks:
        _draw_shape(axes, shapes[block.name], COLORS[block.kind])
        _draw_label(axes, block, where[block.name], shapes[block.name], label_top)
    axes.text(left + _MARGIN, top - 0.12, title, size=11, weight="bold", color=_INK, va="top")
    count = f"{model.count_params():,} parameters"
    axes.text(left + _MARGIN, top - 0.34, count, size=_FONT + 0.7, color=_SOFT, va="top")
    _draw_legend(axes, [block.kind for block in blocks], left + _MARGIN, bottom + 0.14)
    with atomic_write(path) as aside:
        figure.savefig(aside, dpi=DPI, format="png", facecolor="white", metadata={"Software": None})


def _column_edges(blocks: list[Block], where: dict[str, Place]) -> np.ndarray:
    """(columns + 1,) the x of the edges of the columns, which are wide enough for their texts."""
    widths = [_COLUMN] * (1 + max(place.column for place in where.values()))
    for block in blocks:
        lines = _label_lines(block, where[block.name])
        width = _LETTER * max(len(line) for line in lines if line) + 0.06
        column = where[block.name].column
        widths[column] = max(widths[column], width)
    return np.cumsum([0, *widths])


def _shape(block: Block, place: Place, columns: np.ndarray) -> _Shape:
    x, y = columns[place.column], place.row * (_HEAD_ROW if place.part == "head" else _SIDE_ROW)
    if len(block.shape) == 3:
        height = 0.072 * np.sqrt(block.shape[0])
        return _Shape(x, y, max(0.03, 0.011 * np.sqrt(block.shape[2])), height, _LEAN * height)
    return _Shape(x, y, 0.1, max(0.1, 0.018 * np.sqrt(block.shape[0])), 0.05)


def _draw_shape(axes: Axes, shape: _Shape, color: str) -> None:
    """Draws the front, top and right face, lit from above."""
    low = shape.left, shape.bottom
    across, up = np.array([shape.width, 0]), np.array([0, shape.height])
    back = np.array([shape.lean, shape.lean])
    faces = (
        ((low, low + across, low + across + up, low + up), 0.0),
        ((low + up, low + across + up, low + across + up + back, low + up + back), 0.35),
        ((low + across, low + across + back, low + across + up + back, low + across + up), -0.2),
    )
    for corners, light in faces:
        fill = _lit(color, light)
        axes.add_patch(Polygon(corners, facecolor=fill, edgecolor=_INK, linewidth=0.6, zorder=2))


def _lit(color: str, light: float) -> tuple[float, ...]:
    """The color moved towards white (light > 0) or black (light < 0)."""
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return tuple(rgb + light * ((1 - rgb) if light > 0 else rgb))


def _draw_arrow(
    axes: Axes, source: _Shape, target: _Shape, source_place: Place, target_place: Place
) -> None:
    """Draws an arrow: straight in a row, up to a side path, down from one, or to a head."""
    start, end = (source.exit_x, source.y), (target.left, target.y)
    corners = []
    if target_place.part == "side" and source_place.part == "trunk":
        start, corners = (source.x, source.top - source.lean / 2), [(source.x, target.y)]
    elif source_place.part == "side" and target_place.part == "trunk":
        corners, end = [(target.x, source.y)], (target.x, target.top - target.lean / 2)
    elif source.y != target.y:
        bend = source.x + 0.31
        corners = [(bend, source.y), (bend, target.y)]
    path = np.array([start, *corners])
    zorder = 3 if source.y == target.y else 1
    if corners:
        axes.plot(*path.T, color=_SOFT, linewidth=0.9, zorder=zorder, solid_joinstyle="miter")
    style = {"arrowstyle": "-|>", "color": _SOFT, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, path[-1], arrowprops={**style, "mutation_scale": 7}, zorder=zorder)


def _label_lines(block: Block, place: Place) -> list[str]:
    """Name, window, size and channels on separate lines, for a head on one line."""
    size, channels = "×".join(map(str, block.shape[:2])), "".join(f"×{c}" for c in block.shape[2:])
    lines = [block.name, block.window, size, channels]
    if place.part == "trunk":
        return lines  # an empty window keeps the sizes of all blocks aligned
    lines = [line for line in lines if line]
    return ["  ".join(lines)] if place.part == "head" else lines


def _draw_label(axes: Axes, block: Block, place: Place, shape: _Shape, label_top: float) -> None:
    top = label_top if place.part == "trunk" else shape.bottom - 0.04
    bold = block.name.replace("_", r"\_")
    for row, line in enumerate(_label_lines(block, place)):
        line = line.replace(block.name, rf"$\bf{{{bold}}}$", 1) if row == 0 else line
        color = _SOFT if line == block.window else _INK
        style = {"size": _FONT, "color": color, "ha": "center", "va": "top", "zorder": 4}
        axes.text(shape.x, top - row * _LINE, line, **style)


def _draw_legend(axes: Axes, kinds: list[str], x: float, y: float) -> None:
    for kind in dict.fromkeys(kinds):
        box = np.array([(x, y), (x + 0.13, y), (x + 0.13, y + 0.1), (x, y + 0.1)])
        axes.add_patch(Polygon(box, facecolor=COLORS[kind], edgecolor=_INK, linewidth=0.6))
        axes.text(x + 0.18, y + 0.05, kind, size=_FONT, color=_INK, va="center")
        x += 0.45 + 0.057 * len(kind)
