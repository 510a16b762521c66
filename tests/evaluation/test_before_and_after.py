import json
from dataclasses import replace

import pytest

from hyperface.evaluation.before_and_after import metrics_content, what_got_worse
from hyperface.evaluation.metric_result import Estimate, MetricResult

YAW = MetricResult("pose", "yaw error", "degrees", False, Estimate(6.5, 6.0, 7.0), 20.0, 124)
GENDER = MetricResult("gender", "accuracy", "%", True, Estimate(80, 75, 85), 50.0, 60)
SMALL = replace(YAW, group="yaw 0 to 30", data="helen", without_misses=Estimate(), count=0)
NAN = float("nan")


def with_value(result, value):
    return replace(result, without_misses=Estimate(value, value - 1, value + 1))


def test_metrics_have_both_values_with_intervals_units_and_counts():
    content = metrics_content(
        "2026-01-02", True, [with_value(YAW, 9.0)], [YAW, replace(GENDER, baseline=NAN), SMALL]
    )
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["run"] == "2026-01-02"
    assert content["held_out"] is True
    assert list(content["metrics"]) == [
        "all: pose, yaw error",
        "all: gender, accuracy",
        "helen: pose, yaw error, yaw 0 to 30",
    ]
    yaw, gender, small = content["metrics"].values()
    assert yaw == {
        "data": "all",
        "task": "pose",
        "metric": "yaw error",
        "group": "all",
        "unit": "degrees",
        "better": "lower",
        "count": 124,
        "baseline": 20.0,
        "before": {"value": 9.0, "low": 8.0, "high": 10.0},
        "after": {"value": 6.5, "low": 6.0, "high": 7.0},
    }
    assert gender["before"] is None
    assert gender["baseline"] is None
    assert small["after"] is None


@pytest.mark.parametrize(
    ("result", "before", "worse"),
    [
        (YAW, 5.9, True),  # below 6.0 to 7.0, and lower is better
        (YAW, 6.1, False),
        (YAW, 8.0, False),
        (YAW, NAN, False),
        (GENDER, 85.5, True),  # above 75 to 85
        (GENDER, 84.0, False),
        (GENDER, 60.0, False),
        (replace(YAW, data="helen"), 1.0, False),  # of all data sets alone
        (replace(YAW, group="yaw 0 to 30"), 1.0, False),
        (replace(YAW, without_misses=Estimate()), 1.0, False),
        (replace(YAW, without_misses=Estimate(6.5, 6.5, 6.5)), 1.0, False),  # of one person
    ],
)
def test_a_metric_is_worse_if_it_was_better_than_the_interval(result, before, worse):
    assert bool(what_got_worse([with_value(result, before)], [result])) == worse


def test_what_got_worse_is_one_sentence_with_advice():
    said = what_got_worse([with_value(YAW, 5.9), with_value(GENDER, 90)], [YAW, GENDER])
    assert said.startswith("worse than before the training, by more than the interval: ")
    assert "pose, yaw error from 5.90 to 6.50 degrees (6.00 to 7.00); gender, accuracy from" in said
    assert "LEARNING_RATE" in said
    assert what_got_worse([], [YAW]) == ""
