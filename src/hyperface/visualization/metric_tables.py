"""The results of an evaluation as tables, for a page, a file or the terminal."""

import sys
from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hyperface.evaluation.metric_result import MetricResult, two_decimals
from hyperface.evaluation.published import beside, published_rows, same_metric
from hyperface.evaluation.whole_images import SetResults

COLUMNS = (
    *("metric", "over", "found faces", "misses as failures", "baseline", "faces"),
    *("missed", "paper", "its HyperFace on other data"),
)
REGION_COLUMNS = (
    *("task", "metric", "before", "value", "95 % interval", "baseline", "better", "labeled"),
)
PAPER_COLUMNS = "data", "metric", "over", "paper", "here: found", "here: all", "note"
RULES = (
    "A detection is right if it overlaps an annotated face by an IoU of at least 0.5 that no "
    "better-scoring detection has taken (PASCAL VOC); a second one on the same face is wrong; one "
    "on a face to be ignored counts neither way. Boxes are the data set's own where it publishes "
    "them. Where other people in an image may not be annotated, a detection away from every "
    "annotated face (IoU under 0.1) counts neither way, but in AFW, PASCAL faces and FDDB, which "
    "are made for testing, every one counts. FDDB's scores match boxes and ellipses one to one so "
    "that the sum of overlaps is the largest.\n"
    "Every other result is over annotated faces, each with the detection that found it, whatever "
    "its score: 'found faces' leaves missed ones out, 'misses as failures' counts each as wrong "
    "(of an error there is no such value). Landmark errors are over the visible annotated points, "
    "divided by the face size (mean of the annotated box's sides), by the distance of the eye "
    "centers or of the eyes' outer corners, or by the root of the area of the annotated points' "
    "tight box. '19 points' are those without ears, as of AFLW's usual test and of 68-point sets; "
    "each set gives those of them that it annotates.\n"
    "Parentheses hold 95 % intervals by bootstrap over people (images where nobody is known). "
    "'Baseline' is a constant baseline, the same answer everywhere, over all faces: the mean box "
    "of the set at one place of the image, the mean shape in the annotated box, the mean "
    "visibility of each point, the mean pose, the more frequent gender, all of the evaluated faces "
    "themselves."
)


def metric_rows(results: SetResults) -> list[tuple]:
    """One row for each result, as in `COLUMNS`."""
    return [
        (
            f"{result.task}: {result.name}, {result.unit}",
            result.group,
            *_estimates(result),
            "" if np.isnan(result.baseline) else two_decimals(result.baseline),
            result.count,
            result.missed,
            *beside(result, results.data),
        )
        for result in results.results
    ]


def region_rows(
    results: Sequence[MetricResult], before: Sequence[MetricResult], data: str
) -> list[tuple]:
    """One row for each result of a data set, as in `REGION_COLUMNS`; None where there is none.

    Args:
        results: Over regions, after the training.
        before: The same before it.
        data: Name of the data set, or "all".
    """

    def key(result: MetricResult) -> tuple[str, str, str, str]:
        return result.data, result.task, result.name, result.group

    began = {key(result): result for result in before}
    return [
        (
            result.task,
            f"{result.label} ({result.unit})",
            _value(began.get(key(result))),
            _value(result),
            result.estimate.interval if result.estimate.defined else None,
            two_decimals(result.baseline) if result.estimate.defined else None,
            "higher" if result.higher_is_better else "lower",
            result.count,
        )
        for result in results
        if result.data == data
    ]


def paper_rows(results: Sequence[SetResults]) -> list[tuple]:
    """Every published row with what came out here on the same data, as in `PAPER_COLUMNS`."""
    rows = []
    for row in published_rows():
        ours = [
            result
            for each in results
            if each.data == row.data
            for result in each.results
            if same_metric(row, result)
        ][:1]  # of point sets the largest stands first
        here = [_estimates(result) for result in ours] or [("", "")]
        labels = row.data, f"{row.task}: {row.measure}, {row.unit}", row.group
        rows.append((*labels, str(row), *here[0], row.note))
    return rows


def print_table(columns: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Prints a table that fits the terminal, or Markdown where a file or a program reads it."""
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        print(markdown(columns, rows))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, row_styles=("", "dim"))
    for number, name in enumerate(columns):
        numbers = all(isinstance(row[number], int | float) for row in rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_text(cell)) for cell in row))
    console.print(table)


def markdown(columns: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines)


def _estimates(result: MetricResult) -> tuple[str, str]:
    return str(result.without_misses), str(result.with_misses)


def _value(result: MetricResult | None) -> str | None:
    return f"{result.value:.2f}" if result is not None and result.estimate.defined else None


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
