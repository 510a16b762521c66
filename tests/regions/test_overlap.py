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
    box, overlap = np.array([[0, 0, 9, 9]]), np.array([overlap])
    assert is_background(box, overlap, make_image(complete=True), PAPER) == [complete]
    assert is_background(box, overlap, make_image(complete=False), PAPER) == [incomplete]


def test_background_follows_the_rules_given(make_image):
    rules = OverlapRules(background=0.2, background_min=0.05)
    overlap = np.array([0.04, 0.06, 0.19, 0.21])
    found = is_background(np.tile([0, 0, 9, 9], (4, 1)), overlap, make_image(), rules)
    np.testing.assert_array_equal(found, [False, True, True, False])


# Of an ignored face at 100, 50, 120, 70 (400 square pixels):
@pytest.mark.parametrize(
    ("box", "background"),
    [
        ([60, 50, 104, 70], True),  # 80 in common, IoU 80 / 1,200 = 0.07
        ([80, 50, 104, 70], True),  # 80 in common, IoU 80 / 800, which is 0.1 and not above it
        ([80, 50, 105, 70], False),  # 100 in common, IoU 100 / 800
        ([0, 0, 110, 200], True),  # half of the face lies in it, IoU 0.01
        ([0, 0, 111, 200], False),  # more than half
        ([110, 60, 114, 64], False),  # within the face, IoU 0.04, such as one of a crowd
        ([0, 100, 300, 200], True),
    ],
)
@pytest.mark.parametrize("overlap", [0.0, 0.2])
def test_what_touches_an_ignored_face_is_no_background(make_image, box, background, overlap):
    image = make_image(complete=True, ignored=[[100, 50, 120, 70], [280, 0, 290, 10]])
    assert is_background(np.array([box]), np.array([overlap]), image, PAPER) == [background]
    incomplete = make_image(ignored=[[100, 50, 120, 70]])
    expected = background and overlap > 0.1
    assert is_background(np.array([box]), np.array([overlap]), incomplete, PAPER) == [expected]


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
