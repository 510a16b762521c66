import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hyperface.detection.region_predictions import DetectedFace, join
from hyperface.detection.suppression import (
    overlap_groups,
    suppress_by_landmarks,
    suppress_by_regions,
    tight_boxes_xyxy,
    without_nested,
)
from hyperface.geometry.boxes import iou_matrix_xyxy


def test_groups_by_hand():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 6], [20, 0, 30, 10], [0, 0, 10, 4]])
    # IoU with the first: 1, 0.6, 0, 0.4; of the second and the last 4/6.
    scores = np.array([0.9, 0.8, 0.95, 0.7])
    assert [g.tolist() for g in overlap_groups(boxes, scores, 0.5)] == [[2], [0, 1], [3]]
    assert [g.tolist() for g in overlap_groups(boxes, scores, 0.3)] == [[2], [0, 1, 3]]
    assert [g.tolist() for g in overlap_groups(boxes, scores, 0.6)] == [[2], [0], [1, 3]]
    assert overlap_groups(boxes[:0], scores[:0], 0.5) == []


def test_a_box_without_area_is_a_group_of_its_own():
    boxes = np.array([[5, 5, 5, 5], [5, 5, 5, 5]])
    assert [g.tolist() for g in overlap_groups(boxes, np.array([0.5, 0.5]), 0.1)] == [[0], [1]]


@given(
    arrays.arrays(np.int64, st.tuples(st.integers(0, 30), st.just(4)), elements=st.integers(0, 20)),
    st.floats(0, 0.99),
)
def test_groups_hold_everything_once_and_their_bests_lie_apart(corners, overlap):
    boxes = np.hstack([corners[:, :2], corners[:, :2] + corners[:, 2:]])
    scores = np.random.default_rng(len(boxes)).random(len(boxes))
    groups = overlap_groups(boxes, scores, overlap)
    assert sorted(index for group in groups for index in group) == list(range(len(boxes)))
    bests = [group[0] for group in groups]
    assert (np.diff(scores[bests]) <= 0).all()
    between = iou_matrix_xyxy(boxes[bests], boxes[bests])
    assert (between[~np.eye(len(bests), dtype=bool)] <= overlap).all()
    for group in groups:
        assert (np.diff(scores[group]) <= 0).all()
        assert (iou_matrix_xyxy(boxes[group[:1]], boxes[group[1:]]) > overlap).all()


def test_tight_boxes_are_around_visible_landmarks(answer):
    landmarks = np.full((21, 2), 500.0)
    landmarks[[3, 4, 5]] = [10, 40], [30, 20], [20, 90]
    visibility = np.zeros(21)
    visibility[[3, 4, 5]] = 1
    seen = answer([0, 0, 100, 100], landmarks=landmarks, visibility=visibility)
    assert tight_boxes_xyxy(seen).tolist() == [[10, 20, 30, 90]]
    visibility[[3, 4]] = 0
    one = answer([0, 0, 100, 100], landmarks=landmarks, visibility=visibility)
    assert tight_boxes_xyxy(one).tolist() == [[0, 0, 100, 100]]


def test_twelve_regions_of_one_face_are_the_median_of_the_best_five(answer):
    group = [
        answer(
            [50 - n, 40 - n, 150 + n, 140 + n],
            score=0.99 - n / 100,
            x=100 + shift,
            pose=(0, 0, shift / 10),
            female_probability=shift / 10,
        )
        for n, shift in enumerate([2, 0, 9, 1, 3, *([50 / 9] * 7)])
    ]
    (face,) = suppress_by_landmarks(join(group), 0.3, 5, "median")
    assert face.score == 0.99
    # The median of 2, 0, 9, 1, 3 is 2; the seven others have no say, and the mean is 3.
    assert face.landmarks[7, 0] == pytest.approx(100 + 2 - 0.5 * 20)
    assert face.pose[2] == pytest.approx(0.2)
    assert face.female_probability == pytest.approx(0.2)
    assert face.box_xyxy[[0, 2]].mean() == pytest.approx(102, abs=0.1)
    assert face.box_xyxy[2] - face.box_xyxy[0] == pytest.approx(50, abs=0.1)
    (face,) = suppress_by_landmarks(join(group), 0.3, 5, "mean")
    assert face.pose[2] == pytest.approx(0.3)
    (face,) = suppress_by_landmarks(join(group), 0.3, 1, "median")
    assert face.pose[2] == pytest.approx(0.2)
    (face,) = suppress_by_landmarks(join(group), 0.3, 2, "median")
    assert face.pose[2] == pytest.approx(0.1)


def test_two_faces_that_touch_stay_two(answer):
    left, right = answer([50, 50, 150, 150], x=80), answer([60, 50, 160, 150], 0.8, x=125)
    faces = suppress_by_landmarks(join([left, right]), 0.3, 5, "median")
    assert [round(face.box_xyxy[[0, 2]].mean()) for face in faces] == [80, 125]
    # Their regions overlap by 0.82: plain suppression takes them for one.
    assert len(suppress_by_regions(join([left, right]), 0.3)) == 1


def test_plain_suppression_keeps_the_best_region_of_each_place(answer):
    some = join(
        [
            answer([50, 50, 150, 150], 0.7, x=90),
            answer([55, 50, 155, 150], 0.9, x=110),
            answer([200, 50, 280, 130], 0.6, x=240),
        ]
    )
    faces = suppress_by_regions(some, 0.5)
    assert [face.score for face in faces] == [0.9, 0.6]
    assert [round(face.box_xyxy[[0, 2]].mean()) for face in faces] == [110, 240]


def test_of_nested_faces_the_better_stays():
    def face(score, *box):
        nothing = np.zeros((21, 2)), np.ones(21), np.zeros(3), 0.5
        return DetectedFace(np.array(box, float), score, *nothing)

    large, inside, beside = (
        face(0.9, 0, 0, 100, 100),
        face(0.8, 60, 0, 110, 50),
        face(0.7, 90, 0, 140, 50),
    )
    # Four fifths of the second lie in the first, a fifth of the third; two fifths of the third in
    # the second.
    assert without_nested([large, inside, beside], 0.79) == [large, beside]
    assert without_nested([large, inside, beside], 0.81) == [large, inside, beside]
    around = face(0.6, -50, -50, 150, 150)  # holds all of them
    assert without_nested([large, beside, around], 0.99) == [large, beside]
    assert without_nested([large, beside, around], 1.0) == [large, beside, around]
    # What stands inside a face that is itself left out may stay.
    small = face(0.5, 102, 0, 109, 7)
    assert without_nested([large, inside, small], 0.79) == [large, small]
    assert without_nested([], 0.5) == []


def test_a_face_with_too_few_visible_points_has_the_best_regions_box(answer):
    hidden = answer([50, 40, 150, 140], visibility=np.zeros(21))
    (face,) = suppress_by_landmarks(hidden, 0.3, 5, "median")
    assert face.box_xyxy.tolist() == [50, 40, 150, 140]


def test_nothing_found():
    nothing = join([])
    assert suppress_by_landmarks(nothing, 0.3, 5, "median") == []
    assert suppress_by_regions(nothing, 0.3) == []
