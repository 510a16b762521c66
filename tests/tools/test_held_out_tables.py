import json
from itertools import takewhile
from pathlib import Path

import pytest

from hyperface.errors import UserError
from hyperface.evaluation.metric_result import EVERY, Estimate, MetricResult
from tools import PROJECT
from tools.held_out_tables import TITLES, write_tables


def result(data, task, name, estimate, group=EVERY, count=4, missed=1, higher=True):
    unit = "%" if higher or task == "landmarks" else "degrees"
    value = Estimate(*estimate)
    misses = value if higher else Estimate()
    return MetricResult(task, name, unit, higher, value, 0.0, count, misses, missed, group, data)


RESULTS = {
    "helen": [
        result("helen", "detection", "average precision", (99.74, 98.6, 100.0)),
        result("helen", "detection", "faces found", (75.0, 50.0, 100.0)),
        result("helen", "landmarks", "error / face size", (3.04, 2.94, 3.16), "19 points",
               higher=False),
    ],
    "cfp": [
        result("cfp", "detection", "average precision", (100.0, 100.0, 100.0)),
        result("cfp", "detection", "faces found", (98.0, 97.0, 99.0), count=300, missed=6),
        result("cfp", "detection", "faces found", (90.0, 80.0, 95.0), "yaw 60 to 90 degrees",
               count=20, missed=2),
        result("cfp", "pose", "yaw error", (7.72, 6.5, 9.14), "yaw 60 to 90 degrees",
               higher=False),
    ],
    "fairface": [
        result("fairface", "gender", "accuracy", (83.6, 79.2, 88.1), "female", 200),
        result("fairface", "gender", "accuracy", (74.2, 58.0, 87.0), "female, Black", 31),
        result("fairface", "gender", "accuracy", (84.4, 72.0, 97.0), "male, Black", 32),
    ],
    "utkface": [],
    "all data sets": [],
}  # fmt: skip
HEADERS = {
    "docs/weights-history.md": (
        *("| measure | Helen |", "| faces | number | found, % |", "| faces | number | found, % |"),
        *("| group | women | men |", "| group | women | men |"),
    ),
    "weights/README.md": ("| data | faces, missed |",),
    "README.md": ("| test data (faces) |",),
}


@pytest.fixture
def project(tmp_path):
    for name, headers in HEADERS.items():
        tables = [f"{header}\n|---|\n| old |\n| last |\n" for header in headers]
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# Title\n\n" + "\n".join(tables) + "\nThe end.\n")
    figures = {data: [each.as_dict() for each in rows] for data, rows in RESULTS.items()}
    (tmp_path / "figures.json").write_text(json.dumps({"about": {}, "figures": figures}))
    return tmp_path


def lines_of(path: Path):
    return path.read_text().splitlines()


def test_the_rows_of_all_tables_are_replaced(project):
    write_tables(project, project)
    history = lines_of(project / "docs" / "weights-history.md")
    assert history[0] == "# Title" and history[-1] == "The end."
    assert "| old |" not in history and "| last |" not in history
    assert history[4].startswith("| faces, missed | 4, 1 | 0, 0 |")
    assert history[5].startswith("| detection, average precision, % | 99.7 (99 to 100) | |")
    assert history[5].count("|") == len(TITLES) + 2
    assert "| yaw 60 to 90 degrees | 20 | 90.0 (80 to 95) | | 7.7 (6.5 to 9.1) | |" in history
    assert "| all | 83.6 (79 to 88), n = 200 | |" in history
    assert "| Black | 74.2 (58 to 87), n = 31 | 84.4 (72 to 97), n = 32 |" in history
    card = lines_of(project / "weights" / "README.md")
    assert card[4] == "| Helen | 4, 1 | 99.7 (99 to 100) | 3.0 (2.9 to 3.2) | | |"
    assert "| of these, yaw 60 to 90 degrees | 20, 2 | | | 7.7 (6.5 to 9.1) | |" in card
    readme = lines_of(project / "README.md")
    assert readme[4] == "| Helen (4) | 99.7 | 3.0 | | |"
    assert "| last |" in readme  # the paper's row


def test_a_table_that_is_missing_is_named(project):
    (project / "README.md").write_text("# Title\n")
    with pytest.raises(UserError, match=r"README\.md has no table number 1 that begins with"):
        write_tables(project, project)
    with pytest.raises(UserError, match=r"has no figures\.json: give an output folder"):
        write_tables(project / "docs", project)


def rows_below(document: Path, header: str):
    """The cells of the rows of a table, those of the header first."""
    lines = lines_of(document)
    start = next(number for number, line in enumerate(lines) if line.startswith(header))
    table = takewhile(lambda line: line.startswith("|"), lines[start:])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_documents_agree_with_each_other():
    names, _, *rows = rows_below(PROJECT / "docs" / "weights-history.md", "| measure | Helen |")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    compared = 0
    for document in ("README.md", "weights/README.md"):
        (header,) = HEADERS[document]
        for title, *values in rows_below(PROJECT / document, header):
            if column := columns.get(title.split(" (")[0]):
                for number in filter(None, "; ".join(values).split("; ")):
                    assert any(cell.startswith(number) for cell in column), (title, number)
                    compared += 1
    assert compared > 40
