import numpy as np
import pytest

from hyperface.visualization.grid import CAPTION_HEIGHT, centered, fit_square, image_grid


def images(count, height=4, width=6):
    """Image number i is of value 10 i."""
    return [np.full((height, width, 3), 10 * index, np.uint8) for index in range(count)]


def test_images_are_arranged_row_by_row_with_gaps():
    grid = image_grid(images(5), columns=2, gap=3)
    assert grid.shape == (3 * 4 + 2 * 3, 2 * 6 + 3, 3)
    for index, (top, left) in enumerate([(0, 0), (0, 9), (7, 0), (7, 9), (14, 0)]):
        assert (grid[top : top + 4, left : left + 6] == 10 * index).all()
    assert (grid[:, 6:9] == 255).all()
    assert (grid[4:7] == 255).all()
    assert (grid[14:, 9:] == 255).all()  # no sixth image


def test_there_are_at_most_as_many_columns_as_images():
    assert image_grid(images(2)).shape == (4, 12, 3)


def test_captions_are_below_their_images():
    grid = image_grid(images(3, 20, 80), ["", "b" * 99, "c"], columns=2)
    assert grid.shape == (2 * (20 + CAPTION_HEIGHT), 160, 3)
    captions = grid[20 : 20 + CAPTION_HEIGHT]
    assert (captions[:, :80] == 255).all()
    assert (captions[:, 80:] < 255).any()
    assert (captions[:, -1] == 255).all()  # cut to the image's width
    assert (grid[-CAPTION_HEIGHT:, :80] < 255).any()
    assert (grid[20 + CAPTION_HEIGHT : -CAPTION_HEIGHT, :80] == 20).all()


@pytest.mark.parametrize(
    ("given", "captions", "columns", "words"),
    [
        ([], None, 2, "needs an image and a column"),
        (images(1), None, 0, "needs an image and a column"),
        (images(1) + images(1, 9), None, 2, "of one size"),
        (images(2), ["one"], 2, "zip"),
    ],
)
def test_wrong_arguments_raise(given, captions, columns, words):
    with pytest.raises(ValueError, match=words):
        image_grid(given, captions, columns)


def test_a_square_contains_the_whole_image():
    square = fit_square(np.zeros((10, 20, 3), np.uint8), 40)
    assert square.shape == (40, 40, 3)
    assert (square[10:30] == 0).all()  # twice as large, in the middle
    assert (square[:10] == 232).all() and (square[30:] == 232).all()
    assert (centered(np.zeros((2, 2, 3), np.uint8), 4)[1:3, 1:3] == 0).all()
