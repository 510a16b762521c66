"""The report of an ablation: a table and the precision-recall curves of all variants."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hyperface.evaluation.whole_images import SetResults
from hyperface.visualization.evaluation_curves import draw_precisions
from hyperface.visualization.evaluation_report import file_name
from hyperface.visualization.metric_tables import RULES
from hyperface.visualization.page import Page


def write_ablation_report(
    table: tuple[Sequence[str], Sequence[Sequence]],
    modes: Mapping[str, Sequence[SetResults]],
    about: Mapping[str, Any],
    skipped: Sequence[str],
    folder: Path,
) -> Path:
    """Writes report.html and the curves that it shows; returns its path."""
    page = Page("Ablation of HyperFace")
    for line in skipped:
        page.warning(line)
    page.table(*table, note=RULES)
    for each in zip(*modes.values(), strict=True):
        curves = {
            mode: results.curve
            for mode, results in zip(modes, each, strict=True)
            if results.curve is not None
        }
        if curves:
            page.heading(str(each[0]))
            path = folder / file_name(each[0], "precisions.png")
            draw_precisions(curves, path)
            page.image(
                path, "Detection: precision over recall (envelopes), one curve for each variant."
            )
    page.heading("Weights, settings and data")
    page.facts(about)
    path = folder / "report.html"
    page.write(path)
    return path
