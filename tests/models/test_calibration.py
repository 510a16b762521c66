import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.errors import UserError
from hyperface.models.calibration import Calibration, VisibilityCalibration
from hyperface.models.weights import read_header


def test_by_hand():
    # Log odds of 0.5 and 0.9 are 0 and log 9; 2 * log 9 - log 9 = log 9.
    calibration = Calibration(slope=2.0, intercept=-math.log(9))
    np.testing.assert_allclose(calibration.probabilities([0.5, 0.9]), [0.1, 0.9])
    assert calibration.score_of(0.1) == pytest.approx(0.5)
    assert calibration.score_of(0.9) == pytest.approx(0.9)


def test_without_calibration_scores_stay_what_they_are():
    scores = [0.0, 0.3, 1.0]
    assert Calibration().probabilities(scores).tolist() == scores
    assert [Calibration().score_of(score) for score in scores] == scores


def test_certain_scores_stay_finite():
    calibration = Calibration(slope=1.0, intercept=-1.0)
    low, high = calibration.probabilities([0.0, 1.0])
    assert 0 < low < 1e-6
    assert 1 - 1e-6 < high < 1
    assert (calibration.score_of(0.0), calibration.score_of(1.0)) == (0.0, 1.0)


@given(st.floats(0.2, 5), st.floats(-5, 5), st.floats(0.01, 0.99))
def test_score_of_undoes_probabilities(slope, intercept, score):
    calibration = Calibration(slope, intercept)
    # Not where a probability is rounded: at log odds of 16 and more.
    probability = float(calibration.probabilities(score))
    if 1e-6 < probability < 1 - 1e-6:
        assert calibration.score_of(probability) == pytest.approx(score, abs=1e-6)


def test_the_fit_finds_the_share_of_faces():
    # Overconfident scores: at 0.9 seven of ten are faces, at 0.99 nine of ten.
    scores = np.repeat([0.9, 0.99], 1000)
    correct = np.concatenate([np.arange(1000) < 700, np.arange(1000) < 900])
    calibration = Calibration.fitted(scores, correct)
    np.testing.assert_allclose(calibration.probabilities([0.9, 0.99]), [0.7, 0.9], atol=0.002)


def test_a_fit_of_separated_scores_is_finite():
    calibration = Calibration.fitted([0.1, 0.2, 0.8, 0.9], [False, False, True, True])
    assert 0 < calibration.probabilities(0.5) < 1


@pytest.mark.parametrize(
    ("scores", "correct"), [([0.5, 0.6], [True, True]), ([0.5, 0.6], [False, False]), ([], [])]
)
def test_a_fit_needs_both_kinds(scores, correct):
    with pytest.raises(ValueError, match="expected both"):
        Calibration.fitted(scores, correct)


def test_a_fit_refuses_scores_that_fall_with_the_truth():
    with pytest.raises(ValueError, match="slope above 0"):
        Calibration.fitted(np.repeat([0.2, 0.8], 50), np.repeat([True, False], 50))


@pytest.mark.parametrize(
    "facts", [{"slope": 0.5}, {"slope": -1, "intercept": 0}, {"slope": "x"}, 3]
)
def test_a_header_with_other_numbers_is_refused(facts, tmp_path):
    path = tmp_path / "x.weights.h5"
    (tmp_path / "x.json").write_text(json.dumps({"calibration": facts}))
    with pytest.raises(UserError, match=r"x\.json has no usable calibration"):
        read_header(path)


def test_a_header_without_calibration_leaves_scores(tmp_path):
    assert read_header(tmp_path / "x.weights.h5").calibration == Calibration()


def visibility_facts(**changes):
    return {"slope": 2.0, "intercepts": [0.0] * 21, **changes}


def test_the_visibility_by_hand():
    intercepts = [0.0] * 20 + [math.log(9)]
    facts = {"slope": 1.0, "intercept": 0.0, "visibility": visibility_facts(intercepts=intercepts)}
    calibration = Calibration.from_facts(facts)
    assert calibration.probabilities([0.3]).tolist() == [0.3]  # the score does not change
    outputs = np.full((1, 21), 0.5)
    outputs[0, :2] = 0.5 + math.log(4) / 2, 0.5 - math.log(4) / 2
    expected = [0.8, 0.2, *[0.5] * 18, 0.9]
    np.testing.assert_allclose(calibration.visibilities(outputs), [expected])
    np.testing.assert_allclose(calibration.visibilities(outputs[0]), expected)
    assert Calibration().visibilities(outputs) is outputs


def test_the_fit_of_the_visibility_moves_each_landmark_by_itself():
    # Half of the first landmarks are visible at an output of 0.2, half of the second ones at 0.5.
    # The third landmark has no label.
    levels = np.repeat(np.linspace(0, 1, 11), 1000)
    share = np.tile(np.linspace(0, 1, 1000), 11)
    right = [1 / (1 + np.exp(-8 * (levels - middle))) for middle in (0.2, 0.5)]
    outputs = np.stack([levels] * 3, axis=1)
    visible = np.stack([share < right[0], share < right[1], np.full(len(levels), np.nan)], axis=1)
    outputs[7, 0] = np.nan  # not detected
    fitted = VisibilityCalibration.fitted(outputs, visible)
    assert fitted.slope == pytest.approx(8, abs=0.1)
    np.testing.assert_allclose(fitted.intercepts, [8 * 0.3, 0, 0], atol=0.05)


@pytest.mark.parametrize("visible", [1.0, 0.0, np.nan])
def test_a_fit_of_the_visibility_needs_both_kinds(visible):
    with pytest.raises(ValueError, match="both visible and occluded"):
        VisibilityCalibration.fitted(np.ones((4, 2)), np.full((4, 2), visible))


@pytest.mark.parametrize(
    ("visibility", "reason"),
    [
        ({"slope": 1.0}, "expected a slope and a list of intercepts"),
        ([1, 2], "expected a slope and a list of intercepts"),
        (visibility_facts(slope="steep"), "expected a slope and a list of intercepts"),
        (visibility_facts(intercepts=3), "expected a slope and a list of intercepts"),
        (visibility_facts(slope=-1.0), "above 0 and finite"),
        (visibility_facts(intercepts=[math.inf] * 21), "above 0 and finite"),
        (visibility_facts(intercepts=[0.0]), "expected 21 intercepts, got 1"),
    ],
)
def test_an_unusable_visibility_is_refused(visibility, reason):
    with pytest.raises(ValueError, match=reason):
        Calibration.from_facts({"slope": 1.0, "intercept": 0.0, "visibility": visibility})
    with pytest.raises(ValueError, match="expected a slope and an intercept"):
        Calibration.from_facts([visibility])
