import numpy as np

from hyperface.predictions.tracking import MAX_MISSED_FRAMES, Tracker


def box(x, side=40):
    return np.array([x, 10, x + side, 10 + side])


def test_numbers_stay_while_faces_move_and_change_their_order():
    tracker = Tracker()
    assert tracker.follow([box(0), box(100)]) == [0, 1]
    assert tracker.follow([box(105), box(6)]) == [1, 0]
    assert tracker.follow([box(12), box(110), box(200)]) == [0, 1, 2]


def test_each_number_goes_to_the_face_that_overlaps_most():
    tracker = Tracker()
    tracker.follow([box(0)])
    assert tracker.follow([box(15), box(2)]) == [1, 0]


def test_a_face_missed_for_a_while_comes_back():
    tracker = Tracker()
    tracker.follow([box(0)])
    for _ in range(MAX_MISSED_FRAMES):
        assert tracker.follow([]) == []
    assert tracker.follow([box(3)]) == [0]
    for _ in range(MAX_MISSED_FRAMES + 1):
        tracker.follow([])
    assert tracker.follow([box(3)]) == [1]


def test_numbering_continues_after_known_numbers():
    tracker = Tracker()
    tracker.follow([box(0), box(100)], known=[7, 3])
    assert tracker.follow([box(100), box(0), box(200)]) == [3, 7, 8]
