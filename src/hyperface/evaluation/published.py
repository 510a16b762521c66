"""The paper's numbers from `published.json`, for comparison with ours."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hyperface.evaluation.metric_result import EVERY, MetricResult

FILE = Path(__file__).with_name("published.json")
FROM_MEMORY = "m"
OURS = "HyperFace"  # the network of the paper that corresponds to this project's


@dataclass(frozen=True)
class PublishedRow:
    """One row of the paper's tables."""

    data: str  # the project's name of the data set; "" for any
    task: str  # the name of the task, or "speed"
    measure: str  # the project's name of the metric
    unit: str  # "%", "degrees" or "seconds"
    values: dict[str, list]  # for each network, the number and its mark
    group: str = EVERY  # the faces or landmarks that were evaluated
    note: str = ""  # a remark

    def __str__(self) -> str:
        """`HyperFace 97.9, R-CNN 90.3 (m)`: this project's network first."""
        names = sorted(self.values, key=lambda name: name != OURS)
        return ", ".join(f"{name} {marked(*self.values[name])}" for name in names)


def marked(value: float, mark: str) -> str:
    """A number, with its mark unless it was read in the paper itself."""
    return f"{value:g}" + (f" ({mark})" if mark == FROM_MEMORY else "")


@cache
def published_rows() -> tuple[PublishedRow, ...]:
    """All rows in the order of the file."""
    return tuple(PublishedRow(**row) for row in _content()["rows"])


def source_and_marks() -> str:
    """The source of the numbers and the meaning of the marks."""
    content = _content()
    marks = "; ".join(f"({mark}) {meaning}" for mark, meaning in content["marks"].items())
    return f"Published numbers: {content['source']}. {marks}. Numbers without a mark are (p)."


def same_metric(row: PublishedRow, result: MetricResult) -> bool:
    """Whether a published row and a result have the same metric, on any data.

    A row over all faces matches every landmark set: the paper used the annotated landmarks.
    """
    if (row.task, row.measure) != (result.task, result.name):
        return False
    return row.group == result.group or (row.group == EVERY and result.group.endswith("points"))


def paper_values(result: MetricResult, data: str) -> tuple[str, str]:
    """The paper's results on the same data, and of its HyperFace on other data; "" for none."""
    rows = [row for row in published_rows() if same_metric(row, result)]
    same = "; ".join(str(row) for row in rows if row.data == data)
    other = ", ".join(
        f"{marked(*row.values[OURS])} on {row.data}" for row in rows if row.data != data
    )
    return same, other


def _content() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))
