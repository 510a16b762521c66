"""Writes the results of an evaluation on the held-out images into the documents.

    python src/evaluate.py --data ... --out held_out    # as docs/weights-history.md says
    python src/tools/held_out_tables.py held_out

Replaces, in README.md, weights/README.md and docs/weights-history.md, the rows of the tables that
have the results of the included weights. A table is recognized by its header.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hyperface.errors import UserError
from hyperface.evaluation.metric_result import EVERY, MetricResult
from hyperface.utils.command import exit_status
from hyperface.utils.files import atomic_write
from tools import PROJECT

# The names of the data sets in the tables, in their order; the others are not shown.
TITLES = {
    "helen": "Helen",
    "lfpw": "LFPW",
    "mtfl": "MTFL",
    "youtube_faces": "YouTube Faces",
    "cfp": "CFP",
    "wider_face": "WIDER FACE",
    "fairface": "FairFace",
    "utkface": "UTKFace",
    "pointing04": "Pointing'04",
    "face_masks": "face masks",
    "people": "people",
    "sample": "rendered sample",
}
ALL = "all data sets"
PROFILES = "yaw 60 to 90 degrees"
BOXES = ("detection", "average precision")
LANDMARKS = ("landmarks", "error / face size")
YAW = ("pose", "yaw error")
YAW_WITHIN = ("pose", "yaw within 15 degrees")
GENDER = ("gender", "balanced accuracy")
WHOLE = (EVERY, "21 points", "19 points", "11 points", "5 points")  # the first that is there
GROUPS = (
    *("faces under 64 pixels", "faces of 64 to 128 pixels", "faces from 128 pixels"),
    *("yaw 0 to 30 degrees", "yaw 30 to 60 degrees", PROFILES),
)
# The rows of the table of all results: label, metric, groups.
MEASURES = (
    ("detection, average precision, %", BOXES, WHOLE),
    ("the same, faces from 20 pixels", BOXES, ("faces from 20 pixels",)),
    ("the same, faces from 40 pixels", BOXES, ("faces from 40 pixels",)),
    ("landmarks, error / face size, %", LANDMARKS, WHOLE),
    (
        "19 landmarks, error / outer eye corners, %",
        ("landmarks", "error / distance of the outer eye corners"),
        ("19 points",),
    ),
    (
        "five landmarks, error / eye distance, %",
        ("landmarks", "error / inter-ocular distance"),
        ("5 points",),
    ),
    (
        "faces with an error under 5 % of the face size, %",
        ("landmarks", "faces with an error under 5 % of the face size"),
        WHOLE,
    ),
    (
        "occluded points, average precision, %",
        ("visibility", "average precision of occluded points"),
        WHOLE,
    ),
    ("occluded points recognized, %", ("visibility", "recall of occluded points"), WHOLE),
    ("visible points recognized, %", ("visibility", "recall of visible points"), WHOLE),
    ("roll error, degrees", ("pose", "roll error"), WHOLE),
    ("pitch error, degrees", ("pose", "pitch error"), WHOLE),
    ("yaw error, degrees", YAW, WHOLE),
    ("yaw within 15 degrees, %", YAW_WITHIN, WHOLE),
    ("side of the yaw, from 30 degrees, %", ("pose", "side of the yaw"), ("yaw from 30 degrees",)),
    ("gender, balanced, %", GENDER, WHOLE),
)
# Without boxes of their own, these sets cannot judge the detection.
BOXLESS = ("utkface",)

Metric: TypeAlias = tuple[str, str]  # task and name


@dataclass(frozen=True)
class Results:
    """The results of an evaluation, by data set."""

    by_set: dict[str, list[MetricResult]]

    def find(self, data: str, metric: Metric, groups: Iterable[str]) -> MetricResult | None:
        """The result of a metric for the first of the groups that has one."""
        for group in groups:
            for result in self.by_set.get(data, ()):
                if (result.task, result.name, result.group) == (*metric, group):
                    return result if result.estimate.defined else None
        return None

    def cell(self, data: str, metric: Metric, groups: Iterable[str] = WHOLE) -> str:
        """`3.0 (2.9 to 3.2)` or, of a share, `99.7 (99 to 100)`; "" without the result."""
        if (result := self.find(data, metric, groups)) is None:
            return ""
        decimals = 0 if result.higher_is_better else 1
        low, high = result.estimate.low, result.estimate.high
        return f"{result.value:.1f} ({low:.{decimals}f} to {high:.{decimals}f})"

    def faces(self, data: str, group: str = EVERY) -> tuple[int, int]:
        """The number of faces, and of those that were missed."""
        found = self.find(data, ("detection", "faces found"), (group,))
        return (found.count, found.missed) if found else (0, 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the tables; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("evaluation", type=Path, help="output folder of src/evaluate.py")
    options = parser.parse_args(arguments)
    return exit_status(lambda: write_tables(options.evaluation, PROJECT), "run it again")


def write_tables(evaluation: Path, project: Path) -> None:
    """Replaces the rows of all tables.

    Raises:
        UserError: There is no evaluation, or a document does not have a table.
    """
    path = evaluation / "figures.json"
    if not path.is_file():
        raise UserError(f"{evaluation} has no figures.json: give an output folder of evaluate.py.")
    figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
    results = Results(
        {data: [MetricResult.from_dict(each) for each in rows] for data, rows in figures.items()}
    )
    history, card = project / "docs" / "weights-history.md", project / "weights" / "README.md"
    replace_rows(history, "| measure | Helen |", all_rows(results))
    replace_rows(history, "| faces | number | found, % |", group_rows(results, ALL))
    replace_rows(history, "| faces | number | found, % |", group_rows(results, "cfp"), number=2)
    for number, data in enumerate(("fairface", "utkface"), 1):
        replace_rows(history, "| group | women | men |", gender_rows(results, data), number)
    replace_rows(card, "| data | faces, missed |", card_rows(results))
    replace_rows(project / "README.md", "| test data (faces) |", readme_rows(results), kept=1)


def all_rows(results: Results) -> list[str]:
    """A row for each measure, with a column for each data set."""
    counts = [", ".join(f"{n}" for n in results.faces(data)) for data in TITLES]
    return [
        _row("faces, missed", *counts),
        *(
            _row(label, *(results.cell(data, metric, groups) for data in TITLES))
            for label, metric, groups in MEASURES
        ),
    ]


def group_rows(results: Results, data: str) -> list[str]:
    """A row for each size of faces and each band of the yaw."""
    metrics = (("detection", "faces found"), LANDMARKS, YAW, YAW_WITHIN)
    return [
        _row(
            group,
            f"{results.faces(data, group)[0]:,}",
            *(results.cell(data, metric, (group,)) for metric in metrics),
        )
        for group in GROUPS
    ]


def gender_rows(results: Results, data: str) -> list[str]:
    """A row for each group of people, with the accuracy of women and of men."""
    accuracy = ("gender", "accuracy")
    groups = sorted(
        result.group.removeprefix("female, ")
        for result in results.by_set[data]
        if (result.task, result.name) == accuracy and result.group.startswith("female, ")
    )
    rows = []
    for group in ("", *groups):
        cells = []
        for gender in ("female", "male"):
            name = f"{gender}, {group}" if group else gender
            result = results.find(data, accuracy, (name,))
            count = f", n = {result.count}" if result else ""
            cells.append(results.cell(data, accuracy, (name,)) + count)
        rows.append(_row(group or "all", *cells))
    return rows


def card_rows(results: Results) -> list[str]:
    """The rows of the model card."""

    def row(title: str, data: str, group: str | None = None) -> str:
        groups = WHOLE if group is None else (group,)
        count, missed = results.faces(data, group or EVERY)
        boxes = "" if data in BOXLESS or group else results.cell(data, BOXES)
        numbers = (results.cell(data, metric, groups) for metric in (LANDMARKS, YAW, GENDER))
        return _row(title, f"{count}, {missed}", boxes, *numbers)

    rows = []
    for data, title in TITLES.items():
        title = {"sample": "rendered sample, hard on purpose", "people": "`data/people`"}.get(
            data, title
        )
        rows.append(row(title, data))
        if data == "cfp":
            rows.append(row("of these, yaw 60 to 90 degrees", data, PROFILES))
        if data == "wider_face":
            rows += [
                _row(f"of these, from {size} pixels", "",
                     results.cell(data, BOXES, (f"faces from {size} pixels",)), "", "", "")
                for size in (20, 40)
            ]  # fmt: skip
    return rows


def readme_rows(results: Results) -> list[str]:
    """The rows of the README's table, without intervals."""

    def value(data: str, metric: Metric, groups: Iterable[str] = WHOLE) -> str:
        return results.cell(data, metric, groups).split(" ")[0]

    remarks = {
        "cfp": ", half of them profiles",
        "fairface": ", balanced by race",
        "wider_face": ", crowds; from 40 pixels",
        "sample": ", hard on purpose",
    }
    rows = []
    for data in TITLES:
        if data in ("pointing04", "face_masks", "people"):
            continue
        boxes = "" if data in BOXLESS else value(data, BOXES)
        if data == "wider_face":
            boxes += f"; {value(data, BOXES, ('faces from 40 pixels',))}"
        title = {"sample": "the rendered sample"}.get(data, TITLES[data])
        title += f" ({results.faces(data)[0]}){remarks.get(data, '')}"
        numbers = (value(data, metric) for metric in (LANDMARKS, YAW, GENDER))
        rows.append(_row(title, boxes, *numbers))
    return rows


def replace_rows(
    document: Path, header: str, rows: Sequence[str], number: int = 1, kept: int = 0
) -> None:
    """Replaces the rows below the header of a table.

    Args:
        document: The Markdown file.
        header: How the line of the header begins.
        rows: The new rows.
        number: Which of the tables with such a header, from 1.
        kept: Number of rows at the end of the table that stay.

    Raises:
        UserError: There is no such table.
    """
    lines = document.read_text(encoding="utf-8").split("\n")
    starts = [index for index, line in enumerate(lines) if line.startswith(header)]
    if len(starts) < number:
        raise UserError(f"{document} has no table number {number} that begins with {header!r}.")
    first = last = starts[number - 1] + 2
    while last < len(lines) and lines[last].startswith("|"):
        last += 1
    lines[first : last - kept] = rows
    with atomic_write(document) as aside:
        aside.write_text("\n".join(lines), encoding="utf-8")


def _row(*cells: str) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


if __name__ == "__main__":
    sys.exit(main())
