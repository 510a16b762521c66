import numpy as np
import pytest

from bench_proposals import CUTS, print_table, recommendation
from hyperface.proposals.recall import Summary


def row(method: str, seconds: float, recall: list[float]) -> Summary:
    return Summary(
        method, "200", 321.4, seconds, float("nan"), np.array(recall), {"helen": 0.5}, 0.7
    )


ROWS = [
    row("opencv_fast", 0.3, [0.80, 0.96, 0.98, 0.98, 0.98]),
    row("opencv_quality", 0.4, [0.70, 0.97, 0.985, 0.985, 0.985]),
    row("selectivesearch", 2.0, [1, 1, 1, 1, 1]),
]


@pytest.mark.parametrize(
    ("seconds", "method", "cut"),
    [(0.5, "opencv_fast", "first 1000"), (5, "selectivesearch", "first 200"), (0.1, "none", "")],
)
def test_recommends_the_fastest_of_the_best_in_time(seconds, method, cut):
    line = recommendation(ROWS, seconds)
    assert method in line
    assert cut in line


def test_the_table_is_aligned(capsys):
    print_table(ROWS)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(lines) == len(ROWS) + 2
    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[2].split("|")][1:5] == [
        "opencv_fast",
        "200",
        "321",
        "0.30",
    ]
    assert lines[0].count("first") == len(CUTS) - 1
