"""The report of an evaluation: tables, curves, best and worst faces; of an ablation; JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.evaluation.detections import evaluation_box_xyxy
from hyperface.evaluation.published import source_and_marks
from hyperface.evaluation.whole_images import SetResults
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.images.writing import save_image
from hyperface.utils.json_text import write_json
from hyperface.visualization.drawn_face import drawn_face
from hyperface.visualization.evaluation_curves import (
    draw_cumulative_errors,
    draw_precision_recall,
    draw_precisions,
    draw_roc,
)
from hyperface.visualization.metric_tables import (
    COLUMNS,
    PAPER_COLUMNS,
    RULES,
    metric_rows,
    paper_rows,
    print_table,
)
from hyperface.visualization.page import Page
from hyperface.visualization.sheet import Row, image_sheet

SHOWN = 6  # faces of each kind
RESULTS = "figures.json"


def print_results(results: Sequence[SetResults]) -> None:
    """Prints a table for each data set, followed by the matching rules."""
    for each in results:
        if each.results:
            print(f"\n{each}\n")
            print_table(COLUMNS, metric_rows(each))
        else:
            print(f"\n{each}: no labels to evaluate")
    print(f"\n{RULES}\n{source_and_marks()}")


def write_results(results: Sequence[SetResults], about: Mapping[str, Any], folder: Path) -> None:
    """Writes all results as JSON."""
    content = {
        "about": dict(about),
        "figures": {each.data: [result.as_dict() for result in each.results] for each in results},
    }
    write_json(folder / RESULTS, content, indent=1)


def write_evaluation_report(
    results: Sequence[SetResults], about: Mapping[str, Any], skipped: Sequence[str], folder: Path
) -> Path:
    """Writes report.html and the images that it shows into the folder; returns its path."""
    page = _page("Evaluation of HyperFace on whole images", skipped)
    page.heading("Comparison with the paper")
    page.table(PAPER_COLUMNS, paper_rows(results), note=source_and_marks())
    for number, each in enumerate(results):
        page.heading(str(each))
        if not each.results:
            page.text("This data set has no labels to evaluate.")
            continue
        page.table(COLUMNS, metric_rows(each), note=None if number else RULES)
        _add_curves(page, each, folder)
        _add_faces(page, each, folder)
    return _written(page, about, folder)


def write_ablation_report(
    table: tuple[Sequence[str], Sequence[Sequence]],
    modes: Mapping[str, Sequence[SetResults]],
    about: Mapping[str, Any],
    skipped: Sequence[str],
    folder: Path,
) -> Path:
    """Writes report.html and the curves that it shows; returns its path."""
    page = _page("Ablation of HyperFace", skipped)
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
    return _written(page, about, folder)


def _page(title: str, skipped: Sequence[str]) -> Page:
    """A page that begins with what was skipped."""
    page = Page(title)
    for line in skipped:
        page.warning(line)
    return page


def _written(page: Page, about: Mapping[str, Any], folder: Path) -> Path:
    """Writes a page that ends with the weights, settings and data; returns its path."""
    page.heading("Weights, settings and data")
    page.facts(about)
    path = folder / "report.html"
    page.write(path)
    return path


def _add_curves(page: Page, results: SetResults, folder: Path) -> None:
    def path(name: str) -> Path:
        return folder / file_name(results, f"{name}.png")

    if results.curve is not None:
        draw_precision_recall(results.curve, path("precision_recall"))
        page.image(path("precision_recall"), "Detection: precision over recall.")
    if results.roc is not None:
        draw_roc(results.roc, path("roc"))
        page.image(
            path("roc"), "FDDB's discrete and continuous scores over the number of false positives."
        )
    if results.landmark_errors is not None:
        draw_cumulative_errors(*results.landmark_errors, path("errors"))
        page.image(path("errors"), "Landmarks: cumulative distribution of the errors.")


def _add_faces(page: Page, results: SetResults, folder: Path) -> None:
    """The faces with the smallest and the largest errors, and some missed ones."""
    error, measure = _errors(results)
    measured = np.flatnonzero(np.isfinite(error))
    order = measured[np.argsort(error[measured], kind="stable")]
    best, rest = order[:SHOWN], order[SHOWN:]
    kinds = {
        "best": (best, f"Found faces with the smallest {measure}"),
        "worst": (rest[::-1][:SHOWN], f"Found faces with the largest {measure}"),
        "missed": (np.flatnonzero(~results.samples.is_found)[:SHOWN], "Missed faces"),
    }
    for kind, (rows, caption) in kinds.items():
        if len(rows):
            path = folder / file_name(results, f"{kind}.jpg")
            sheet = image_sheet([_sheet_row(results, row, error[row]) for row in rows])
            save_image(path, sheet)
            page.image(path, f"{caption}: annotation left, detection right.")


def file_name(results: SetResults, what: str) -> str:
    """The name of an image file of a data set's results."""
    return f"{results.data}_{what}".replace(" ", "_")


def _errors(results: SetResults) -> tuple[np.ndarray, str]:
    """(n,) errors that order the faces, NaN for missed ones, and their name."""
    if results.landmark_errors is not None and np.isfinite(results.landmark_errors.predicted).any():
        return results.landmark_errors.predicted, "landmark error / face size"
    pairs = zip(results.samples.predicted.boxes_xyxy, results.samples.truth.boxes_xyxy, strict=True)
    overlaps = [iou_matrix_xyxy(found, truth)[0, 0] for found, truth in pairs]
    return np.where(results.samples.is_found, 1 - np.array(overlaps), np.nan), "1 - IoU"


def _sheet_row(results: SetResults, row: int, error: float) -> Row:
    index = results.samples.images[row]
    image, matched = results.images[index], results.samples.detections.matched[index]
    number = row - int(np.searchsorted(results.samples.images, index))
    face, match = image.faces[number], matched.matches[number]
    found = None if match < 0 else drawn_face(results.detections[index][match])
    outcome = "missed" if match < 0 else f"{100 * error:.1f} %"
    truth = replace(drawn_face(face), box_xyxy=evaluation_box_xyxy(face))
    return read_pixels(image), truth, found, f"{outcome}  {image.name}"
