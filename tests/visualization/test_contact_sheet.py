import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.visualization.contact_sheet import SIDE, contact_sheet
from hyperface.visualization.grid import CAPTION_HEIGHT


@pytest.fixture
def make_image(tmp_path):
    def make(name, source="set", size=(600, 300), faces=(), **more):
        Image.new("RGB", size, "white").save(tmp_path / name)
        return AnnotatedImage(tmp_path / name, name, source, *size, faces, **more)

    return make


def marked(sheet, x, y):
    """Whether something is drawn near (x, y) of the white image."""
    return sheet[y - 3 : y + 4, x - 3 : x + 4].min() < 190


def test_marks_stand_where_the_scaled_image_has_them(make_image):
    landmarks = np.full((21, 2), np.nan)
    landmarks[14] = 300, 150  # the middle of the image, so of the tile
    face = Face(np.float32([200, 50, 400, 250]), landmarks, np.ones(21))
    ignored = np.float32([[20, 20, 80, 80]])
    sheet = contact_sheet([make_image("a.png", faces=(face,), ignored_xyxy=ignored)], 4, 1)
    assert sheet.shape == (SIDE + CAPTION_HEIGHT, SIDE, 3)
    assert marked(sheet, 150, 150)
    # Half as large, and 75 rows further down.
    assert marked(sheet, 100, 75 + 75)
    assert marked(sheet, 200, 75 + 75)
    assert marked(sheet, 150, 75 + 25)
    assert marked(sheet, 10, 75 + 25)
    assert not marked(sheet, 50, 75 + 125)


def test_the_data_sets_take_turns(make_image):
    many = [make_image(f"{number}.png", "many") for number in range(20)]
    few = [make_image("few.png", "few")]
    sheet = contact_sheet(many + few, 7, 1)
    # Seven tiles, six in a row.
    assert sheet.shape == (2 * (SIDE + CAPTION_HEIGHT), 6 * SIDE, 3)
    assert not np.array_equal(sheet, contact_sheet(many + few, 7, 2))
    assert np.array_equal(sheet, contact_sheet(many + few, 7, 1))


def test_what_cannot_be_decoded_is_ignored(make_image):
    images = [make_image("good.png"), make_image("bad.png")]
    images[1].path.write_bytes(b"")
    assert contact_sheet(images, 9, 1).shape[0] == SIDE + CAPTION_HEIGHT
    with pytest.raises(ValueError, match="none of the images"):
        contact_sheet(images[1:], 9, 1)
