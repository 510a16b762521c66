import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.proposals import selective_search
from hyperface.proposals.selective_search import METHODS, propose


def square_image(width: int = 160, height: int = 120) -> np.ndarray:
    """A rust square, left 40, top 30, right 90, bottom 70, on green."""
    image = np.full((height, width, 3), (40, 90, 60), np.uint8)
    image[30:70, 40:90] = (200, 60, 30)
    return image


def noisy_image(height: int, width: int) -> np.ndarray:
    """Blocks of color, so that there is something to find."""
    blocks = np.random.default_rng(3).integers(0, 256, (-(-height // 6), -(-width // 6), 3))
    return np.kron(blocks, np.ones((6, 6, 1))).astype(np.uint8)[:height, :width]


@pytest.mark.parametrize("method", ["opencv_fast", "opencv_quality"])
@pytest.mark.parametrize("working_side", [200, 80])  # Left alone, and shrunk to half.
def test_an_obvious_object_gets_its_exact_box_in_image_pixels(method, working_side):
    assert [40, 30, 90, 70] in propose(square_image(), method, working_side).tolist()


@pytest.mark.parametrize(("working_side", "least"), [(200, 0.9), (80, 0.8)])
def test_the_package_selectivesearch_finds_the_object(working_side, least):
    # Its finer segments take the blurred rim for a thing of its own: not quite exact.
    boxes = propose(square_image(), "selectivesearch", working_side)
    assert iou_matrix_xyxy(boxes, np.array([[40, 30, 90, 70]])).max() > least


def test_the_package_selectivesearch_gets_rgb_and_its_widths_are_corrected(monkeypatch):
    seen = []

    def search(image, **_):
        seen.append(image)
        return image, [{"rect": (2, 3, 9, 19)}, {"rect": (2, 3, 9, 19)}, {"rect": (5, 5, 0, 0)}]

    monkeypatch.setattr("selectivesearch.selective_search", search)
    boxes = propose(square_image(), "selectivesearch", None)
    assert seen[0][0, 0].tolist() == [40, 90, 60]
    assert boxes.tolist() == [[2, 3, 12, 23], [5, 5, 6, 6]]  # Pixels 2 to 11, 3 to 22; pixel 5.


def test_opencv_gets_bgr(monkeypatch):
    seen = []

    class Search:
        setBaseImage = staticmethod(seen.append)  # noqa: N815
        switchToSelectiveSearchFast = staticmethod(lambda *_: None)  # noqa: N815
        switchToSelectiveSearchQuality = None  # noqa: N815
        process = staticmethod(lambda: np.array([[2, 3, 10, 20]], np.int32))

    monkeypatch.setattr(
        selective_search.cv2.ximgproc.segmentation,
        "createSelectiveSearchSegmentation",
        Search,
    )
    boxes = propose(square_image(), "opencv_fast", None)
    assert seen[0][0, 0].tolist() == [60, 90, 40]
    assert boxes.tolist() == [[2, 3, 12, 23]]  # left, top, left + width, top + height


@pytest.mark.parametrize("method", METHODS)
def test_the_order_is_reproducible_and_max_boxes_keeps_the_first(method):
    image = noisy_image(48, 60)
    first = propose(image, method, None)
    assert len(first) > 20
    for _ in range(3):
        np.testing.assert_array_equal(propose(image, method, None), first)
    np.testing.assert_array_equal(propose(image, method, None, max_boxes=7), first[:7])


def test_boxes_too_elongated_for_a_face_come_last():
    square = np.array([[number, 0, number + 22, 10] for number in range(50)])
    elongated = np.array([[0, number, 10, number + 23] for number in range(50)])
    boxes = selective_search._shuffle_elongated_last(np.concatenate([elongated, square]))
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    assert (width[:50] > height[:50]).all()
    assert (width[50:] < height[50:]).all()
    assert (np.diff(boxes[:50, 0]) < 0).any()  # Shuffled among themselves.


def test_no_square_overlaps_an_elongated_box_by_half():
    # A 1 x r box inside, across or around a square of side s, sharing a corner.
    ratio = selective_search.FACE_ELONGATION
    squares = np.array([[0, 0, side, side] for side in np.linspace(0.5, 3, 2501)])
    overlaps = iou_matrix_xyxy(np.array([[0, 0, ratio, 1]]), squares)
    assert overlaps.max() == pytest.approx(0.5, abs=1e-6)  # At a side of sqrt(r) = 1.5.


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    working_side=st.sampled_from([None, 7, 40]),
    min_side=st.sampled_from([0.0, 1.0, 9.5]),
    method=st.sampled_from(METHODS),
)
def test_boxes_are_inside_the_image_unique_and_large_enough(
    height, width, working_side, min_side, method
):
    boxes = propose(noisy_image(height, width), method, working_side, min_side)
    assert boxes.dtype == np.float32
    assert boxes.shape[1:] == (4,)
    assert len(np.unique(boxes, axis=0)) == len(boxes)
    assert (boxes >= 0).all()
    assert (boxes <= np.array([width, height, width, height])).all()
    assert (boxes[:, 2:] - boxes[:, :2] >= max(min_side, 1e-6)).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1)])
def test_tiny_images_give_the_whole_image(method, shape):
    height, width = shape
    boxes = propose(np.zeros((height, width, 3), np.uint8), method, working_side=200)
    assert boxes.tolist() == [[0, 0, width, height]]
    assert propose(np.zeros((height, width, 3), np.uint8), method, 200, min_side=2).shape == (0, 4)


def test_wrong_arguments_raise_and_are_named():
    with pytest.raises(ValueError, match="opencv_slow"):
        propose(square_image(), "opencv_slow", 200)
    with pytest.raises(ValueError, match="float64"):
        propose(square_image() / 255, "opencv_fast", 200)
    with pytest.raises(ValueError, match=r"\(120, 160\)"):
        propose(square_image()[..., 0], "opencv_fast", 200)


def test_an_opencv_without_ximgproc_names_the_package_to_install(monkeypatch):
    monkeypatch.delattr(selective_search.cv2, "ximgproc")
    with pytest.raises(UserError, match=r"without its module ximgproc.*install opencv-contrib"):
        propose(square_image(), "opencv_fast", None)
    assert len(propose(square_image(), "selectivesearch", None))
