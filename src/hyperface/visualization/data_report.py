"""What a check of data sets found, for a terminal and as a page."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hyperface.annotations.leaks import Leak
from hyperface.annotations.pose_agreement import Agreement
from hyperface.annotations.record import SkipReport
from hyperface.annotations.summary import Summary
from hyperface.tasks import TASKS
from hyperface.visualization.page import Page

BAR = 40  # letters of the longest bar of a histogram
NAMES_ON_PAGE = 200  # of one reason


@dataclass
class Findings:
    """What was found.

    Attributes:
        data: What was checked, as given.
        summaries: By data set.
        rejects: What cannot be used.
        agreements: Annotated angles beside those that the landmarks show.
        leaks: What parts of the data share.
        near_identical: Images that look like an earlier one; None if they were not looked at.
        sheet: (height, width, 3) RGB uint8, some images with all their labels; None without.
    """

    data: str
    summaries: Mapping[str, Summary]
    rejects: SkipReport
    agreements: list[Agreement] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    near_identical: int | None = None
    sheet: np.ndarray | None = None


def as_text(findings: Findings, most_names: int | None = SkipReport.EXAMPLES) -> str:
    """The findings as lines for a terminal; of each reason for a reject so many names, or all."""
    return "\n".join(_lines(findings, most_names))


def _lines(findings: Findings, most_names: int | None) -> Iterator[str]:
    yield from _columns([_SET_COLUMNS, *_set_rows(findings.summaries)])
    yield ""
    yield "faces labeled for each task"
    yield from _columns([("data set", *TASKS), *_task_rows(findings.summaries)])
    for title, counts in _histograms(findings.summaries).items():
        yield ""
        yield title
        yield from _bars(counts)
    if findings.agreements:
        yield ""
        yield "annotated angles beside those that the landmarks show"
        yield from _columns([_POSE_COLUMNS, *_pose_rows(findings.agreements)])
    yield ""
    yield "shared between parts of the data"
    yield from (
        _columns([_LEAK_COLUMNS, *_leak_rows(findings.leaks)]) if findings.leaks else ["none"]
    )
    yield _near_identical(findings)
    yield from findings.rejects.notes
    yield ""
    yield f"cannot be used: {findings.rejects.counts.total():,}"
    yield from (f"  {line}" for line in findings.rejects.lines(most_names))


def write_page(findings: Findings, path: Path) -> None:
    """Writes the findings as one HTML file."""
    page = Page(f"Data: {findings.data}")
    page.heading("Data sets")
    page.table(_SET_COLUMNS, _set_rows(findings.summaries))
    page.heading("Faces labeled for each task")
    page.table(("data set", *TASKS), _task_rows(findings.summaries))
    for title, counts in _histograms(findings.summaries).items():
        page.heading(title.capitalize())
        page.table(("bin", "faces"), list(counts.items()))
    if findings.agreements:
        page.heading("Annotated angles beside those that the landmarks show")
        page.table(_POSE_COLUMNS, _pose_rows(findings.agreements))
    page.heading("Shared between parts of the data")
    if findings.leaks:
        page.table(_LEAK_COLUMNS, _leak_rows(findings.leaks))
    page.text("\n".join([_near_identical(findings), *findings.rejects.notes]))
    page.heading("What cannot be used")
    page.text("\n".join(findings.rejects.lines(NAMES_ON_PAGE)) or "Nothing: all can be used.")
    if findings.sheet is not None:
        page.heading("Images with their labels")
        page.image(findings.sheet, "Filled dots are visible landmarks, rings occluded ones.")
    page.write(path)


_SET_COLUMNS = ("data set", "images", "without faces", "every face annotated", "faces", "ignored",
                "people", "prescribed split")  # fmt: skip
_POSE_COLUMNS = ("data set", "angle", "faces", "median difference, degrees", "correlation", "")
_LEAK_COLUMNS = ("what", "between", "and", "how many", "for instance")


def _set_rows(summaries: Mapping[str, Summary]) -> list[tuple]:
    return [
        (
            *(source, s.images, s.without_faces, s.complete, s.faces, s.ignored, s.people),
            ", ".join(f"{split} {count:,}" for split, count in sorted(s.splits.items())) or None,
        )
        for source, s in summaries.items()
    ]


def _task_rows(summaries: Mapping[str, Summary]) -> list[tuple]:
    return [(source, *(s.labeled[task] for task in TASKS)) for source, s in summaries.items()]


def _pose_rows(agreements: list[Agreement]) -> list[tuple]:
    return [
        (row.source, row.angle, row.faces, round(float(np.degrees(row.difference)), 1),
         round(row.correlation, 2), row.fault)
        for row in agreements
    ]  # fmt: skip


def _leak_rows(leaks: list[Leak]) -> list[tuple]:
    return [(leak.kind, *leak.parts, leak.count, ", ".join(leak.examples)) for leak in leaks]


def _near_identical(findings: Findings) -> str:
    if findings.near_identical is None:
        return "near-identical images: not looked for (--duplicates)"
    return f"images that look like an earlier one: {findings.near_identical:,}"


def _histograms(summaries: Mapping[str, Summary]) -> dict[str, Counter[str]]:
    """Of all data sets together, by title."""
    every = {"side of the box, pixels": "box_sides", "yaw, degrees": "yaws", "gender": "genders"}
    histograms = {}
    for title, name in every.items():
        counts: Counter[str] = Counter()
        for summary in summaries.values():
            counts.update(getattr(summary, name))
        histograms[title] = counts
    return histograms


def _bars(counts: Mapping[str, int]) -> Iterator[str]:
    longest = max(counts.values(), default=0) or 1
    room = max(map(len, counts), default=0)
    for name, count in counts.items():
        yield f"  {name:>{room}}  {'#' * -(-count * BAR // longest)} {count:,}"


def _columns(rows: list[tuple]) -> Iterator[str]:
    """Rows in columns as wide as they need; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row, values in zip(cells, rows, strict=True):
        yield "  ".join(
            f"{cell:>{width}}" if isinstance(value, int | float) else f"{cell:<{width}}"
            for cell, width, value in zip(row, widths, values, strict=True)
        ).rstrip()


def _cell(value: object) -> str:
    if value is None or value != value:  # NaN
        return ""
    return f"{value:,}" if isinstance(value, int | float) else str(value)
