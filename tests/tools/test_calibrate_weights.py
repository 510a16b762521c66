import numpy as np

from tools.calibrate_weights import joined, recommended_threshold, reliability


def test_the_recommended_threshold_is_the_lowest_with_19_faces_in_20_detections():
    probabilities = np.array([0.62] * 2 + [0.7] * 20)
    correct = np.array([False] * 2 + [True] * 19 + [False])
    # From 0.6 on 19 of 22 are faces, from 0.65 on 19 of 20.
    assert recommended_threshold(probabilities, correct) == 0.65
    assert recommended_threshold(probabilities, np.ones(22, bool)) == 0.05
    assert recommended_threshold(probabilities, np.zeros(22, bool)) == 0.95


def test_the_reliability_of_each_range():
    rows = reliability(np.array([0.2, 0.25, 0.92, 1.0]), np.array([False, True, True, True]))
    assert rows == [
        ("0.1 to 0.3", "2", "0.23", "0.50"),
        ("0.9 to 0.95", "1", "0.92", "1.00"),
        ("0.95 to 1", "1", "1.00", "1.00"),
    ]


def test_detections_of_no_image():
    scores, correct = joined([])
    assert len(scores) == len(correct) == 0
