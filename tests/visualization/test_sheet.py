import numpy as np
import pytest

from hyperface.visualization import sheet
from hyperface.visualization.drawn_face import DrawnFace
from hyperface.visualization.grid import CAPTION_HEIGHT
from hyperface.visualization.sheet import close_up_xyxy, image_sheet

IMAGE = np.full((60, 80, 3), 200, np.uint8)
FACE = DrawnFace(np.array([20.0, 10, 60, 50]), label="face 0.90, female 0.97")


@pytest.mark.parametrize(("count", "across", "down"), [(1, 1, 1), (2, 2, 1), (4, 2, 2), (5, 2, 3)])
def test_the_size_is_the_sum_of_the_parts(count, across, down):
    pair, cell = 300 + 8 + 300, 300 + 22  # two tiles and the gap between them; tile and caption
    # A gap of 16 between pairs, 8 around all; legend and header.
    width, height = 16 + across * pair + (across - 1) * 16, 34 + 24 + down * (cell + 16) - 16 + 8
    drawn = image_sheet([(IMAGE, FACE, None, "caption")] * count)
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.uint8


def test_the_truth_is_left_and_the_prediction_right():
    drawn = image_sheet([(IMAGE, FACE, None, "")])
    top = sheet.LEGEND_HEIGHT + sheet.HEADER_HEIGHT
    tiles = drawn[top : top + sheet.TILE]
    truth = tiles[:, sheet.GAP : sheet.GAP + sheet.TILE]
    prediction = tiles[:, 2 * sheet.GAP + sheet.TILE : 2 * sheet.GAP + 2 * sheet.TILE]
    assert (truth != prediction).any()
    assert set(np.unique(prediction)) <= {200, 232}  # the image and the pale square, no mark


def test_a_sheet_without_rows_raises():
    with pytest.raises(ValueError, match="needs an image and a column"):
        image_sheet([])


def test_the_close_up_is_a_square_around_both_boxes():
    image = np.zeros((1000, 1000, 3), np.uint8)
    truth = DrawnFace(np.array([400.0, 400, 480, 500]))
    prediction = DrawnFace(np.array([420.0, 420, 500, 480]))
    # Both lie in (400, 400)-(500, 500), middle 450, reach 1.7 * 100 / 2 = 85.
    assert close_up_xyxy(image, truth, prediction).tolist() == [365, 365, 535, 535]


@pytest.mark.parametrize(
    "face",
    [None, DrawnFace(), DrawnFace(np.full(4, np.nan)), DrawnFace(np.array([900, 900, 950, 950]))],
)
def test_the_close_up_without_a_box_inside_is_the_whole_image(face):
    assert close_up_xyxy(IMAGE, face).tolist() == [0, 0, 80, 60]


def test_long_and_non_ascii_captions_stay_inside():
    drawn = image_sheet([(IMAGE, FACE, FACE, "ü" + "long " * 100)] * 2)
    caption = drawn[-sheet.GAP - CAPTION_HEIGHT : -sheet.GAP]
    assert (caption[:, 8 + 608 : 8 + 608 + 16] == 255).all()  # between the pairs
    assert (caption[:, 8:616] < 255).any() and (caption[:, 632:1240] < 255).any()
