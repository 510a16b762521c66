import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.visualization.drawn_face import DrawnFace
from hyperface.visualization.face_labels import draw_labels, label_corner

BOX = np.array([100.0, 100, 150, 150])
PLATE = (80, 20)
IMAGE = (400, 300)


def box(*ends):
    return np.array(ends, float)


@pytest.mark.parametrize(
    ("occupied", "corner"),
    [
        ([], (100, 78)),  # above: 100 - 2 - 20
        ([box(160, 40, 210, 90)], (70, 78)),  # above, to the right end: 150 - 80
        ([box(100, 40, 150, 90)], (100, 152)),  # below
        ([box(100, 40, 150, 90), box(160, 150, 200, 190)], (70, 152)),  # below, to the right end
        ([box(60, 40, 200, 98), box(60, 152, 200, 190)], (102, 102)),  # inside, at the top
        ([box(60, 40, 200, 125), box(60, 152, 200, 190)], (102, 128)),  # inside, at the bottom
    ],
)
def test_a_label_lies_at_the_first_free_place(occupied, corner):
    assert label_corner(PLATE, BOX, occupied, IMAGE) == corner


def test_without_a_free_place_the_least_is_covered():
    whole = box(0, 0, *IMAGE)
    assert label_corner(PLATE, BOX, [whole], IMAGE) == (100, 78)
    assert label_corner(PLATE, BOX, [whole, box(0, 0, 400, 120)], IMAGE) == (100, 152)


def test_a_label_is_shifted_into_the_image():
    assert label_corner(PLATE, box(380, 5, 395, 20), [], IMAGE) == (320, 0)
    assert label_corner(PLATE, None, [], IMAGE) == (0, 280)
    assert label_corner((500, 400), BOX, [], IMAGE) == (0, 0)


ENDS = st.tuples(*[st.integers(-50, 450)] * 2, *[st.integers(1, 200)] * 2)


@given(ENDS, st.lists(ENDS, max_size=6))
def test_a_label_is_in_the_image_and_the_same_again(face, others):
    own, *occupied = (box(x, y, x + w, y + h) for x, y, w, h in [face, *others])
    left, top = label_corner(PLATE, own, occupied, IMAGE)
    assert 0 <= left <= IMAGE[0] - PLATE[0]
    assert 0 <= top <= IMAGE[1] - PLATE[1]
    assert (left, top) == label_corner(PLATE, own, occupied, IMAGE)


@pytest.mark.parametrize("label", ["", "male"])
def test_angles_are_white(label):
    face = DrawnFace(box(100, 100, 200, 200), pose=np.radians([6.0, 11, 17]), label=label)
    canvas = np.zeros((300, 400, 3), np.uint8)
    draw_labels(canvas, [face], (200, 0, 0))  # letters with smooth edges
    red, green, blue = canvas.reshape(-1, 3).T
    assert ((green > 150) & (green == red) & (green == blue)).any()
    assert ((red > 100) & (green == 0)).any() == bool(label)
