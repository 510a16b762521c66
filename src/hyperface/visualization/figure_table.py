"""The figures of a data set as a table, for the terminal and for the page."""

from collections.abc import Sequence

import numpy as np

from hyperface.evaluation.figures import FaceFigure
from hyperface.evaluation.published import beside, published_rows, same_measure
from hyperface.evaluation.whole_pictures import SetResults

COLUMNS = (
    *("measure", "over", "found faces", "misses as failures", "constant", "faces"),
    *("missed", "paper", "its HyperFace on other data"),
)
RULES = (
    "A detection is right if it overlaps an annotated face by an IoU of at least 0.5 that no "
    "better-scoring detection has taken (PASCAL VOC); a second one on the same face is wrong; one "
    "on a face to be ignored counts neither way. Boxes are the data set's own where it publishes "
    "them. Where other people in a picture may not be annotated, a detection away from every "
    "annotated face (IoU under 0.1) counts neither way, but in AFW, PASCAL faces and FDDB, which "
    "are made for testing, every one counts. FDDB's scores match boxes and ellipses one to one so "
    "that the sum of overlaps is the largest.\n"
    "Every other figure is over annotated faces, each with the detection that found it, whatever "
    "its score: 'found faces' leaves missed ones out, 'misses as failures' counts each as wrong "
    "(of an error there is no such value). Landmark errors are over the visible annotated points, "
    "divided by the face size (mean of the annotated box's sides), by the distance of the eye "
    "centres or of the eyes' outer corners, or by the root of the area of the annotated points' "
    "tight box. '19 points' are those without ears, as of AFLW's usual test and of 68-point sets; "
    "each set gives those of them that it annotates.\n"
    "Parentheses hold 95 % intervals by bootstrap over people (pictures where nobody is known). "
    "'Constant' is the same answer everywhere, over all faces: the mean box of the set at one "
    "place of the picture, the mean shape in the annotated box, the mean visibility of each "
    "point, the mean pose, the more frequent gender, all of the judged faces themselves."
)


def figure_rows(results: SetResults) -> list[tuple]:
    """One row for each figure, as in `COLUMNS`."""
    return [_row(figure, results.data) for figure in results.figures]


def markdown(columns: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines)


def paper_columns() -> tuple[str, ...]:
    """Of `paper_rows`."""
    return "data", "measure", "over", "paper", "here: found", "here: all", "note"


def paper_rows(results: Sequence[SetResults]) -> list[tuple]:
    """Every published row with what came out here on the same data, if it was judged."""
    rows = []
    for row in published_rows():
        ours = [
            figure
            for each in results
            if each.data == row.data
            for figure in each.figures
            if same_measure(row, figure)
        ][:1]  # of point sets the largest stands first
        here = [_estimates(figure) for figure in ours] or [("", "")]
        labels = row.data, f"{row.task}: {row.measure}, {row.unit}", row.group
        rows.append((*labels, row.in_words(), *here[0], row.note))
    return rows


def _row(figure: FaceFigure, data: str) -> tuple:
    return (
        f"{figure.task}: {figure.measure}, {figure.unit}",
        figure.group,
        *_estimates(figure),
        "" if np.isnan(figure.constant) else f"{figure.constant:.2f}",
        figure.count,
        figure.missed,
        *beside(figure, data),
    )


def _estimates(figure: FaceFigure) -> tuple[str, str]:
    return figure.left_out.in_words(), figure.failures.in_words()


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
