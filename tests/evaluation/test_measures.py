import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperface.evaluation.measures import balanced_accuracy, landmark_error, tight_extent
from hyperface.evaluation.precision_recall import average_precision

YES, NO = True, False
answers = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        ([0.9, 0.8, 0.3, 0.1], [YES, YES, NO, NO], 1),
        ([0.3, 0.1, 0.9, 0.8], [YES, YES, NO, NO], 2 / 4),  # reversed: first 1/3, then 2/4 is best
        ([3, 2, 1], [NO, NO, YES], 1 / 3),
        ([3, 2, 1], [YES, NO, YES], 1 / 2 * 1 + 1 / 2 * 2 / 3),
        ([3, 2, 1], [NO, YES, YES], 2 / 3),  # not 1/2 * 1/2 + 1/2 * 2/3: the envelope
        ([2, 1, 1, 0], [YES, NO, YES, NO], 1 / 2 * 1 + 1 / 2 * 2 / 3),
        ([2, 1, 1, 0], [YES, YES, NO, NO], 1 / 2 * 1 + 1 / 2 * 2 / 3),  # equals in any order
        ([5, 5, 5, 5], [NO, YES, NO, NO], 1 / 4),  # one threshold: the share of positives
        ([1], [YES], 1),
        ([-7.5, -8.5], [YES, NO], 1),  # scores are no probabilities
    ],
)
def test_average_precision_has_the_value_worked_out_by_hand(scores, positive, expected):
    assert average_precision(np.array(scores), np.array(positive)) == pytest.approx(expected)


@pytest.mark.parametrize("scores", [[], [0.5], [0.5, 0.7]])
def test_average_precision_without_positives_is_nan(scores):
    assert np.isnan(average_precision(np.array(scores), np.zeros(len(scores), bool)))


@settings(deadline=None, max_examples=25)
@given(answers, st.randoms(use_true_random=False))
def test_average_precision_does_not_depend_on_the_order(rows, random):
    shuffled = random.sample(rows, len(rows))
    first, second = (np.array(each).T for each in (rows, shuffled))
    np.testing.assert_allclose(average_precision(*first), average_precision(*second))


@settings(deadline=None, max_examples=25)
@given(answers)
def test_average_precision_lies_between_the_worst_and_one(rows):
    scores, positive = map(np.array, zip(*rows, strict=True))
    if positive.any():
        worst = positive.mean()  # all of them found: the precision there is the least envelope
        assert worst - 1e-12 <= average_precision(scores, positive) <= 1


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        ([YES, YES, NO, NO], [YES, YES, NO, NO], 1),
        ([NO, NO, YES, YES], [YES, YES, NO, NO], 0),
        ([YES, YES, YES, YES], [YES, NO, NO, NO], 1 / 2),  # a constant answer gets a half
        ([YES, NO, NO, NO], [YES, YES, YES, NO], (1 / 3 + 1 / 1) / 2),
    ],
)
def test_balanced_accuracy_has_the_value_worked_out_by_hand(predicted, truth, expected):
    predicted, truth = np.array(predicted, bool), np.array(truth, bool)
    found = balanced_accuracy(predicted == truth, [truth, ~truth])
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("truth", [[YES, YES], [NO, NO], []])
def test_balanced_accuracy_needs_both_classes(truth):
    truth = np.array(truth, bool)
    assert np.isnan(balanced_accuracy(np.ones(len(truth)), [truth, ~truth]))


def test_landmark_error_has_the_value_worked_out_by_hand():
    truth = np.zeros((3, 21, 2))
    predicted = np.zeros((3, 21, 2))
    predicted[0, 0], predicted[0, 1], predicted[0, 2] = (3, 4), (0, 10), (1000, 1000)
    predicted[1, 5] = -6, 8
    visible = np.zeros((3, 21), bool)
    visible[0, [0, 1, 7]] = True  # not the far one; the last is met
    visible[1, 5] = True
    error = landmark_error(predicted, truth, visible, np.array([50, 20, 10]))
    np.testing.assert_allclose(error, [(5 + 10 + 0) / 3 / 50, 10 / 20, np.nan])


def test_landmark_error_ignores_invisible_landmarks():
    truth = np.full((1, 21, 2), np.nan)
    truth[0, 3] = 7, 7
    visible = np.arange(21)[None] == 3
    assert landmark_error(np.zeros((1, 21, 2)) + 7, truth, visible, np.array([5.0])) == [0]


def test_tight_extent_has_the_value_worked_out_by_hand():
    points = np.full((21, 2), np.nan)
    points[[2, 9, 14]] = [10, 20], [40, 25], [22, 90]
    assert tight_extent(points) == max(40 - 10, 90 - 20)
    points[14] = 22, 30
    assert tight_extent(points) == max(40 - 10, 30 - 20)


def test_average_precision_counts_positives_without_a_score():
    scores, positive = np.array([0.9, 0.8]), np.array([True, True])
    assert average_precision(scores, positive, total=4) == 0.5
    assert average_precision(scores[:0], positive[:0], total=4) == 0
    assert np.isnan(average_precision(scores, ~positive, total=0))


def test_average_precision_of_nan_scores_is_nan():
    assert np.isnan(average_precision(np.array([0.5, np.nan]), np.array([True, False])))
