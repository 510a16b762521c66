import numpy as np
import pytest

from hyperface.evaluation.precision_recall import (
    area_under,
    eleven_point_average,
    precision_recall,
    recall_at,
)

YES, NO = True, False


def curve(scores, right, total):
    return precision_recall(np.array(scores, float), np.array(right, bool), total)


def test_the_curve_has_the_points_worked_out_by_hand():
    found = curve([0.9, 0.8, 0.8, 0.1], [YES, YES, NO, NO], 4)
    assert found.thresholds.tolist() == [0.9, 0.8, 0.1]
    assert found.recall.tolist() == [1 / 4, 2 / 4, 2 / 4]
    assert found.precision.tolist() == [1, 2 / 3, 2 / 4]
    assert found.false_positives.tolist() == [0, 1, 2]
    assert found.envelope.tolist() == [1, 2 / 3, 2 / 4]


@pytest.mark.parametrize(
    ("scores", "right", "total", "all_points", "eleven"),
    [
        ([0.9, 0.8], [YES, YES], 2, 1, 1),
        ([0.9], [YES], 2, 1 / 2, 6 / 11),  # one miss: recalls 0 to 0.5 are reached
        ([0.9, 0.8], [YES, NO], 1, 1, 1),  # a double detection after the right one
        ([0.9, 0.8], [NO, YES], 1, 1 / 2, 1 / 2),  # and before it
        ([0.9, 0.8, 0.7], [YES, NO, YES], 2, 1 / 2 + 1 / 2 * 2 / 3, (6 + 5 * 2 / 3) / 11),
        ([0.9], [NO], 3, 0, 0),
        ([], [], 3, 0, 0),
        ([0.9, 0.8, 0.7], [YES] * 3, 10, 0.3, 4 / 11),  # 3 / 10 reaches the recall 0.3
    ],
)
def test_average_precision_has_the_value_worked_out_by_hand(
    scores, right, total, all_points, eleven
):
    found = curve(scores, right, total)
    assert area_under(found) == pytest.approx(all_points)
    assert eleven_point_average(found) == pytest.approx(eleven)


def test_recall_at_false_positives_has_the_value_worked_out_by_hand():
    found = curve([5, 4, 3, 2, 1], [NO, YES, NO, YES, NO], 4)
    assert [recall_at(found, count) for count in (0, 1, 2, 3, 99)] == [
        0,
        1 / 4,
        2 / 4,
        2 / 4,
        2 / 4,
    ]
    assert recall_at(curve([], [], 4), 10) == 0


@pytest.mark.parametrize("scores", [[], [0.9, 0.4]])
def test_without_positives_the_metrics_are_nan(scores):
    found = curve(scores, [NO] * len(scores), 0)
    assert np.isnan(found.recall).all()
    assert np.isnan([area_under(found), eleven_point_average(found), recall_at(found, 10)]).all()
