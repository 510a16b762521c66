import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hyperface.proposals.locations import locations_of
from hyperface.regions.assignment import BACKGROUND, FACE, LEFT_OUT, assign

LOCATIONS = locations_of(128, 128)


def centers(targets, state, stride=None):
    """The locations of a state, of one map or of all."""
    rows = targets[:, 0] == state
    if stride is not None:
        rows &= LOCATIONS.strides == stride
    return sorted(map(tuple, LOCATIONS.centers[rows].tolist()))


def test_a_small_face_by_hand():
    # 16 pixels around (20, 20): 2 strides of the finest map, and too small for the others.
    targets = assign(LOCATIONS, [[12, 12, 28, 28]])
    # Half a stride, 4, around the center: (20, 20) alone, as 12 and 28 are 8 away.
    assert centers(targets, FACE) == [(20, 20)]
    (row,) = np.flatnonzero(targets[:, 0] == FACE)
    np.testing.assert_allclose(np.exp(targets[row, 1:]) * 16, [8, 8, 8, 8], rtol=1e-5)
    # Within a stride, 8, of the finest map the others are left out.
    left_out = {(x, y) for x in (12, 20, 28) for y in (12, 20, 28)} - {(20, 20)}
    assert centers(targets, LEFT_OUT, 8) == sorted(left_out)
    assert (targets[targets[:, 0] != FACE, 1:] == 0).all()


def test_a_face_between_two_sizes_belongs_to_both_maps():
    # 40 pixels: 5 strides of 8 and 2.5 of 16, but 1.25 of 32.
    targets = assign(LOCATIONS, [[44, 44, 84, 84]])
    assert len(centers(targets, FACE, 8)) and len(centers(targets, FACE, 16))
    assert not centers(targets, FACE, 32)
    # Center 64; 0.18 x 40 = 7.2, at stride 16 half a stride, 8: centers 56 and 72.
    assert centers(targets, FACE, 16) == [(56, 56), (56, 72), (72, 56), (72, 72)]
    assert centers(targets, FACE, 8) == [(60, 60), (60, 68), (68, 60), (68, 68)]


def test_the_coarsest_map_has_all_larger_faces():
    targets = assign(LOCATIONS, [[-400, -400, 500, 500]])  # 900 pixels around (50, 50)
    assert set(LOCATIONS.strides[targets[:, 0] == FACE].tolist()) == {64}
    assert not centers(targets, BACKGROUND)


def test_a_location_of_two_faces_gets_the_nearer_one():
    targets = assign(LOCATIONS, [[4, 4, 20, 20], [8, 4, 24, 20]])  # centers (12, 12), (16, 12)
    rows = np.flatnonzero(targets[:, 0] == FACE)
    boxes = {
        tuple(LOCATIONS.centers[row]): LOCATIONS.decode(
            np.tile(targets[row, 1:], (len(targets), 1))
        )
        for row in rows
    }
    learned = {where: all_boxes[rows[n]] for n, (where, all_boxes) in enumerate(boxes.items())}
    np.testing.assert_allclose(learned[12, 12], [4, 4, 20, 20], atol=1e-3)
    np.testing.assert_allclose(learned[20, 12], [8, 4, 24, 20], atol=1e-3)


def test_uncertain_background_is_ignored_and_faces_are_learned():
    background = LOCATIONS.centers[:, 0] > 64
    targets = assign(LOCATIONS, [[12, 12, 28, 28]], background)
    assert centers(targets, FACE) == [(20, 20)]
    assert min(x for x, _ in centers(targets, BACKGROUND)) > 64
    none = assign(LOCATIONS, np.zeros((0, 4)), background)
    assert ((none[:, 0] == BACKGROUND) == background).all()


@given(st.floats(0, 128), st.floats(0, 128), st.floats(8, 500))
def test_every_face_in_the_image_is_learned_somewhere(x, y, side):
    box = [x - side / 2, y - side / 2, x + side / 2, y + side / 2]
    targets = assign(LOCATIONS, [box])
    rows = targets[:, 0] == FACE
    assert rows.any()
    boxes = LOCATIONS.decode(targets[:, 1:])[rows]
    np.testing.assert_allclose(boxes, np.tile(box, (len(boxes), 1)), atol=0.05)
