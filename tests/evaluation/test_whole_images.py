"""A data set's figures together: matching, misses, intervals."""

import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.evaluation.whole_images import evaluate_sets

LEFT, RIGHT = [10, 10, 50, 50], [100, 10, 140, 50]
AP = "average precision"


def shown(make_face, *boxes, name="a", source="set", complete=True, **labels):
    faces = tuple(make_face(*box, seed=number, **labels) for number, box in enumerate(boxes))
    return AnnotatedImage(None, name, source, 200, 100, faces, complete)


def figure(results, measure, group="all"):
    (found,) = [f for f in results.results if (f.name, f.group) == (measure, group)]
    return found


def test_perfect_predictions_score_best_on_every_task(make_face, found_as_annotated):
    images = [shown(make_face, LEFT, RIGHT, name=name) for name in "abc"]
    found = [[found_as_annotated(face) for face in image.faces] for image in images]
    (results,) = evaluate_sets(images, found)
    assert (figure(results, AP).with_misses.value, figure(results, AP).with_misses.low) == (
        100,
        100,
    )
    for each in results.results:
        estimate = each.without_misses if each.task != "detection" else each.with_misses
        perfect = 0 if not each.higher_is_better else 100
        assert estimate.value == pytest.approx(perfect, abs=1e-4), each
        assert each.missed == 0
    assert {each.task for each in results.results} == {
        *("detection", "landmarks", "visibility", "pose", "gender")
    }


def test_one_miss_and_one_double_detection_have_the_values_worked_out_by_hand(
    make_face, found_as_annotated
):
    image = shown(make_face, LEFT, RIGHT)
    twice = [found_as_annotated(image.faces[0], score) for score in (0.9, 0.8)]
    (results,) = evaluate_sets([image], [twice])
    precision = figure(results, AP)
    assert precision.with_misses.value == pytest.approx(50)  # recall 1/2 at precision 1
    assert (precision.count, precision.missed) == (2, 1)
    assert figure(results, "recall at 10 false positives").with_misses.value == 50
    assert results.samples.detections.matched[0].matches.tolist() == [0, -1]
    error = figure(results, "error / face size", "21 points")
    assert (error.without_misses.value, error.missed) == (pytest.approx(0, abs=1e-4), 1)


def test_average_precision_with_small_faces_ignored_has_the_values_worked_out_by_hand(
    make_face, found_as_annotated
):
    small = [60, 10, 75, 25]
    image = shown(make_face, LEFT, small)
    found = [
        found_as_annotated(face, score) for face, score in zip(image.faces, (0.8, 0.9), strict=True)
    ]
    (results,) = evaluate_sets([image], [found[:1]])
    assert figure(results, AP).with_misses.value == 50
    for size in (20, 40):
        large = figure(results, AP, f"faces from {size} pixels")
        assert (large.with_misses.value, large.count, large.missed) == (100, 1, 0)
    (results,) = evaluate_sets([image], [found[1:]])  # the small face alone
    assert figure(results, AP, "faces from 20 pixels").with_misses.value == 0
    (results,) = evaluate_sets([shown(make_face, LEFT, RIGHT)], [[]])  # without small faces
    assert {each.group for each in results.results if each.name == AP} == {"all"}


def test_predictions_of_other_faces_are_not_used(make_face, found_as_annotated):
    """Detections in another order than the faces, each with its own answers."""
    image = shown(make_face, LEFT, RIGHT, complete=False)
    first, second = (found_as_annotated(face, score) for face, score in
                     zip(image.faces, (0.3, 0.9), strict=True))  # fmt: skip
    (results,) = evaluate_sets([image], [[second, first]])
    assert results.samples.detections.matched[0].matches.tolist() == [1, 0]
    assert figure(results, "error / face size", "21 points").without_misses.value == pytest.approx(
        0
    )


def test_shuffled_predictions_are_worse(make_face, found_as_annotated):
    images = [shown(make_face, LEFT, name=str(n), pose=np.float32([0, 0, n / 9])) for n in range(9)]
    answers = [found_as_annotated(image.faces[0]) for image in images]
    shuffled = [[answers[(n + 4) % 9]] for n in range(9)]
    (results,) = evaluate_sets(images, shuffled)
    error = figure(results, "yaw error")
    by_hand = np.mean([np.degrees(abs(n - (n + 4) % 9) / 9) for n in range(9)])
    assert error.without_misses.value == pytest.approx(by_hand, abs=1e-4)
    assert error.without_misses.value > error.baseline
    assert error.without_misses.low < error.without_misses.value < error.without_misses.high


def test_without_detections_every_face_is_missed(make_face):
    images = [shown(make_face, LEFT, name=name) for name in "ab"]
    (results,) = evaluate_sets(images, [[], []])
    assert figure(results, AP).with_misses.value == 0
    assert figure(results, "yaw within 15 degrees").with_misses.value == 0
    assert np.isnan(figure(results, "yaw error").without_misses.value)


def test_images_without_faces_have_no_results(found_as_annotated, make_face):
    nobody = AnnotatedImage(None, "a", "no_faces", 200, 100, (), True)
    (results,) = evaluate_sets([nobody], [[found_as_annotated(make_face(*LEFT))]])
    assert (list(results.results), results.curve) == ([], None)


def test_a_detection_away_from_all_faces_counts_in_a_test_set(make_face, found_as_annotated):
    away = found_as_annotated(make_face(*RIGHT), 0.95)
    for source, expected in (("mtfl", 100), ("afw", 50)):
        image = shown(make_face, LEFT, source=source, complete=False)
        found = [away, found_as_annotated(image.faces[0])]
        (results,) = evaluate_sets([image], [found])
        assert figure(results, AP).with_misses.value == pytest.approx(expected)


def test_the_constant_box_is_the_mean_box(make_face):
    images = [shown(make_face, LEFT, name=name) for name in "abcd"]
    (results,) = evaluate_sets(images, [[]] * 4)
    assert figure(results, AP).baseline == 100  # every face lies there
    (results,) = evaluate_sets([shown(make_face, LEFT, RIGHT)], [[]])
    assert figure(results, AP).baseline == 0  # between the two


def test_ellipses_are_evaluated_by_fddbs_scores(found_as_annotated):
    ellipse = np.float32([20, 20, 0, 30, 30])
    face = Face(np.float32(LEFT), published_box_xyxy=np.float32(LEFT), ellipse=ellipse)
    image = AnnotatedImage(None, "a", "fddb", 200, 100, (face,), True)
    (results,) = evaluate_sets([image], [[found_as_annotated(face)]])
    assert figure(results, "FDDB, discrete score at 100 false positives").with_misses.value == 100
    continuous = figure(results, "FDDB, continuous score at 100 false positives")
    assert continuous.with_misses.value == pytest.approx(100 * np.pi / 4)
    assert results.roc.discrete.tolist() == [1]


def test_data_sets_are_evaluated_separately(make_face, found_as_annotated):
    one, other = shown(make_face, LEFT, source="b"), shown(make_face, LEFT, source="a")
    results = evaluate_sets([one, other], [[found_as_annotated(one.faces[0])], []])
    assert [each.data for each in results] == ["all data sets", "a", "b"]
    assert [figure(each, AP).with_misses.value for each in results] == [50, 0, 100]


def test_detections_in_images_without_faces_count_over_all_data_sets(make_face, found_as_annotated):
    one = shown(make_face, LEFT)
    nobody = AnnotatedImage(None, "b", "no_faces", 200, 100, (), True)
    found = [[found_as_annotated(one.faces[0], 0.5)], [found_as_annotated(one.faces[0], 0.9)]]
    everything, *_ = evaluate_sets([one, nobody], found)
    assert figure(everything, AP).with_misses.value == pytest.approx(50)


def test_intervals_are_wider_if_people_recur(make_face, found_as_annotated):
    def low(person):
        images = [
            shown(make_face, LEFT, name=str(n), person=person(n), pose=np.zeros(3, np.float32))
            for n in range(40)
        ]
        found = [
            [found_as_annotated(p.faces[0], pose=np.radians([0, 0, n // 10 * 5]))]
            for n, p in enumerate(images)
        ]
        (results,) = evaluate_sets(images, found)
        return figure(results, "yaw error").without_misses.low

    assert low(lambda n: f"person {n // 10}") < low(lambda n: None)
