import numpy as np
import pytest

from hyperface.regions.overlap import OverlapRules, best_overlap, is_background

PAPER = OverlapRules()
BELOW, ABOVE = -1e-6, 1e-6


def test_defaults_are_the_papers():
    assert (PAPER.face, PAPER.background) == (0.5, 0.35)
    assert (PAPER.landmarks, PAPER.pose_gender) == (0.35, 0.5)
    assert PAPER.background_min == 0.1


@pytest.mark.parametrize(
    ("overlap", "complete", "incomplete"),
    [
        (0.0, True, False),
        (0.1 + BELOW, True, False),
        (0.1, True, False),
        (0.1 + ABOVE, True, True),
        (0.35 + BELOW, True, True),
        (0.35, False, False),
        (0.35 + ABOVE, False, False),
        (1.0, False, False),
    ],
)
def test_background_at_the_cut_offs(make_image, overlap, complete, incomplete):
    overlap = np.array([overlap])
    assert is_background(overlap, make_image(complete=True), PAPER) == [complete]
    assert is_background(overlap, make_image(complete=False), PAPER) == [incomplete]


def test_background_follows_the_rules_given(make_image):
    rules = OverlapRules(background=0.2, background_min=0.05)
    found = is_background(np.array([0.04, 0.06, 0.19, 0.21]), make_image(), rules)
    np.testing.assert_array_equal(found, [False, True, True, False])


def test_best_overlap_by_hand(make_face, make_image):
    image = make_image(make_face(0, 0, 100, 100), make_face(50, 0, 150, 100))
    boxes = [[0, 0, 100, 50], [60, 0, 150, 100], [200, 100, 300, 200], [50, 0, 100, 100]]
    face, overlap = best_overlap(np.array(boxes), image)
    np.testing.assert_array_equal(face[[0, 1]], [0, 1])
    np.testing.assert_allclose(overlap, [50 / 100, 90 / 100, 0, 50 / 100])


@pytest.mark.parametrize("side", [10, 35, 50])
def test_overlap_is_exact_at_the_cut_offs(make_face, make_image, side):
    # A strip of a 100 x 100 face has just that share of it: the cut-offs can be hit.
    image = make_image(make_face(0, 0, 100, 100))
    assert best_overlap(np.array([[0, 0, side, 100]]), image)[1] == [side / 100]


def test_best_overlap_without_a_face(make_image):
    face, overlap = best_overlap(np.array([[0, 0, 10, 10], [5, 5, 9, 9]]), make_image())
    np.testing.assert_array_equal(face, [-1, -1])
    np.testing.assert_array_equal(overlap, [0, 0])


def test_best_overlap_of_no_box(make_face, make_image):
    for image in (make_image(), make_image(make_face(0, 0, 9, 9))):
        face, overlap = best_overlap(np.zeros((0, 4)), image)
        assert len(face) == len(overlap) == 0
