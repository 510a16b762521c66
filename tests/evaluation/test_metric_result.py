import numpy as np
import pytest

from hyperface.evaluation.metric_result import Estimate, MetricResult, bootstrap_intervals

NAN = float("nan")
RESULT = MetricResult(
    *("landmarks", "error / face size", "%", False),
    *(Estimate(5.0, 4.0, 6.5), 20.0, 7),
    *(Estimate(), 2, "21 points", "afw"),
)


def interval(*arguments, **keywords):
    return tuple(bootstrap_intervals(*arguments, **keywords).tolist())


def test_interval_is_the_same_every_time():
    values, clusters = np.arange(40.0), np.arange(40) // 2

    def mean(rows):
        return values[rows].mean()

    assert interval(mean, clusters) == interval(mean, clusters)
    assert interval(mean, clusters, 1) != interval(mean, clusters, 2)


def test_interval_resamples_whole_clusters():
    clusters = np.array([7, 3, 3, 7, 5, 3])  # in any order, with gaps
    members = {3: {1, 2, 5}, 5: {4}, 7: {0, 3}}
    seen = set()

    def look(rows):
        times = np.bincount(rows, minlength=6)
        for rows_of in members.values():
            assert len({times[row] for row in rows_of}) == 1
        assert sum(times[min(rows_of)] for rows_of in members.values()) == len(members)
        seen.update(rows)
        return 0.0

    interval(look, clusters)
    assert seen == set(range(6))


def test_interval_of_one_cluster_is_a_point():
    values = np.array([1.0, 2.0, 6.0])
    assert interval(lambda rows: values[rows].mean(), np.zeros(3, int)) == (3, 3)


def test_interval_is_wider_where_rows_of_a_cluster_agree():
    values = np.random.default_rng(0).normal(size=20).repeat(5)

    def width(clusters):
        low, high = interval(lambda rows: values[rows].mean(), clusters)
        return high - low

    # A hundred rows of twenty people tell no more than twenty rows: sqrt(5) times as wide.
    assert width(np.arange(100) // 5) / width(np.arange(100)) == pytest.approx(5**0.5, rel=0.35)


def test_interval_covers_the_truth():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(30):
        values = rng.normal(size=30)
        low, high = interval(lambda rows, v=values: v[rows].mean(), np.arange(30))
        assert low <= values.mean() <= high
        covered += low <= 0 <= high
    assert covered >= 25  # of 30, where 28 or 29 are expected


def test_interval_skips_resamples_without_a_value():
    def half(rows):
        return 0.5 if 0 in rows else float("nan")

    assert interval(half, np.arange(4)) == (0.5, 0.5)
    assert np.isnan(interval(lambda rows: float("nan"), np.arange(4))).all()


def test_intervals_of_several_numbers_are_those_of_each():
    values, clusters = np.arange(20.0), np.arange(20) // 2
    both = bootstrap_intervals(
        lambda rows: np.array([values[rows].mean(), np.nan]), clusters, seed=3
    )
    assert both[0].tolist() == list(interval(lambda rows: values[rows].mean(), clusters, seed=3))
    assert np.isnan(both[1]).all()


def test_the_value_counts_misses_where_that_is_defined():
    assert RESULT.estimate == Estimate(5, 4, 6.5)
    share = MetricResult(
        *("gender", "accuracy", "%", True, Estimate(90, 80, 95), 50, 9, Estimate(85, 70, 92))
    )
    assert share.estimate == Estimate(85, 70, 92)


def test_a_result_prints_as_one_line():
    assert str(RESULT) == (
        "error / face size, 21 points 5.00 % (4.00 to 6.50), constant baseline 20.00, 7 labeled"
    )
    assert str(Estimate(4.26, 4.1, 4.411)) == "4.26 (4.10 to 4.41)"
    assert str(Estimate(4.26)) == "4.26 (- to -)"
    assert str(Estimate()) == ""


def test_a_result_without_a_value_is_null_in_json_and_reads_back():
    facts = RESULT.as_dict()
    assert facts == {
        "task": "landmarks",
        "measure": "error / face size",
        "unit": "%",
        "better": "lower",
        "data": "afw",
        "group": "21 points",
        **{"value": 5.0, "low": 4.0, "high": 6.5},
        "left_out": {"value": 5.0, "low": 4.0, "high": 6.5},
        "failures": {"value": None, "low": None, "high": None},
        "constant": 20.0,
        "count": 7,
        "missed": 2,
    }
    assert MetricResult.from_dict(facts).as_dict() == facts
    nothing = MetricResult("gender", "balanced accuracy", "%", True, Estimate(NAN, 1, 2), NAN, 3)
    assert nothing.as_dict()["value"] is None
    assert MetricResult.from_dict(nothing.as_dict()).as_dict() == nothing.as_dict()


@pytest.mark.parametrize(
    ("measure", "name", "group"),
    [
        ("yaw error", "yaw error", "all"),
        ("yaw error, 30 to 60 degrees", "yaw error", "yaw 30 to 60 degrees"),
    ],
)
def test_results_of_older_versions_are_read(measure, name, group):
    """A line of `before.json`, and of the JSON beside trained weights, of an older run."""
    facts = {"task": "pose", "measure": measure, "unit": "degrees", "better": "lower"}
    facts |= {"data": "aflw", "value": 5.5, "low": 5.0, "high": None, "constant": None, "count": 4}
    result = MetricResult.from_dict(facts)
    assert (result.name, result.group, result.data, result.count) == (name, group, "aflw", 4)
    assert not result.higher_is_better
    assert (result.value, result.estimate.low) == (5.5, 5)
    assert np.isnan([result.estimate.high, result.baseline]).all()
    now = result.as_dict()
    assert facts | {"measure": name} == {key: now[key] for key in facts}
