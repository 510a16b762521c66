from dataclasses import astuple, replace

import numpy as np
import pytest

from hyperface.evaluation.baseline import ConstantBaseline
from hyperface.evaluation.region_metrics import (
    ALL_SETS,
    UNIT_BOX,
    evaluate_regions,
    labels_from_targets,
    region_baseline,
    stacked_targets,
)
from hyperface.regions.encoding import TARGET_SHAPES, region_targets
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.tasks import TASKS

RULES = OverlapRules()
BOX = np.array([100, 50, 200, 150])
BEST = {True: 100.0, False: 0.0}
MEASURES = {
    ("detection", "balanced accuracy"),
    ("detection", "average precision"),
    ("landmarks", "error / face extent"),
    ("visibility", "average precision of occluded points"),
    ("pose", "roll error"),
    ("pose", "pitch error"),
    ("pose", "yaw error"),
    ("pose", "yaw error, yaw 0 to 30 degrees"),
    ("gender", "balanced accuracy"),
}


@pytest.fixture(scope="module")
def images(make_face, make_image):
    """Thirty faces, each in an image of its own, of two data sets."""
    faces = [make_face(*BOX, seed=seed) for seed in range(30)]
    return [
        make_image(face, complete=True, source="odd" if n % 2 else "even")
        for n, face in enumerate(faces)
    ]


@pytest.fixture(scope="module")
def one_set(images):
    """The same, of one data set."""
    return [replace(image, source="one") for image in images]


@pytest.fixture(scope="module")
def regions(images):
    """Every face, and beside every face a region that is none."""
    faces = [Region(n, BOX, 0, 1.0, True) for n in range(len(images))]
    others = [Region(n, np.array([0, 0, 40, 40]), 0, 0.0, False) for n in range(len(images))]
    return faces + others


@pytest.fixture(scope="module")
def targets(regions, images):
    return stacked_targets(regions, images, RULES)


@pytest.fixture(scope="module")
def baseline(regions, images):
    return region_baseline(regions, images, RULES)


def perfect(targets):
    """What a network would answer that knows the targets."""

    def both(second):
        return np.stack([1 - second, second], axis=1)

    return {
        "detection": both(targets["detection"][:, 0]),
        "landmarks": targets["landmarks"][..., :2].reshape(-1, 42),
        "visibility": targets["visibility"][..., 0],
        "pose": targets["pose"][..., 0],
        "gender": both(targets["gender"][:, 0]),
    }


@pytest.fixture(scope="module")
def best(regions, images, targets, baseline):
    """The figures of perfect answers."""
    return evaluate_regions(perfect(targets), baseline, regions, images, RULES)


def by_name(figures, data=ALL_SETS):
    return {(f.task, f.label): f for f in figures if f.data == data}


def test_targets_equal_those_of_the_single_regions(regions, images, targets):
    for row in (0, 17, 45):
        for name, value in region_targets(regions[row], images, RULES).items():
            np.testing.assert_array_equal(targets[name][row], value)


def test_targets_of_no_regions_are_empty(images):
    for name, value in stacked_targets([], images, RULES).items():
        assert value.shape == (0, *TARGET_SHAPES[name])


@pytest.mark.parametrize("data", [ALL_SETS, "even", "odd"])
def test_perfect_predictions_score_best(best, data):
    figures = by_name(best, data)
    assert set(figures) == MEASURES
    for figure in figures.values():
        expected = pytest.approx(BEST[figure.higher_is_better], abs=1e-4)
        assert astuple(figure.estimate) == (expected,) * 3


def test_shuffled_predictions_are_worse(regions, one_set, targets, baseline):
    order = np.random.default_rng(0).permutation(len(regions))
    shuffled = {task: values[order] for task, values in perfect(targets).items()}
    for figure in evaluate_regions(shuffled, baseline, regions, one_set, RULES):
        sign = 1 if figure.higher_is_better else -1
        assert sign * figure.value < sign * BEST[figure.higher_is_better] - 1
        assert figure.estimate.low <= figure.value <= figure.estimate.high


def test_the_baseline_scores_as_stated_when_it_predicts(regions, one_set, targets, baseline):
    rows = {
        "detection": [1 - baseline.is_face, baseline.is_face],
        "landmarks": baseline.shape.ravel(),
        "visibility": baseline.visibility,
        "pose": baseline.pose,
        "gender": [1 - baseline.gender, baseline.gender],
    }
    same = {task: np.tile(row, (len(regions), 1)) for task, row in rows.items()}
    figures = by_name(evaluate_regions(same, baseline, regions, one_set, RULES))
    assert set(figures) == MEASURES
    for figure in figures.values():
        assert figure.value == pytest.approx(figure.baseline)
    # One class for all: right on one, wrong on the other.
    assert figures["detection", "balanced accuracy"].value == 50
    assert figures["gender", "balanced accuracy"].value == 50
    # Equal scores: the share of positives, 30 faces of 60 regions.
    assert figures["detection", "average precision"].value == pytest.approx(100 * 30 / 60)


def test_metrics_have_the_values_worked_out_by_hand(make_face, make_image, baseline):
    landmarks = np.full((21, 2), np.nan, np.float32)
    landmarks[[7, 10]] = [120, 100], [180, 110]  # extent: 60
    visibility = np.full(21, np.nan, np.float32)
    visibility[[7, 10]] = 1, 0
    pose = np.float32([0.1, np.nan, -0.2])
    face = make_face(*BOX, landmarks=landmarks, visibility=visibility, pose=pose)
    images, regions = [make_image(face)], [Region(0, BOX, 0, 1.0, True)]
    answers = {task: np.zeros((1, TASKS[task].outputs)) for task in TASKS}
    # (120, 100) is (-30, 0) from the middle of 100 x 100; answer 3 right of it and 4 below.
    answers["landmarks"][0, 14:16] = -0.3 + 3 / 100, 0 + 4 / 100
    answers["landmarks"][0, 20:22] = 99, 99  # invisible: not looked at
    answers["visibility"][0, [7, 10]] = 0.3, 0.6  # the visible one looks more hidden
    answers["pose"][0] = 0.4, 5, -0.1
    figures = by_name(evaluate_regions(answers, baseline, regions, images, RULES))
    assert figures["landmarks", "error / face extent"].value == pytest.approx(100 * 5 / 60)
    hidden = figures["visibility", "average precision of occluded points"]
    assert hidden.value == pytest.approx(100 / 2)
    assert hidden.count == 2
    assert figures["pose", "roll error"].value == pytest.approx(np.degrees(0.3))
    assert figures["pose", "yaw error"].value == pytest.approx(np.degrees(0.1))
    assert ("pose", "pitch error") not in figures
    assert np.isnan(figures["gender", "balanced accuracy"].value)  # one class alone


def test_the_count_is_the_number_of_labels(best):
    counts = {key: figure.count for key, figure in by_name(best).items()}
    assert counts["detection", "balanced accuracy"] == 60
    assert counts["landmarks", "error / face extent"] == 30
    assert counts["visibility", "average precision of occluded points"] == 30 * 21
    assert counts["pose", "yaw error"] == counts["gender", "balanced accuracy"] == 30


def test_data_sets_are_separate_only_if_there_are_several(
    best, regions, one_set, targets, baseline
):
    sets = [ALL_SETS, "even", "odd"]
    assert [*dict.fromkeys(figure.data for figure in best)] == sets
    assert [by_name(best, data)["pose", "yaw error"].count for data in sets] == [30, 15, 15]
    figures = evaluate_regions(
        {"pose": perfect(targets)["pose"]}, baseline, regions, one_set, RULES
    )
    assert {figure.data for figure in figures} == {ALL_SETS}


def test_a_network_with_one_head_has_only_its_metrics(regions, one_set, targets, baseline):
    detection = {"detection": perfect(targets)["detection"]}
    figures = by_name(evaluate_regions(detection, baseline, regions, one_set, RULES))
    assert set(figures) == {key for key in MEASURES if key[0] == "detection"}


def test_a_task_without_labels_has_no_metrics(make_image, baseline):
    images = [make_image(complete=True)]
    regions = [Region(0, np.array([0, 0, 40, 40]), -1, 0.0, False)]
    answers = {task: np.ones((1, TASKS[task].outputs)) for task in TASKS}
    figures = evaluate_regions(answers, baseline, regions, images, RULES)
    assert {figure.task for figure in figures} == {"detection"}


def test_one_labeled_point_does_not_spoil_the_landmark_error(make_face, images, baseline):
    # A single point has no extent to divide by.
    landmarks = np.full((21, 2), np.nan, np.float32)
    landmarks[14] = 150, 100
    face = make_face(*BOX, landmarks=landmarks, visibility=np.ones(21, np.float32))
    images = [images[0], replace(images[0], faces=(face,))]
    regions = [Region(n, BOX, 0, 1.0, True) for n in range(2)]
    answers = {"landmarks": stacked_targets(regions, images, RULES)["landmarks"][..., :2] + 0.01}
    answers["landmarks"] = answers["landmarks"].reshape(-1, 42)
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = by_name(evaluate_regions(answers, baseline, regions, images, RULES))
    assert np.isfinite(figures["landmarks", "error / face extent"].value)


def test_the_interval_resamples_people(regions, images, targets, baseline):
    one = [replace(image, faces=(replace(image.faces[0], person="the same"),)) for image in images]
    answers = {"pose": perfect(targets)["pose"] + np.linspace(0, 1, len(regions))[:, None]}
    strangers = by_name(evaluate_regions(answers, baseline, regions, images, RULES))[
        "pose", "yaw error"
    ]
    person = by_name(evaluate_regions(answers, baseline, regions, one, RULES))["pose", "yaw error"]
    assert strangers.estimate.low < strangers.value < strangers.estimate.high
    assert astuple(person.estimate) == pytest.approx([person.value] * 3)


def test_a_baseline_without_labels_is_nan(regions, one_set, targets):
    """Where no training region has a label, there is no baseline: no figure of 0 nor of 50."""
    nothing = {name: np.zeros_like(values) for name, values in targets.items()}
    unknown = ConstantBaseline.from_labels(labels_from_targets(nothing, UNIT_BOX))
    figures = by_name(evaluate_regions(perfect(targets), unknown, regions, one_set, RULES))
    assert set(figures) == MEASURES
    for figure in figures.values():
        assert np.isnan(figure.baseline), figure
        assert np.isfinite(figure.value), figure


def test_yaw_errors_are_given_by_yaw_band(make_face, make_image, rules=RULES):
    yaws = np.radians([10, -20, -45, 75])
    images = [
        make_image(make_face(*BOX, pose=np.float32([0, 0, yaw])), source="one") for yaw in yaws
    ]
    regions = [Region(n, BOX, 0, 1.0, True) for n in range(4)]
    answers = np.zeros((4, 3))
    answers[:, 2] = yaws + np.radians([1, 3, 5, -7])
    unknown = ConstantBaseline.from_labels(
        labels_from_targets(stacked_targets([], images, rules), UNIT_BOX)
    )
    baseline = replace(unknown, pose=np.zeros(3))
    figures = by_name(evaluate_regions({"pose": answers}, baseline, regions, images, rules))
    bands = [
        figures["pose", f"yaw error, yaw {b} degrees"] for b in ("0 to 30", "30 to 60", "60 to 90")
    ]
    assert [band.count for band in bands] == [2, 1, 1]
    np.testing.assert_allclose([band.value for band in bands], [2, 5, 7], rtol=1e-5)
    np.testing.assert_allclose([band.baseline for band in bands], [15, 45, 75], rtol=1e-5)
