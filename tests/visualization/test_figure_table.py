import numpy as np

from hyperface.annotations.record import Face, Picture
from hyperface.evaluation.figures import Estimate, FaceFigure
from hyperface.evaluation.whole_pictures import judge_set
from hyperface.visualization.figure_table import (
    COLUMNS,
    figure_rows,
    markdown,
    paper_columns,
    paper_rows,
)


def results(*figures, data="afw"):
    picture = Picture(None, "a", data, 200, 100, (Face(np.float32([1, 2, 30, 40])),), True)
    judged = judge_set(data, [picture], [[]])
    object.__setattr__(judged, "figures", figures)
    return judged


SHARE = FaceFigure(
    *("pose", "yaw, in steps of 15 degrees, within 15 degrees", "%", "higher", "all"),
    left_out=Estimate(97, 95.5, 99),
    failures=Estimate(90.25, 88, 92),
    constant=33.333,
    count=1468,
    missed=7,
)
ERROR = FaceFigure(
    *("pose", "roll error", "degrees", "lower", "all"),
    left_out=Estimate(4, 3, 5),
    failures=Estimate(),
    constant=float("nan"),
    count=1468,
    missed=7,
)


def test_rows_have_every_number_and_what_is_undefined_is_blank():
    share, error = figure_rows(results(SHARE, ERROR))
    assert dict(zip(COLUMNS, share, strict=True)) == {
        "measure": "pose: yaw, in steps of 15 degrees, within 15 degrees, %",
        "over": "all",
        "found faces": "97.00 (95.50 to 99.00)",
        "misses as failures": "90.25 (88.00 to 92.00)",
        "constant": "33.33",
        "faces": 1468,
        "missed": 7,
        "paper": "HyperFace 97.7 (m), HyperFace-ResNet 98.5 (m)",
        "its HyperFace on other data": "",
    }
    assert error[3:5] == ("", "")
    assert error[-2:] == ("", "3.92 (m) on aflw")


def test_markdown_has_as_many_cells_in_every_line():
    lines = markdown(COLUMNS, figure_rows(results(SHARE, ERROR))).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "| 1,468 |" in lines[2]


def test_every_row_of_the_paper_with_ours_beside_it():
    rows = [dict(zip(paper_columns(), row, strict=True)) for row in paper_rows([results(SHARE)])]
    assert len(rows) == 15
    (afw,) = [row for row in rows if row["here: all"]]
    assert (afw["data"], afw["here: found"]) == ("afw", "97.00 (95.50 to 99.00)")
    assert "of HyperFace's 3 s, 2 are selective search" in rows[-1]["note"]
