"""FDDB's scores on circles and boxes whose areas are known."""

import numpy as np
import pytest

from hyperface.evaluation.fddb_scores import image_scores, roc, score_at

CIRCLE, OTHER = [10, 10, 0, 50, 50], [10, 10, 0, 200, 50]
AROUND, AROUND_OTHER = [40, 40, 60, 60], [190, 40, 210, 60]
HALF = [40, 40, 50, 60]  # IoU pi / (2 pi + 4 - pi) = 0.44: not found, yet of some worth
QUARTER_PI = np.pi / 4
HALF_IOU = np.pi / (np.pi + 4)


def curves(*pages):
    """Of (ellipses, [(box, score), ...]) by image: false positives, discrete, continuous."""
    each = [
        image_scores(
            np.array(ellipses, float).reshape(-1, 5),
            np.array([box for box, _ in found], float).reshape(-1, 4),
            np.array([score for _, score in found], float),
        )
        for ellipses, found in pages
    ]
    curve = roc(each)
    return curve.false_positives.tolist(), curve.discrete.tolist(), curve.continuous.tolist()


def test_perfect_detections_score_1():
    found = curves(([CIRCLE], [(AROUND, 0.9)]), ([OTHER], [(AROUND_OTHER, 0.8)]))
    assert found == ([0, 0], [1 / 2, 1], pytest.approx([QUARTER_PI / 2, QUARTER_PI]))


def test_misses_and_double_detections_have_the_values_worked_out_by_hand():
    page = [CIRCLE, OTHER], [(AROUND, 0.9), (AROUND, 0.8), ([300, 0, 320, 20], 0.7)]
    assert curves(page) == ([0, 1, 2], [1 / 2] * 3, pytest.approx([QUARTER_PI / 2] * 3))


def test_an_overlap_below_one_half_is_a_false_positive_with_a_continuous_score():
    assert curves(([CIRCLE], [(HALF, 0.9)])) == ([1], [0], pytest.approx([HALF_IOU]))


def test_a_better_detection_replaces_a_worse_one():
    page = [CIRCLE], [(HALF, 0.9), (AROUND, 0.5)]
    assert curves(page) == ([1, 1], [0, 1], pytest.approx([HALF_IOU, QUARTER_PI]))


def test_the_sum_of_overlaps_is_maximized_rather_than_each_overlap():
    # The surer box lies better on the left circle (IoU 0.72 for 0.61), the other one too (0.61 for
    # 0.44): 0.61 twice is more than 0.72 and 0.44.
    left, right = [10, 10, 0, 50, 50], [10, 10, 0, 56, 50]
    between, outer = [42, 40, 62, 60], [36, 40, 56, 60]
    falses, discrete, continuous = curves(([left, right], [(between, 0.9), (outer, 0.8)]))
    assert (falses, discrete) == ([0, 0], [1 / 2, 1])
    # Circle of radius 10 without the part beyond a chord at 6 of 10, over the union.
    common = 100 * np.pi - (100 * np.arccos(0.6) - 6 * 8)
    assert continuous[-1] == pytest.approx(common / (100 * np.pi + 400 - common))


def test_equal_scores_are_one_threshold():
    page = [CIRCLE, OTHER], [(AROUND, 0.5), (AROUND_OTHER, 0.5)]
    assert curves(page) == ([0], [1], pytest.approx([QUARTER_PI]))


def test_no_detections_and_no_faces_give_empty_curves():
    assert curves(([CIRCLE], [])) == ([], [], [])
    falses, *scores = curves(([], [(AROUND, 0.9)]))
    assert falses == [1]
    assert np.isnan(scores).all()  # no face, no share of faces
    empty = roc([image_scores(np.zeros((0, 5)), np.zeros((0, 4)), np.zeros(0))])
    assert np.isnan(score_at(empty, "discrete", 10))
    missed = roc([image_scores(np.array([CIRCLE], float), np.zeros((0, 4)), np.zeros(0))])
    assert score_at(missed, "discrete", 10) == 0


def test_score_at_false_positives_has_the_value_worked_out_by_hand():
    found = [(AROUND, 0.9), ([300, 0, 320, 20], 0.8), (AROUND_OTHER, 0.7)]
    boxes, scores = (np.array(column, float) for column in zip(*found, strict=True))
    curve = roc([image_scores(np.array([CIRCLE, OTHER], float), boxes, scores)])
    assert [score_at(curve, "discrete", count) for count in (0, 1)] == [1 / 2, 1]
    assert score_at(curve, "continuous", 1) == pytest.approx(QUARTER_PI)
