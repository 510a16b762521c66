import numpy as np
import pytest

from hyperface.annotations.record import Face
from hyperface.evaluation.attribute_metrics import visibility_metrics

BOX = np.float32([100, 50, 140, 90])
PRECISION, ACCURACY = "average precision of occluded points", "balanced accuracy of points"


def face(*visibility):
    """The first points are labeled, the others not."""
    labels = np.full(21, np.nan, np.float32)
    labels[: len(visibility)] = visibility
    return Face(BOX, visibility=labels)


def answer(*visibility):
    return {"visibility": np.array([*visibility, *[1.0] * (21 - len(visibility))])}


def values(figures, measure):
    figure = figures[measure, "all"]
    return figure.without_misses.value, figure.with_misses.value, figure.baseline


def test_perfect_predictions_score_100(results_of):
    figures = results_of(visibility_metrics, (face(1, 0, 1, 0), answer(0.9, 0.1, 0.8, 0.2)))
    assert values(figures, PRECISION)[:2] == (100, 100)
    assert values(figures, ACCURACY)[:2] == (100, 100)


def test_visibility_metrics_have_the_values_worked_out_by_hand(results_of):
    # From the surest hidden on: visible, hidden, hidden; the precision of both is 2 / 3.
    figures = results_of(visibility_metrics, (face(1, 0, 0), answer(0.1, 0.2, 0.6)))
    assert values(figures, PRECISION)[0] == pytest.approx(100 * 2 / 3)
    # One of two hidden ones is under 0.5, the visible one is not over it.
    assert values(figures, ACCURACY)[0] == pytest.approx(100 * (1 / 2 + 0) / 2)


def test_recall_of_each_class_has_the_values_worked_out_by_hand(results_of):
    figures = results_of(
        visibility_metrics,
        (face(1, 1, 1, 0), answer(0.9, 0.1, 0.8, 0.7)),
        (face(0), answer(0.2)),
        (face(1, 1, 0), None),
    )
    # Of three visible points two, and two more are missed; of two occluded ones one, and one more.
    assert values(figures, "recall of visible points")[:2] == pytest.approx((200 / 3, 40))
    assert values(figures, "recall of occluded points")[:2] == pytest.approx((50, 100 / 3))
    assert figures["recall of visible points", "all"].count == 2  # faces with such a point


def test_occluded_landmarks_of_a_missed_face_are_misses(results_of):
    figures = results_of(visibility_metrics, (face(1, 0), answer(1, 0)), (face(1, 0), None))
    assert values(figures, PRECISION)[:2] == (100, 50)
    assert values(figures, ACCURACY)[:2] == (100, 50)
    assert figures[PRECISION, "all"].missed == 1


def test_constant_baseline_ranks_landmarks_by_how_often_they_are_occluded(results_of):
    pairs = [(face(1, 0), answer(1, 0)), (face(1, 0), answer(1, 0)), (face(1, 1), answer(1, 1))]
    figures = results_of(visibility_metrics, *pairs)
    # The second point in all three faces, of which two are hidden: precision 2 / 3.
    assert values(figures, PRECISION)[2] == pytest.approx(100 * 2 / 3)


@pytest.mark.parametrize("labels", [(), (1, 1), (0, 0)])
def test_there_are_no_metrics_without_both_classes(results_of, labels):
    assert results_of(visibility_metrics, (face(*labels), answer(1))) == {}


def test_a_detector_without_visibility_has_no_visibility_metrics(results_of):
    nothing = {"visibility": np.full(21, np.nan)}
    assert results_of(visibility_metrics, (face(1, 0), nothing)) == {}
