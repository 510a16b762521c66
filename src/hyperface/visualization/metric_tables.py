"""Tables of metrics, for a page, a file or the terminal."""

import sys
from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hyperface.evaluation.before_and_after import paired
from hyperface.evaluation.metric_result import MetricResult, two_decimals
from hyperface.evaluation.published import paper_values, published_rows, same_metric
from hyperface.evaluation.whole_images import SetResults

COLUMNS = (
    *("metric", "group", "found faces", "misses as failures", "baseline", "faces"),
    *("missed", "paper", "HyperFace in the paper, other data"),
)
REGION_COLUMNS = (
    *("task", "metric", "before", "after", "95 % interval", "baseline", "better", "labels"),
)
PAPER_COLUMNS = "data", "metric", "group", "paper", "here, found faces", "here, all faces", "note"
RULES = (
    "Detection: a detection is correct if its IoU with an annotated face is at least 0.5 and no "
    "detection with a higher score has found that face (PASCAL VOC). A second detection of the "
    "same face is a false positive; one of a face marked as ignored is not counted. Boxes are "
    "those that the data set publishes, if any. If other people in an image may not be annotated, "
    "a detection away from every annotated face (IoU under 0.1) is not counted either, except in "
    "AFW, PASCAL faces and FDDB, which are made for testing. FDDB's scores match boxes and "
    "ellipses one to one such that the sum of the overlaps is maximal.\n"
    "All other metrics compare each annotated face with the detection that found it, whatever its "
    "score. 'Found faces' skips missed faces; 'misses as failures' counts each of them as wrong "
    "(undefined for errors). Landmark errors are over the visible annotated landmarks, divided by "
    "the face size (mean side of the annotated box), by the distance between the eye centers or "
    "between the outer eye corners, or by the square root of the area of the landmarks' tight box. "
    "'19 points' are the 21 without the ears, as is usual for AFLW and 68-point sets. Of each "
    "group of points, only those that the data set annotates are used.\n"
    "Parentheses show 95 % intervals, by bootstrap over people (over images if people are "
    "unknown). "
    "'Baseline' is a constant baseline, one prediction for all faces: the mean box of the set at a "
    "fixed place in the image, the mean shape in the annotated box, the mean visibility of each "
    "landmark, the mean pose and the more frequent gender, all taken from the evaluated faces."
)


def metric_rows(results: SetResults) -> list[tuple]:
    """One row for each result, with the columns `COLUMNS`."""
    return [
        (
            f"{result.task}: {result.name}, {result.unit}",
            result.group,
            *_estimates(result),
            "" if np.isnan(result.baseline) else two_decimals(result.baseline),
            result.count,
            result.missed,
            *paper_values(result, results.data),
        )
        for result in results.results
    ]


def region_rows(
    results: Sequence[MetricResult], before: Sequence[MetricResult], data: str
) -> list[tuple]:
    """One row for each result of a data set, or of "all", with the columns `REGION_COLUMNS`."""
    return [
        (
            result.task,
            f"{result.label} ({result.unit})",
            _value(earlier),
            _value(result),
            result.estimate.interval if result.estimate.defined else None,
            two_decimals(result.baseline) if result.estimate.defined else None,
            "higher" if result.higher_is_better else "lower",
            result.count,
        )
        for earlier, result in paired(before, results)
        if result.data == data
    ]


def paper_rows(results: Sequence[SetResults]) -> list[tuple]:
    """Every published row with our results on the same data, with the columns `PAPER_COLUMNS`."""
    rows = []
    for row in published_rows():
        ours = [
            result
            for each in results
            if each.data == row.data
            for result in each.results
            if same_metric(row, result)
        ][:1]  # the largest landmark set comes first
        here = [_estimates(result) for result in ours] or [("", "")]
        labels = row.data, f"{row.task}: {row.measure}, {row.unit}", row.group
        rows.append((*labels, str(row), *here[0], row.note))
    return rows


def print_table(columns: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Prints a table that fits the terminal, or Markdown if the output is not a terminal."""
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
    if cell is None or cell != cell:  # NaN
        return ""
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
