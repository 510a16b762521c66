"""Which faces are found: the share of them by size, yaw and gender."""

import numpy as np

from hyperface.evaluation.face_sizes import size_bands
from hyperface.evaluation.figures import EVERY, NONE, Estimate, FaceFigure, estimate
from hyperface.evaluation.matched import MatchedFaces
from hyperface.evaluation.yaw_bands import yaw_bands
from hyperface.tasks import GENDERS


def found_figures(faces: MatchedFaces) -> list[FaceFigure]:
    """The share found, whatever the score, of all faces and of each group that has some."""

    def share(_: int, rows: np.ndarray) -> float:
        return float(100 * faces.is_found[rows].mean())

    genders = {name: faces.truth.females == number for number, name in enumerate(GENDERS)}
    groups = {EVERY: np.ones(len(faces.is_found), bool)}
    groups |= size_bands(faces) | yaw_bands(faces) | genders
    figures = []
    for name, chosen in groups.items():
        rows = np.flatnonzero(chosen)
        if not len(rows):
            continue
        figure = FaceFigure(
            task="detection",
            measure="faces found",
            unit="%",
            better="higher",
            group=name,
            left_out=Estimate(),
            failures=estimate(share, rows, faces.clusters),
            constant=NONE,
            count=len(rows),
            missed=int((~faces.is_found[rows]).sum()),
        )
        figures.append(figure)
    return figures
