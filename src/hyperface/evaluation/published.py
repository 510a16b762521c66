"""The paper's own numbers, from one file (`published.json`), to stand beside ours."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hyperface.evaluation.metric_result import EVERY, MetricResult

FILE = Path(__file__).with_name("published.json")
FROM_MEMORY = "m"
OURS = "HyperFace"  # the network of the paper that this project is


@dataclass(frozen=True)
class PublishedRow:
    """One row of the paper's tables.

    Attributes:
        data: The name of the data set here; "" where it does not matter.
        task: Which task, or "speed".
        measure: The name of the metric here.
        group: The faces or points that it is over.
        unit: "%", "degrees" or "seconds".
        values: By network, the number and its mark (`marks`).
        note: What has to be known about it; "" where nothing has.
    """

    data: str
    task: str
    measure: str
    group: str
    unit: str
    values: dict[str, tuple[float, str]]
    note: str

    def __str__(self) -> str:
        """`HyperFace 97.9, R-CNN 90.3 (m)`: this project's network first."""
        names = sorted(self.values, key=lambda name: name != OURS)
        return ", ".join(f"{name} {marked(*self.values[name])}" for name in names)


def marked(value: float, mark: str) -> str:
    """A number with its mark, where it was not read in the paper itself."""
    return f"{value:g}" + (f" ({mark})" if mark == FROM_MEMORY else "")


@cache
def published_rows() -> tuple[PublishedRow, ...]:
    """Every row, in the order of the file."""
    return tuple(
        PublishedRow(
            data=row["data"],
            task=row["task"],
            measure=row["measure"],
            group=row.get("group", EVERY),
            unit=row["unit"],
            values={name: tuple(value) for name, value in row["values"].items()},
            note=row.get("note", ""),
        )
        for row in _content()["rows"]
    )


def source_and_marks() -> str:
    """Where the numbers are from, in two sentences."""
    content = _content()
    marks = "; ".join(f"({mark}) {meaning}" for mark, meaning in content["marks"].items())
    return f"Published numbers: {content['source']}. {marks}; where no mark stands, (p)."


def same_metric(row: PublishedRow, result: MetricResult) -> bool:
    """Whether a published row is the metric of a result, on whatever data.

    A row over all faces fits landmarks of any point set: the paper used what each set annotates.
    """
    if (row.task, row.measure) != (result.task, result.name):
        return False
    return row.group == result.group or (row.group == EVERY and result.group.endswith("points"))


def beside(result: MetricResult, data: str) -> tuple[str, str]:
    """The paper's networks on the same data, and its HyperFace on other data; "" for nothing."""
    rows = [row for row in published_rows() if same_metric(row, result)]
    same = "; ".join(str(row) for row in rows if row.data == data)
    other = ", ".join(
        f"{marked(*row.values[OURS])} on {row.data}" for row in rows if row.data != data
    )
    return same, other


def _content() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))
