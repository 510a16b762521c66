"""The report of a check of data sets, for a terminal and as a page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hyperface.annotations.leaks import Leak
from hyperface.annotations.pose_agreement import Agreement
from hyperface.annotations.record import SkipReport
from hyperface.annotations.summary import Summary
from hyperface.tasks import TASKS
from hyperface.visualization.metric_tables import print_table
from hyperface.visualization.page import Page

BAR = 40  # letters of the longest bar of a histogram
NAMES_ON_PAGE = 200  # of one reason


@dataclass
class Findings:
    """The findings of a check."""

    data: str  # what was checked, as given
    summaries: Mapping[str, Summary]  # by data set
    skipped: SkipReport  # what cannot be used
    # Annotated angles compared with those that follow from the landmarks.
    agreements: list[Agreement] = field(default_factory=list)
    # Images and people that several parts of the data have.
    leaks: list[Leak] = field(default_factory=list)
    # Images that look like an earlier one; None if none was searched for.
    near_identical: int | None = None
    # (height, width, 3) RGB uint8, some images with all their labels; None without.
    sheet: np.ndarray | None = None


def print_findings(findings: Findings, max_names: int | None = SkipReport.EXAMPLES) -> None:
    """Prints the findings, with up to `max_names` names for each reason (None for all)."""
    for title, columns, rows in _tables(findings):
        print(title)
        if rows:
            print_table(columns, rows)
        print("" if rows else "none\n")
    print("\n".join(_remarks(findings)))
    print(f"\ncannot be used: {findings.skipped.counts.total():,}")
    for line in findings.skipped.lines(max_names):
        print(f"  {line}")


def write_page(findings: Findings, path: Path) -> None:
    """Writes the findings as one HTML file."""
    page = Page(f"Data: {findings.data}")
    for title, columns, rows in _tables(findings):
        page.heading(title[0].upper() + title[1:])
        if rows:
            page.table(columns, rows)
        else:
            page.text("none")
    page.text("\n".join(_remarks(findings)))
    page.heading("What cannot be used")
    page.text(
        "\n".join(findings.skipped.lines(NAMES_ON_PAGE))
        or "Nothing. All images and labels can be used."
    )
    if findings.sheet is not None:
        page.heading("Images with their labels")
        page.image(findings.sheet, "Filled dots are visible landmarks, rings occluded ones.")
    page.write(path)


def _tables(findings: Findings) -> Iterator[tuple[str, Sequence[str], list[tuple]]]:
    """The title, columns and rows of each table."""
    summaries = findings.summaries
    yield "data sets", _SET_COLUMNS, _set_rows(summaries)
    labeled = [(source, *(s.labeled[task] for task in TASKS)) for source, s in summaries.items()]
    yield "faces labeled for each task", ("data set", *TASKS), labeled
    for title, counter in _HISTOGRAMS.items():
        yield title, ("", "", "faces"), _bars([getattr(s, counter) for s in summaries.values()])
    if findings.agreements:
        title = "annotated angles compared with those from the landmarks"
        yield title, _POSE_COLUMNS, _pose_rows(findings.agreements)
    leaks = [
        (leak.kind, *leak.parts, leak.count, ", ".join(leak.examples)) for leak in findings.leaks
    ]
    yield "shared between parts of the data", _LEAK_COLUMNS, leaks


_SET_COLUMNS = ("data set", "images", "without faces", "every face annotated", "faces", "ignored",
                "people", "prescribed split")  # fmt: skip
_POSE_COLUMNS = ("data set", "angle", "faces", "median difference, degrees", "correlation", "")
_LEAK_COLUMNS = ("what", "between", "and", "how many", "for instance")
_HISTOGRAMS = {"side of the box, pixels": "box_sides", "yaw, degrees": "yaws", "gender": "genders"}


def _set_rows(summaries: Mapping[str, Summary]) -> list[tuple]:
    return [
        (
            *(source, s.images, s.without_faces, s.complete, s.faces, s.ignored, s.people),
            ", ".join(f"{split} {count:,}" for split, count in sorted(s.splits.items())) or None,
        )
        for source, s in summaries.items()
    ]


def _pose_rows(agreements: list[Agreement]) -> list[tuple]:
    return [
        (row.source, row.angle, row.faces, round(float(np.degrees(row.difference)), 1),
         round(row.correlation, 2), row.fault)
        for row in agreements
    ]  # fmt: skip


def _remarks(findings: Findings) -> list[str]:
    near_identical = "near-identical images: not searched for (--duplicates)"
    if findings.near_identical is not None:
        near_identical = f"images that look like an earlier one: {findings.near_identical:,}"
    return [near_identical, *findings.skipped.notes]


def _bars(counters: Iterable[Counter[str]]) -> list[tuple]:
    """A row for each bin of a histogram over all data sets: name, bar, count."""
    counts: Counter[str] = Counter()
    for counter in counters:
        counts.update(counter)
    longest = max(counts.values(), default=0) or 1
    return [(name, "#" * -(-count * BAR // longest), count) for name, count in counts.items()]
