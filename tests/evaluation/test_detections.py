import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.evaluation.detection_metrics import detection_curve
from hyperface.evaluation.detections import match_detections
from hyperface.evaluation.precision_recall import area_under

LEFT, RIGHT = [10, 10, 50, 50], [100, 10, 140, 50]


def image(*boxes, complete=True, ignored=()):
    faces = tuple(Face(np.float32(box)) for box in boxes)
    ignored = np.float32(ignored).reshape(-1, 4)
    return AnnotatedImage(None, "a", "set", 200, 100, faces, complete, ignored_xyxy=ignored)


def shifted(box, x):
    return [box[0] + x, box[1], box[2] + x, box[3]]


def right(found, scores, shown):
    judged = match_detections(np.array(found), np.array(scores), shown)
    return list(zip(judged.scores.tolist(), judged.correct.tolist(), strict=True))


def test_detections_come_back_in_order_of_their_scores():
    assert right([LEFT, RIGHT], [0.6, 0.9], image(LEFT, RIGHT)) == [(0.9, True), (0.6, True)]


def test_a_second_detection_of_a_face_is_wrong():
    found = [shifted(LEFT, 2), LEFT]
    assert right(found, [0.9, 0.8], image(LEFT)) == [(0.9, True), (0.8, False)]


def test_an_iou_of_one_half_is_enough():
    # Shifted by a third of the side: 2/3 over 4/3.
    third = 40 / 3
    assert right([shifted(LEFT, third - 0.01)], [0.9], image(LEFT)) == [(0.9, True)]
    assert right([shifted(LEFT, third + 0.01)], [0.9], image(LEFT)) == [(0.9, False)]


def test_a_face_to_be_ignored_counts_neither_way():
    shown = image(LEFT, complete=False, ignored=[RIGHT])
    assert right([RIGHT, LEFT], [0.9, 0.8], shown) == [(0.8, True)]


def test_a_detection_away_from_all_faces_does_not_count_in_an_incomplete_image():
    near = shifted(LEFT, 25)  # IoU 0.23
    found = [RIGHT, near]
    assert right(found, [0.9, 0.8], image(LEFT, complete=False)) == [(0.8, False)]
    assert right(found, [0.9, 0.8], image(LEFT)) == [(0.9, False), (0.8, False)]


def test_an_ignored_face_does_not_make_an_image_complete():
    shown = image(LEFT, complete=False, ignored=[[160, 60, 190, 90]])
    assert right([RIGHT, LEFT], [0.9, 0.8], shown) == [(0.8, True)]


def test_every_detection_counts_without_leniency():
    judged = match_detections(
        np.array([RIGHT]), np.array([0.9]), image(LEFT, complete=False), lenient=False
    )
    assert judged.correct.tolist() == [False]


def test_each_face_has_the_index_of_its_detection():
    found = [shifted(LEFT, 2), RIGHT, LEFT]
    judged = match_detections(np.array(found), np.array([0.5, 0.7, 0.9]), image(RIGHT, LEFT))
    assert judged.matches.tolist() == [1, 2]
    assert match_detections(np.array([RIGHT]), np.array([0.7]), image(LEFT)).matches.tolist() == [
        -1
    ]


def test_published_boxes_replace_the_projects():
    face = Face(np.float32(LEFT), published_box_xyxy=np.float32(RIGHT))
    both = AnnotatedImage(None, "a", "set", 200, 100, (face, Face(np.float32(LEFT))), True)
    judged = match_detections(np.array([RIGHT, LEFT]), np.array([0.9, 0.8]), both)
    assert judged.correct.tolist() == [True, True]
    assert judged.matches.tolist() == [0, 1]


def test_no_detections_and_no_faces_match_nothing():
    nothing = np.zeros((0, 4)), np.zeros(0)
    judged = match_detections(*nothing, image(LEFT))
    assert (len(judged.scores), judged.faces) == (0, 1)
    assert match_detections(*nothing, image()).faces == 0
    assert right([LEFT], [0.4], image()) == [(0.4, False)]


def test_average_precision_has_the_value_worked_out_by_hand():
    pages = [
        (image(LEFT, RIGHT), [LEFT, RIGHT], [0.9, 0.3]),
        (image(LEFT), [RIGHT], [0.6]),  # a miss and a wrong one
    ]
    judged = [match_detections(np.array(f), np.array(s), shown) for shown, f, s in pages]
    # By score: right, wrong, right. Recall 1/3 at precision 1, 2/3 at 2/3; a third is not found.
    assert area_under(detection_curve(judged)) == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)


def test_faces_under_the_minimum_size_count_neither_way():
    small = [160, 10, 180, 30]
    judged = match_detections(
        np.array([small, shifted(small, 2), RIGHT]),
        np.array([0.9, 0.8, 0.7]),
        image(LEFT, small, RIGHT),
        min_size=20.5,
    )
    assert judged.scores.tolist() == [0.7]
    assert judged.matches.tolist() == [-1, 2]  # without the small face
