import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rendering.exposure import (
    exposed,
    jpeg,
    linear_to_srgb,
    photograph,
    srgb_to_linear,
)
from tools.rendering.recipes import CameraRecipe


def camera(**changes):
    plain = {
        **{"focal": 500.0, "exposure": 0.5, "balance": (1.0, 1.0), "contrast": 1.0},
        **{"saturation": 1.0, "blur": 0.0, "motion": (0.0, 0.0), "noise": 0.0},
        **{"vignette": 0.0, "quality": 90},
    }
    return CameraRecipe(**(plain | changes))


def take(front, cover, backdrop, **changes):
    return photograph(front, cover, backdrop, camera(**changes), np.random.default_rng(1))


GRAY = np.full((40, 60, 3), 0.5, np.float32)
NONE, FULL = np.zeros((40, 60), np.float32), np.ones((40, 60), np.float32)


def test_the_mean_brightness_is_as_given():
    light = np.full((10, 10, 3), 7.0, np.float32)
    shown = exposed(light, np.ones((10, 10), np.float32), 0.4)
    np.testing.assert_allclose(shown, 0.4, atol=1e-3)


def test_only_covered_pixels_count_for_the_exposure():
    light, cover = np.zeros((10, 10, 3), np.float32), np.zeros((10, 10), np.float32)
    light[:2], cover[:2] = 3.0, 1.0
    shown = exposed(light, cover, 0.4)
    np.testing.assert_allclose(shown[:2], 0.4, atol=1e-2)
    np.testing.assert_allclose(shown[2:], 0)


def test_highlights_stay_below_white():
    light = np.array([[[0.1] * 3, [50.0] * 3]], np.float32)
    assert exposed(light, np.ones((1, 2), np.float32), 0.3).max() <= 1


def test_the_scene_is_in_front_of_its_backdrop():
    cover = NONE.copy()
    cover[:, :30] = 1
    image = take(GRAY * cover[..., None], cover, GRAY * 0 + (1.0, 0, 0))
    assert image[20, 10].tolist() == [128, 128, 128]
    assert image[20, 50, 0] > 200
    assert image[20, 50, 1] == 0


def test_a_gray_image_has_equal_channels():
    image = take(GRAY * 0, NONE, GRAY * (1, 0.5, 0.2), saturation=0.0, noise=4.0)
    assert (image[..., 0] == image[..., 1]).all()
    assert (image[..., 0] == image[..., 2]).all()
    assert image.std() > 0


def test_corners_are_darker_under_a_vignette():
    image = take(GRAY, FULL, GRAY, vignette=0.4)
    assert image[0, 0, 0] < 0.7 * image[20, 30, 0]


@pytest.mark.parametrize("blur", [{"blur": 2.0}, {"motion": (6.0, 0.0)}])
def test_blur_spreads_an_edge(blur):
    front = GRAY * 0
    front[:, 30:] = 1
    sharp, soft = take(front, FULL, GRAY), take(front, FULL, GRAY, **blur)
    assert sharp[20, 28, 0] == 0
    assert 0 < soft[20, 29, 0] < 255


def test_an_image_survives_its_jpeg():
    image = take(GRAY, FULL, GRAY)
    back = cv2.imdecode(np.frombuffer(jpeg(image, 95), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(back.astype(int) - image).max() <= 2


def test_srgb_to_linear_has_the_values_of_the_standard():
    np.testing.assert_allclose(
        srgb_to_linear([0, 0.04045, 0.5, 1]), [0, 0.0031308, 0.21404, 1], atol=1e-5
    )
    assert linear_to_srgb(np.array([-1.0, 0.0])).tolist() == [0, 0]


@given(st.floats(0, 1))
def test_linear_to_srgb_inverts_srgb_to_linear(color):
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(color)), color, atol=1e-6)
