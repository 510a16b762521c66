import numpy as np
import pytest

from hyperface.regions.augmentation import Augmentation, change_pixels

ALWAYS = {
    "color": Augmentation(color=0.3),
    "gray": Augmentation(gray=1.0),
    "blur": Augmentation(blur=1.0),
    "scale": Augmentation(scale=1.0),
    "all": Augmentation(color=0.3, gray=1.0, blur=1.0, scale=1.0),
}


@pytest.fixture
def region():
    return np.random.default_rng(5).integers(0, 256, (227, 227, 3), np.uint8)


def roughness(region):
    """Mean squared difference of neighbors: what blur and loss of resolution take away."""
    return np.square(np.diff(region.astype(float), axis=1)).mean()


def test_the_defaults_change_nothing(region):
    for seed in range(10):
        changed = change_pixels(region, Augmentation(), np.random.default_rng(seed))
        np.testing.assert_array_equal(changed, region)


@pytest.mark.parametrize("name", ALWAYS)
def test_augmentation_keeps_shape_dtype_and_the_original(region, name):
    before = region.copy()
    changed = change_pixels(region, ALWAYS[name], np.random.default_rng(0))
    assert changed.shape == region.shape
    assert changed.dtype == np.uint8
    assert (changed != region).any()
    np.testing.assert_array_equal(region, before)


@pytest.mark.parametrize("name", ALWAYS)
def test_augmentation_depends_only_on_the_generator(region, name):
    first, again = (change_pixels(region, ALWAYS[name], np.random.default_rng(1)) for _ in "ab")
    np.testing.assert_array_equal(first, again)
    if name != "gray":  # which has nothing left to chance
        other = change_pixels(region, ALWAYS[name], np.random.default_rng(2))
        assert (other != first).any()


def test_gray_has_three_equal_channels_of_the_luma(region):
    changed = change_pixels(region, ALWAYS["gray"], np.random.default_rng(0))
    assert (changed == changed[..., :1]).all()
    luma = region @ [0.299, 0.587, 0.114]  # red, green, blue: ITU-R BT.601
    assert np.abs(changed[..., 0] - luma).max() <= 1


@pytest.mark.parametrize("name", ["blur", "scale"])
def test_blur_and_loss_of_resolution_smooth(region, name):
    for seed in range(5):
        changed = change_pixels(region, ALWAYS[name], np.random.default_rng(seed))
        assert roughness(changed) < roughness(region)


@pytest.mark.parametrize("name", ["color", "blur", "scale"])
def test_a_gray_surface_stays_gray(name):
    surface = np.full((50, 60, 3), 128, np.uint8)
    changed = change_pixels(surface, ALWAYS[name], np.random.default_rng(3))
    assert (changed == changed[0, 0]).all()  # nothing is moved, no edge appears
    if name != "color":
        np.testing.assert_array_equal(changed, surface)


def test_color_stays_within_its_range():
    surface = np.full((4, 4, 3), 128, np.uint8)
    for seed in range(50):
        changed = change_pixels(surface, ALWAYS["color"], np.random.default_rng(seed))
        # Brightness up to 0.3, the balance of the channels up to a quarter of it, on middle gray;
        # saturation up to 0.3 of what the balance has put apart.
        apart = 128 * 1.3 * 0.075 * 2
        assert changed.min() >= 128 * 0.7 * (1 - 0.075) - 0.3 * apart - 2
        assert changed.max() <= 128 * 1.3 * (1 + 0.075) + 0.3 * apart + 2


def test_augmentations_have_their_probabilities(region):
    rng = np.random.default_rng(0)
    small, settings = region[:8, :8], Augmentation(gray=0.3)
    changed = [(change_pixels(small, settings, rng) != small).any() for _ in range(500)]
    assert np.mean(changed) == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 500))
