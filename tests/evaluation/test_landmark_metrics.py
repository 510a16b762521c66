import numpy as np
import pytest

from hyperface.annotations.record import Face
from hyperface.evaluation.landmark_metrics import landmark_metrics

BOX = np.float32([100, 50, 140, 90])  # face size 40
SHARE = "faces with an error under 5 % of the face size"


def face(points=range(21), hidden=(), yaw=0.0, published=None):
    """Points on a line, 10 pixels apart; the eye centers, 7 and 10, are 30 pixels apart."""
    landmarks = np.full((21, 2), np.nan, np.float32)
    visibility = np.full(21, np.nan, np.float32)
    for point in points:
        landmarks[point], visibility[point] = (10 * point, 3 * point), 1
    visibility[list(hidden)] = 0
    pose = np.float32([0, 0, np.radians(yaw)])
    labels = {} if published is None else {"published_box_xyxy": np.float32(published)}
    return Face(BOX, landmarks, visibility, pose, **labels)


def moved(face, by, points=range(21)):
    """The annotated landmarks, some of them moved by so many pixels."""
    landmarks = face.landmarks.copy()
    landmarks[list(points), 0] += by
    return {"landmarks": landmarks}


def test_errors_are_zero_for_perfect_and_known_for_shifted_landmarks(results_of):
    right, wrong = face(), face()
    figures = results_of(landmark_metrics, (right, {}), (wrong, moved(wrong, 4)))
    error = figures["error / face size", "21 points"]
    assert error.without_misses.value == pytest.approx(100 * (0 + 4 / 40) / 2)
    assert np.isnan(error.with_misses.value)
    assert (error.count, error.missed, error.higher_is_better) == (2, 0, False)
    by_eyes = figures["error / inter-ocular distance", "21 points"]
    assert by_eyes.without_misses.value == pytest.approx(100 * (0 + 4 / np.hypot(30, 9)) / 2)
    # The outer corners, 6 and 11, are 50 pixels apart.
    by_corners = figures["error / distance of the outer eye corners", "21 points"]
    assert by_corners.without_misses.value == pytest.approx(100 * (0 + 4 / np.hypot(50, 15)) / 2)
    by_box = figures["error / box of the landmarks", "21 points"]
    assert by_box.without_misses.value == pytest.approx(100 * (0 + 4 / np.sqrt(200 * 60)) / 2)
    assert figures[SHARE, "21 points"].without_misses.value == pytest.approx(50)


def test_a_missed_face_has_no_error_and_is_a_failure(results_of):
    share = results_of(landmark_metrics, (face(), {}), (face(), None), (face(), None))[
        SHARE, "21 points"
    ]
    assert (share.without_misses.value, share.with_misses.value) == (100, pytest.approx(100 / 3))
    assert (share.count, share.missed) == (3, 2)
    error = results_of(landmark_metrics, (face(), None))["error / face size", "21 points"]
    assert np.isnan(error.without_misses.value)
    assert np.isfinite(error.baseline)


def test_five_percent_is_not_under_five_percent(results_of):
    shown = face()
    for by, expected in ((1.99, 100), (2.01, 0)):  # of 40
        figures = results_of(landmark_metrics, (shown, moved(shown, by)))
        assert figures[SHARE, "21 points"].without_misses.value == expected


def test_occluded_landmarks_do_not_count(results_of):
    shown = face(hidden=[0, 20])
    figures = results_of(landmark_metrics, (shown, moved(shown, 9, [0, 20])))
    assert figures["error / face size", "21 points"].without_misses.value == 0


def test_the_published_box_is_the_face_size(results_of):
    shown = face(published=[100, 50, 160, 150])  # (60 + 100) / 2
    figures = results_of(landmark_metrics, (shown, moved(shown, 4)))
    assert figures["error / face size", "21 points"].without_misses.value == pytest.approx(5)


def test_the_landmark_sets_have_21_19_and_5_landmarks(results_of):
    shown = face()
    figures = results_of(landmark_metrics, (shown, moved(shown, 4, [12])))  # an ear
    for points, expected in (("21 points", 10 / 21), ("19 points", 0), ("5 points", 0)):
        assert figures["error / face size", points].without_misses.value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("annotated", "expected"),
    [
        (range(21), ["21 points", "19 points", "5 points"]),
        (sorted(set(range(21)) - {12, 16}), ["19 points", "5 points"]),
        ((7, 10, 14, 17, 18, 19), ["19 points", "5 points"]),  # AFW
        ((7, 10, 14, 17, 19), ["5 points"]),
        ((), []),
    ],
)
def test_only_landmark_sets_with_different_annotations_are_evaluated(
    results_of, annotated, expected
):
    shown = face(annotated)
    found = np.zeros((21, 2))
    figures = results_of(landmark_metrics, (shown, {"landmarks": found}))
    assert [
        group for name, group in figures if name == "error / face size" and "point" in group
    ] == (expected)


def test_a_face_without_eyes_has_no_error_over_the_eye_distance(results_of):
    shown = face([0, 1, 2, 3])
    figures = results_of(landmark_metrics, (shown, {}), (face(), {}))
    assert figures["error / inter-ocular distance", "21 points"].count == 1
    assert figures["error / face size", "21 points"].count == 2


def test_errors_are_given_by_yaw_band_and_as_their_mean(results_of):
    shown = {yaw: face(yaw=yaw) for yaw in (0, -10, 30, 75, -90)}
    moves = {0: 4, -10: 0, 30: 8, 75: 4, -90: 12}
    pairs = [(shown[yaw], moved(shown[yaw], moves[yaw])) for yaw in shown]
    figures = results_of(landmark_metrics, *pairs)
    values = {
        group: figure.without_misses.value
        for (name, group), figure in figures.items()
        if name == "error / face size" and "yaw" in group
    }
    assert values == {
        "yaw 0 to 30 degrees": pytest.approx(5),
        "yaw 30 to 60 degrees": pytest.approx(20),
        "yaw 60 to 90 degrees": pytest.approx((10 + 30) / 2),
        "mean of the yaw bands": pytest.approx((5 + 20 + 20) / 3),
    }


def test_constant_shape_is_the_mean_face_in_the_annotated_box(results_of):
    # Square around (0, -0.7), side 2.5 eye distances: the eyes are 40 / 2.5 apart.
    points = {7: (120 - 8, 70 - 0.7 * 16), 10: (120 + 8, 70 - 0.7 * 16)}
    landmarks = np.full((21, 2), np.nan, np.float32)
    for point, place in points.items():
        landmarks[point] = place
    shown = Face(BOX, landmarks, np.where(np.isnan(landmarks[:, 0]), np.nan, 1))
    figures = results_of(landmark_metrics, (shown, {"landmarks": np.zeros((21, 2))}))
    assert figures["error / face size", "5 points"].baseline == pytest.approx(0, abs=1e-4)


def test_landmarks_that_are_never_predicted_are_ignored(results_of):
    shown = face()
    five = np.full((21, 2), np.nan)
    five[[7, 10, 14, 17, 19]] = shown.landmarks[[7, 10, 14, 17, 19]] + [4, 0]
    figures = results_of(landmark_metrics, (shown, {"landmarks": five}))
    assert figures["error / face size", "21 points"].without_misses.value == pytest.approx(10)
    boxes_alone = {"landmarks": np.full((21, 2), np.nan)}
    assert results_of(landmark_metrics, (shown, boxes_alone)) == {}


def test_a_set_without_eye_corners_has_no_error_over_their_distance(results_of):
    shown = face(points=[7, 10, 14, 17, 19])
    figures = results_of(landmark_metrics, (shown, moved(shown, 3)))
    assert figures["error / inter-ocular distance", "5 points"].without_misses.value > 0
    assert ("error / distance of the outer eye corners", "5 points") not in figures


def test_errors_are_given_by_face_size(results_of):
    small, middle, large = (face(published=[0, 0, side, side]) for side in (63.9, 64, 128))
    pairs = [(small, moved(small, 6.39)), (middle, {}), (large, moved(large, 12.8)), (large, None)]
    figures = results_of(landmark_metrics, *pairs)
    expected = {
        "faces under 64 pixels": (10, 1),
        "faces of 64 to 128 pixels": (0, 1),
        "faces from 128 pixels": (10, 2),
    }
    for group, (value, count) in expected.items():
        figure = figures["error / face size", group]
        assert (figure.without_misses.value, figure.count) == (
            pytest.approx(value, abs=1e-4),
            count,
        )
