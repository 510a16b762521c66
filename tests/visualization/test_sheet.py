import cv2
import numpy as np
import pytest

from hyperface.visualization import sheet
from hyperface.visualization.drawing import DrawnFace
from hyperface.visualization.files import save_picture
from hyperface.visualization.sheet import close_up_xyxy, picture_sheet, sheet_size

PICTURE = np.full((60, 80, 3), 200, np.uint8)
FACE = DrawnFace(np.array([20.0, 10, 60, 50]), gender="female", score=0.9)


def test_size_is_the_sum_of_its_parts():
    pair = 300 + 8 + 300  # two tiles and the gap between them
    head, cell = 34 + 24, 300 + 22 + 8  # legend and header; tile, caption, gap
    assert sheet_size(1, 2) == (pair + 16, head + cell)  # one pair needs one column
    assert sheet_size(4, 2) == (2 * (pair + 16), head + 2 * cell)
    assert sheet_size(5, 2) == (2 * (pair + 16), head + 3 * cell)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sheet_has_that_size(count):
    drawn = picture_sheet([(PICTURE, FACE, None, "caption")] * count, columns=2)
    width, height = sheet_size(count, 2)
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.uint8


def test_truth_left_and_prediction_right():
    drawn = picture_sheet([(PICTURE, FACE, None, "")])
    top = sheet.LEGEND_HEIGHT + sheet.HEADER_HEIGHT
    tiles = drawn[top : top + sheet.TILE]
    truth = tiles[:, sheet.GAP : sheet.GAP + sheet.TILE]
    prediction = tiles[:, 2 * sheet.GAP + sheet.TILE : 2 * sheet.GAP + 2 * sheet.TILE]
    assert (truth != prediction).any()
    assert set(np.unique(prediction)) <= {200, 232}  # the picture and the pale square, no mark


@pytest.mark.parametrize(("rows", "columns"), [([], 2), ([(PICTURE, None, None, "")], 0)])
def test_nothing_to_show_is_refused(rows, columns):
    with pytest.raises(ValueError, match="needs a row and a column"):
        picture_sheet(rows, columns)


def test_close_up_is_a_square_around_both_boxes():
    picture = np.zeros((1000, 1000, 3), np.uint8)
    truth = DrawnFace(np.array([400.0, 400, 480, 500]))
    prediction = DrawnFace(np.array([420.0, 420, 500, 480]))
    # Both lie in (400, 400)-(500, 500), middle 450, reach 1.7 * 100 / 2 = 85.
    assert close_up_xyxy(picture, truth, prediction).tolist() == [365, 365, 535, 535]


@pytest.mark.parametrize(
    "face",
    [None, DrawnFace(), DrawnFace(np.full(4, np.nan)), DrawnFace(np.array([900, 900, 950, 950]))],
)
def test_close_up_without_a_box_inside_is_the_whole_picture(face):
    assert close_up_xyxy(PICTURE, face).tolist() == [0, 0, 80, 60]


def test_long_and_foreign_captions_stay_inside():
    drawn = picture_sheet([(PICTURE, FACE, FACE, "ü" + "long " * 100)] * 2)
    gap = drawn[-sheet.CAPTION_HEIGHT :, sheet.GAP + sheet.CELL_WIDTH :][:, : 2 * sheet.GAP]
    assert (gap == 255).all()


def test_png_round_trip(tmp_path):
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[0, 0] = 255, 10, 20
    save_picture(tmp_path / "new" / "a.png", picture)
    read = cv2.imread(str(tmp_path / "new" / "a.png"))[..., ::-1]
    np.testing.assert_array_equal(read, picture)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]
