import numpy as np
import pytest

from hyperface.regions.cropping import REGION_SIDE, ShrinkingImage, crop_region


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_a_patch_of_the_right_size_stays_as_it_is():
    image = noise(300, 400)
    region = crop_region(image, np.array([30, 20, 30 + 227, 20 + 227]))
    np.testing.assert_array_equal(region, image[20 : 20 + 227, 30 : 30 + 227])
    assert REGION_SIDE == 227


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (10, 30), (227, 500), (900, 227)])
def test_shape_and_dtype(size):
    width, height = size
    region = crop_region(noise(height, width), np.array([0, 0, width, height]))
    assert region.shape == (227, 227, 3)
    assert region.dtype == np.uint8


def test_channels_keep_their_order():
    image = np.zeros((300, 300, 3), np.uint8)
    image[:] = 200, 100, 50  # red, green, blue
    for box in ([0, 0, 300, 300], [0, 0, 50, 80]):
        assert (crop_region(image, np.array(box)) == [200, 100, 50]).all()


def test_width_and_height_are_not_swapped():
    image = np.zeros((100, 600, 3), np.uint8)
    image[:, 300:] = 255
    region = crop_region(image, np.array([0, 0, 600, 100]))
    assert (region[:, :112] == 0).all()
    assert (region[:, 115:] == 255).all()


def test_a_checkerboard_becomes_gray_where_it_shrinks():
    board = (np.indices((454, 454)).sum(axis=0) % 2 * 255).astype(np.uint8)
    region = crop_region(np.dstack([board] * 3), np.array([0, 0, 454, 454]))
    # Each pixel is two black and two white ones.
    assert np.isin(region, [127, 128]).all()


def test_stripes_become_gray_where_only_the_width_shrinks():
    # Eight columns to a pixel, four of them white; the two in its middle alone would be white.
    columns = np.where(np.isin(np.arange(8 * 227) % 4, [0, 3]), 255, 0)
    image = np.broadcast_to(columns[None, :, None], (100, 8 * 227, 3)).astype(np.uint8)
    region = crop_region(image, np.array([0, 0, 8 * 227, 100]))
    assert np.abs(region.astype(int) - 127).max() <= 1


def test_shrinking_by_a_whole_factor_is_the_mean():
    image = noise(3 * 227, 2 * 227)
    region = crop_region(image, np.array([0, 0, 2 * 227, 3 * 227]))
    means = image.reshape(227, 3, 227, 2, 3).mean(axis=(1, 3))
    assert np.abs(region - means).max() <= 0.5 + 1e-6


def test_enlarging_keeps_pixels_in_place():
    image = np.zeros((10, 10, 3), np.uint8)
    image[4, 7] = 255
    region = crop_region(image, np.array([0, 0, 10, 10]))
    light = region[..., 0] / region[..., 0].sum()
    middles = np.arange(227) + 0.5
    # Pixel 7 covers 7..8 of 10; its middle, 7.5, is at 0.75 of the side.
    assert light.sum(axis=0) @ middles == pytest.approx(0.75 * 227, abs=0.1)
    assert light.sum(axis=1) @ middles == pytest.approx(0.45 * 227, abs=0.1)


@pytest.mark.parametrize(
    "box",
    [
        [10, 10, 10, 20],
        [10, 20, 30, 20],
        [400, 0, 500, 100],
        [-50, -50, -10, -10],
        [90, 0, 101, 100],
    ],
)
def test_refuses_a_region_that_is_empty_or_not_inside(box):
    with pytest.raises(ValueError, match="empty or reaches out"):
        crop_region(noise(100, 100), np.array(box))


@pytest.mark.parametrize("box", [[3, 5, 480, 400], [7, 11, 951, 930], [0, 1, 2001, 1950]])
def test_a_large_region_of_a_shrinking_image_is_nearly_the_same(box):
    y, x = np.mgrid[:1999, :2003]
    waves = np.stack([np.sin(x / 200), np.cos(y / 150), np.sin((x + y) / 250)], axis=-1)
    image = np.uint8(127 + 120 * waves)
    image[:700, :900] //= 2  # and an edge
    near, exact = ShrinkingImage(image).crop(np.array(box)), crop_region(image, np.array(box))
    apart = np.abs(near.astype(int) - exact)
    assert (
        apart.mean() < 0.7
    )  # rounding moves the region by up to a quarter of the pixels of a crop
    assert (apart > 8).mean() < 0.01  # along the edge
    if box[2] < 900:
        np.testing.assert_array_equal(near, exact)
