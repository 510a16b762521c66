"""Draws the figure of the signs of the angles with the rotated mean face."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hyperface.geometry.mean_face import BOX_CENTER, BOX_SIDE, MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.utils.files import atomic_write
from hyperface.visualization.drawing import AXES, pose_axes

_VIEWS = (  # title, explanation, (roll, pitch, yaw) in degrees
    ("yaw +30°", "the nose points to the image's left", (0, 0, 30)),
    ("pitch +20°", "the nose points up", (0, 20, 0)),
    ("roll +20°", "the head turns clockwise", (20, 0, 0)),
    ("yaw −30°", "the nose points to the image's right", (0, 0, -30)),
    ("pitch −20°", "the nose points down", (0, -20, 0)),
    ("roll −20°", "the head turns counter-clockwise", (-20, 0, 0)),
)
_LINES = (  # brows, eyes, nostrils, mouth, and the outline over ears and chin
    *((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11), (13, 14, 15), (17, 18, 19)),
    (12, 20, 16),
)
_BRIDGE = (2, 3), 14  # the bridge of the nose starts between the first two and ends at the third
_EARS, _TURNED = (12, 16), 0.1
_AXIS_LENGTH = 1.1  # eye distances
_INK, _SOFT = "#22262b", "#8b939c"


def draw_pose_signs(path: str | Path) -> None:
    """Draws the mean face at rest and rotated by each angle in both directions, with axes and box.

    A hollow point is the ear that is turned away.
    """
    figure = Figure(figsize=(10.5, 5.2), layout="constrained")
    grid = figure.add_gridspec(2, 4, width_ratios=(1.5, 1, 1, 1))
    rest = figure.add_subplot(grid[:, 0])
    _draw_view(
        rest,
        "at rest",
        "x right, y up, z to the viewer;\ndashed: the face's box",
        (0, 0, 0),
        numbers=True,
    )
    for index, view in enumerate(_VIEWS):
        _draw_view(figure.add_subplot(grid[index // 3, 1 + index % 3]), *view)
    with atomic_write(path) as aside:
        figure.savefig(aside, dpi=190, format="png", facecolor="white", metadata={"Software": None})


def _draw_view(axes: Axes, title: str, text: str, degrees, numbers: bool = False) -> None:
    pose = np.radians(degrees)
    flat = MEAN_FACE @ rotation_matrix(*pose)[:2].T  # (21, 2), x right, y up
    bridge = np.array([flat[list(_BRIDGE[0])].mean(axis=0), flat[_BRIDGE[1]]])
    for line in (*(flat[list(points)] for points in _LINES), bridge):
        axes.plot(*line.T, color=_SOFT, linewidth=1.1, zorder=1)
    sideways = rotation_matrix(*pose)[2, 0]  # how far the right ear is turned to the viewer
    fills = [_INK] * len(flat)
    fills[_EARS[0 if sideways > 0 else 1]] = "white" if abs(sideways) > _TURNED else _INK
    axes.scatter(*flat.T, s=13, c=fills, edgecolors=_INK, linewidths=1, zorder=3, clip_on=False)
    if numbers:
        for number, point in enumerate(flat):
            axes.annotate(str(number), point, (2, 3), textcoords="offset points", size=7)

    center = rotation_matrix(*pose)[:2] @ BOX_CENTER
    half = BOX_SIDE / 2
    corners = center + half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
    axes.plot(*corners.T, color=_SOFT, linewidth=0.8, dashes=(4, 3), zorder=0)
    for (name, color), axis in zip(AXES.items(), pose_axes(pose), strict=True):
        # From the center of the box, as in all drawings of the project.
        tip = center + _AXIS_LENGTH * axis[:2] * (1, -1)  # back to y up
        _draw_axis(axes, name, [channel / 255 for channel in color], center, tip)

    axes.set_title(title, y=0.98, fontsize=10.5, weight="bold", color=_INK)
    axes.text(
        0.5, 0.07, text, transform=axes.transAxes, size=8.2, ha="center", va="top", color=_INK
    )
    axes.set(xlim=(-1.93, 1.93), ylim=(-2.6, 0.95), aspect="equal")
    axes.set_axis_off()


def _draw_axis(axes: Axes, name: str, color: list[float], start, tip) -> None:
    """Draws an arrow with its letter, or a dot if it points at the viewer."""
    if np.hypot(*(tip - start)) < 0.1:
        axes.plot(*start, "o", color=color, markersize=7, zorder=5)
        letter = start + np.array([0.14, 0.16])
    else:
        arrow = {"arrowstyle": "-|>", "color": color, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", tip, start, arrowprops=arrow, zorder=4)
        letter = start + (tip - start) * 1.13
    axes.text(*letter, name, color=color, size=9.5, ha="center", va="center", weight="bold")
