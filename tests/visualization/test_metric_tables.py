from dataclasses import replace

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.evaluation.metric_result import Estimate, MetricResult
from hyperface.evaluation.whole_images import evaluate_set
from hyperface.visualization.metric_tables import (
    COLUMNS,
    PAPER_COLUMNS,
    REGION_COLUMNS,
    markdown,
    metric_rows,
    paper_rows,
    print_table,
    region_rows,
)


def results(*figures, data="afw"):
    image = AnnotatedImage(None, "a", data, 200, 100, (Face(np.float32([1, 2, 30, 40])),), True)
    evaluated = evaluate_set(data, [image], [[]])
    object.__setattr__(evaluated, "results", figures)
    return evaluated


SHARE = MetricResult(
    *("pose", "yaw, in steps of 15 degrees, within 15 degrees", "%", True),
    without_misses=Estimate(97, 95.5, 99),
    with_misses=Estimate(90.25, 88, 92),
    baseline=33.333,
    count=1468,
    missed=7,
)
ERROR = MetricResult(
    *("pose", "roll error", "degrees", False),
    without_misses=Estimate(4, 3, 5),
    with_misses=Estimate(),
    baseline=float("nan"),
    count=1468,
    missed=7,
)


def test_rows_have_all_values_and_undefined_ones_are_blank():
    share, error = metric_rows(results(SHARE, ERROR))
    assert dict(zip(COLUMNS, share, strict=True)) == {
        "metric": "pose: yaw, in steps of 15 degrees, within 15 degrees, %",
        "group": "all",
        "found faces": "97.00 (95.50 to 99.00)",
        "misses as failures": "90.25 (88.00 to 92.00)",
        "baseline": "33.33",
        "faces": 1468,
        "missed": 7,
        "paper": "HyperFace 97.7 (m), HyperFace-ResNet 98.5 (m)",
        "HyperFace in the paper, other data": "",
    }
    assert error[3:5] == ("", "")
    assert error[-2:] == ("", "3.92 (m) on aflw")


def test_markdown_has_as_many_cells_in_every_line():
    lines = markdown(COLUMNS, metric_rows(results(SHARE, ERROR))).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "| 1,468 |" in lines[2]


def test_every_row_of_the_paper_has_our_result_beside_it():
    rows = [dict(zip(PAPER_COLUMNS, row, strict=True)) for row in paper_rows([results(SHARE)])]
    assert len(rows) == 15
    (afw,) = [row for row in rows if row["here, all faces"]]
    assert (afw["data"], afw["here, found faces"]) == ("afw", "97.00 (95.50 to 99.00)")
    assert "of HyperFace's 3 s, 2 are selective search" in rows[-1]["note"]


def test_a_row_of_regions_has_the_values_before_and_after_training():
    bands = [replace(ERROR, without_misses=Estimate(n, n - 1, n + 1), group=f"band {n}", baseline=9)
             for n in (1, 2)]  # fmt: skip
    undefined = replace(ERROR, without_misses=Estimate(), name="pitch error")
    other = replace(ERROR, data="afw")
    before = [replace(band, without_misses=Estimate(n, 0, 9)) for n, band in ((7, bands[1]),)]
    rows = region_rows([*bands, undefined, other], before, "all")
    assert [dict(zip(REGION_COLUMNS, row, strict=True)) for row in rows[:2]] == [
        {"task": "pose", "metric": f"roll error, band {n} (degrees)", "before": began,
         "after": f"{n}.00", "95 % interval": f"{n - 1}.00 to {n + 1}.00", "baseline": "9.00",
         "better": "lower", "labels": 1468}
        for n, began in ((1, None), (2, "7.00"))
    ]  # fmt: skip
    assert rows[2][2:6] == (None,) * 4
    assert len(rows) == 3


def test_output_is_markdown_in_a_file_and_fits_the_width_of_a_terminal(capsys, monkeypatch):
    rows = metric_rows(results(SHARE, ERROR))
    print_table(COLUMNS, rows)
    assert capsys.readouterr().out == markdown(COLUMNS, rows) + "\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    print_table(("name [1]", "faces"), [("[bold]afw", 1468)])
    lines = capsys.readouterr().out.splitlines()
    assert "name [1]" in lines[1] and "faces" in lines[1]
    assert any("[bold]afw" in line and line.rstrip().endswith("1,468") for line in lines)
    print_table(COLUMNS, rows)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100
