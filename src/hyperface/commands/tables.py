"""Command: the paper's tables, of what was found in whole pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hyperface.evaluation.published import source_and_marks
from hyperface.evaluation.whole_pictures import SetResults
from hyperface.utils.files import write_aside
from hyperface.utils.json_text import json_text
from hyperface.visualization.figure_table import COLUMNS, RULES, figure_rows, markdown

FIGURES = "figures.json"


def print_tables(results: Sequence[SetResults]) -> None:
    """Prints a table for each data set, and the rules under them."""
    for each in results:
        if each.figures:
            print(f"\n{each.in_words()}\n")
            print(markdown(COLUMNS, figure_rows(each)))
        else:
            print(f"\n{each.in_words()}: nothing to be measured")
    print(f"\n{RULES}\n{source_and_marks()}")


def write_figures(results: Sequence[SetResults], about: Mapping[str, Any], folder: Path) -> None:
    """Writes every figure as JSON, with what it is of."""
    content = {
        "about": dict(about),
        "figures": {each.data: [figure.as_dict() for figure in each.figures] for each in results},
    }
    with write_aside(folder / FIGURES) as aside:
        aside.write_text(json_text(content, indent=1) + "\n", encoding="utf-8")
