import numpy as np
import pytest

from hyperface.detection.iterative_proposals import better_regions, iterate
from hyperface.detection.region_predictions import join
from hyperface.detection.scoring import run_searches
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.regions.region import whole_pixels_xyxy

SIZE = 300, 200


def iterated(kept, score, **settings):
    settings = {"scale": 1, **settings}
    (found,) = run_searches([iterate(kept, *SIZE, **settings)], [score])
    return found


def exact(view):
    return whole_pixels_xyxy(rectangle_of_view_xyxy(view), *SIZE).tolist()


@pytest.mark.parametrize("pose", [{}, {"roll": 40}, {"yaw": 60}, {"pitch": -30, "roll": -75}])
def test_a_loose_region_points_to_the_face_in_it(answer, view, pose):
    face = view(**pose)
    loose = answer([20, 10, 190, 180], landmarks=face.project(MEAN_FACE))
    assert better_regions(loose, *SIZE, 1).tolist() == [exact(face)]


def test_hidden_points_do_not_matter_and_four_are_enough(answer, view):
    points = view().project(MEAN_FACE)
    visibility = np.zeros(21)
    visibility[[0, 5, 14, 20]] = 0.5
    points[visibility == 0] = 7, 7  # nonsense where nothing is seen
    seen = answer([20, 10, 190, 180], landmarks=points, visibility=visibility)
    (box,) = better_regions(seen, *SIZE, 1)
    assert np.abs(box - exact(view())).max() <= 1
    visibility[20] = 0.49
    assert len(better_regions(answer([0, 0, 9, 9], visibility=visibility), *SIZE, 1)) == 0


def test_the_box_is_enlarged_around_its_center_and_cut_at_the_border(answer, view):
    loose = answer([20, 10, 190, 180], landmarks=view().project(MEAN_FACE))
    left, top, right, bottom = rectangle_of_view_xyxy(view())
    grown = [left - (right - left) / 4, top - (bottom - top) / 4,
             right + (right - left) / 4, bottom + (bottom - top) / 4]  # fmt: skip
    assert better_regions(loose, *SIZE, 1.5).tolist() == [
        whole_pixels_xyxy(np.array(grown), *SIZE).tolist()
    ]
    assert better_regions(loose, *SIZE, 20).tolist() == [[0, 0, *SIZE]]


def test_a_face_beside_the_image_points_to_nothing(answer):
    assert len(better_regions(answer([0, 0, 50, 50], x=-200), *SIZE, 1)) == 0
    assert len(better_regions(answer([0, 0, 50, 50], y=500), *SIZE, 1)) == 0


def test_regions_that_point_to_the_same_place_are_one(answer):
    both = join([answer([20, 10, 190, 180]), answer([30, 20, 150, 160])])
    assert len(better_regions(both, *SIZE, 1)) == 1


def test_one_iteration_finds_the_box_of_the_face(oracle, view):
    asked = []
    score = oracle(view(), asked=asked)
    kept = score(np.array([[60, 50, 160, 160]]))
    found = iterated(kept, score, iterations=1, threshold=0.3)
    assert found.regions_xyxy.tolist() == [[60, 50, 160, 160], exact(view())]
    assert found.scores[1] > 0.95 > found.scores[0]
    assert asked[1] == [exact(view())]  # only what is new


def test_no_iterations_change_nothing(oracle, view):
    score = oracle(view())
    kept = score(np.array([[60, 50, 160, 160]]))
    assert iterated(kept, score, iterations=0, threshold=0.3) is kept


def test_iterations_end_when_no_region_is_new(oracle, view):
    asked = []
    score = oracle(view(), asked=asked)
    kept = score(np.array([[60, 50, 160, 160]]))
    iterated(kept, score, iterations=50, threshold=0.3)
    assert len(asked) == 2


def test_a_new_region_under_the_threshold_is_dropped(oracle, view, answer):
    score = oracle(view(x=250, y=150))
    kept = answer([60, 50, 160, 160])  # says that a face is where the oracle knows of none
    assert len(iterated(kept, score, iterations=1, threshold=0.5)) == 1


def test_no_regions_give_no_better_regions(oracle, view):
    nothing = join([])
    assert len(iterated(nothing, oracle(view()), iterations=2, threshold=0.5)) == 0
