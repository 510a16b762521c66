import numpy as np
import pytest

from hyperface.annotations.record import Face
from hyperface.evaluation.attribute_metrics import gender_metrics

BOX = np.float32([100, 50, 140, 90])
MALE, FEMALE, UNKNOWN = 0.0, 1.0, float("nan")


def pair(truth, female, group=None):
    face = Face(BOX, gender=truth, group=group)
    return face, None if female is None else {"female_probability": female}


def test_gender_metrics_have_the_values_worked_out_by_hand(results_of):
    figures = results_of(
        gender_metrics,
        pair(MALE, 0.1),
        pair(MALE, 0.4),
        pair(MALE, 0.5),  # as likely counts as female
        pair(FEMALE, 0.9),
        pair(UNKNOWN, 0.9),
    )
    values = {key: figure.without_misses.value for key, figure in figures.items()}
    assert values == {
        ("accuracy", "all"): pytest.approx(75),
        ("balanced accuracy", "all"): pytest.approx((200 / 3 + 100) / 2),
        ("accuracy", "male"): pytest.approx(200 / 3),
        ("accuracy", "female"): pytest.approx(100),
    }
    assert figures["accuracy", "all"].count == 4
    # The constant answer is the more frequent gender.
    assert figures["accuracy", "all"].baseline == 75
    assert figures["balanced accuracy", "all"].baseline == 50


def test_the_men_and_the_women_of_each_group(results_of):
    figures = results_of(
        gender_metrics,
        pair(MALE, 0.1, "Indian"),
        pair(MALE, 0.9, "Indian"),
        pair(FEMALE, 0.9, "Indian"),
        pair(FEMALE, 0.2, "White"),
        pair(MALE, 0.2),
        pair(UNKNOWN, 0.2, "Black"),
    )
    values = {group: figure.without_misses.value for (_, group), figure in figures.items()}
    of_groups = {group: value for group, value in values.items() if "," in group}
    assert of_groups == {"male, Indian": 50, "female, Indian": 100, "female, White": 0}


def test_a_missed_face_is_a_failure_or_skipped(results_of):
    figures = results_of(gender_metrics, pair(MALE, 0.1), pair(FEMALE, 0.9), pair(FEMALE, None))
    accuracy, balanced = figures["accuracy", "all"], figures["balanced accuracy", "all"]
    assert (accuracy.without_misses.value, accuracy.with_misses.value) == (
        100,
        pytest.approx(200 / 3),
    )
    assert (balanced.without_misses.value, balanced.with_misses.value) == (100, 75)


def test_one_gender_alone_has_no_balanced_accuracy(results_of):
    assert list(results_of(gender_metrics, pair(MALE, 0.1))) == [("accuracy", "all")]
    assert results_of(gender_metrics, pair(UNKNOWN, 0.1)) == {}


def test_a_detector_without_gender_has_no_gender_metrics(results_of):
    assert results_of(gender_metrics, pair(MALE, np.nan), pair(FEMALE, np.nan)) == {}
