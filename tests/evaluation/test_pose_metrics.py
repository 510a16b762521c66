import numpy as np
import pytest

from hyperface.annotations.record import Face
from hyperface.evaluation.attribute_metrics import pose_metrics

BOX = np.float32([100, 50, 140, 90])
IN_STEPS = "yaw, in steps of 15 degrees, within 15 degrees"


def face(*degrees):
    return Face(BOX, pose=np.float32(np.radians(degrees)))


def answer(*degrees):
    return {"pose": np.radians(degrees)}


def left_out(figures, measure, group="all"):
    return figures[measure, group].without_misses.value


def test_pose_metrics_have_the_values_worked_out_by_hand(results_of):
    figures = results_of(
        pose_metrics,
        (face(1, 2, 3), answer(1, 2, 3)),
        (face(10, 0, -41), answer(-10, 4, -51)),
    )
    assert left_out(figures, "roll error") == pytest.approx((0 + 20) / 2)
    assert left_out(figures, "pitch error") == pytest.approx((0 + 4) / 2)
    assert left_out(figures, "yaw error") == pytest.approx((0 + 10) / 2)
    assert left_out(figures, "roll within 15 degrees") == 50
    assert left_out(figures, "yaw within 15 degrees") == 100
    assert left_out(figures, "yaw error", "yaw 0 to 30 degrees") == pytest.approx(0, abs=1e-4)
    assert left_out(figures, "yaw error", "yaw 30 to 60 degrees") == pytest.approx(10)
    assert ("yaw error", "yaw 60 to 90 degrees") not in figures
    assert (IN_STEPS, "all") not in figures  # 3 and -41 are not in steps of 15


def test_a_missed_face_is_a_failure_and_has_no_error(results_of):
    figures = results_of(pose_metrics, (face(0, 0, 0), answer(0, 0, 5)), (face(0, 0, 0), None))
    within, error = figures["yaw within 15 degrees", "all"], figures["yaw error", "all"]
    assert (within.without_misses.value, within.with_misses.value) == (100, 50)
    assert error.without_misses.value == pytest.approx(5)
    assert np.isnan(error.with_misses.value)
    assert (error.count, error.missed) == (2, 1)


def test_side_of_the_yaw_is_evaluated_on_turned_faces(results_of):
    pairs = [(30, 1), (-80, -20), (-45, 40), (29, -29)]
    figures = results_of(
        pose_metrics,
        *[(face(0, 0, true), answer(0, 0, predicted)) for true, predicted in pairs],
        (face(0, 0, 90), None),
    )
    side = figures["side of the yaw", "yaw from 30 degrees"]
    assert (side.count, side.missed) == (4, 1)  # 29 degrees are not turned enough
    assert side.without_misses.value == pytest.approx(200 / 3)
    assert side.with_misses.value == 50


def test_constant_baseline_is_the_mean_pose(results_of):
    pairs = [(face(0, 0, yaw), answer(0, 0, 0)) for yaw in (-20, -10, 60)]  # mean 10
    assert results_of(pose_metrics, *pairs)["yaw error", "all"].baseline == pytest.approx(
        (30 + 20 + 50) / 3
    )


def test_an_angle_without_annotations_has_no_metrics(results_of):
    figures = results_of(pose_metrics, (face(np.nan, np.nan, 15), answer(3, 3, 15)))
    assert {measure.split()[0].strip(",") for measure, _ in figures} == {"yaw"}


@pytest.mark.parametrize(
    ("truth", "predicted", "right"),
    [
        (30, 30, True),
        (30, 52.4, True),  # 45 in steps
        (30, 52.6, False),  # 60
        (30, 7.6, True),  # 15
        (30, 7.4, False),  # 0
        (-90, -70, True),
        (-90, 90, False),  # the sign counts
        (105, 97, True),
    ],
)
def test_yaw_in_steps_of_15_degrees_is_evaluated_in_steps(results_of, truth, predicted, right):
    nan = np.nan
    figures = results_of(pose_metrics, (face(nan, nan, truth), answer(0, 0, predicted)))
    assert left_out(figures, IN_STEPS) == 100 * right


def test_ninety_degrees_belong_to_the_last_band(results_of):
    figures = results_of(pose_metrics, *[(face(0, 0, yaw), answer(0, 0, yaw)) for yaw in (-90, 30)])
    assert figures["yaw error", "yaw 60 to 90 degrees"].count == 1
    assert figures["yaw error", "yaw 30 to 60 degrees"].count == 1
    assert ("yaw error", "yaw 0 to 30 degrees") not in figures


def test_a_detector_without_pose_has_no_pose_metrics(results_of):
    figures = results_of(pose_metrics, (face(0, 0, 0), answer(np.nan, np.nan, 0)))
    assert {measure.split()[0].strip(",") for measure, _ in figures} == {"yaw"}
    assert results_of(pose_metrics, (face(0, 0, 0), answer(np.nan, np.nan, np.nan))) == {}
