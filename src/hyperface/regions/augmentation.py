"""Random changes of a region's pixels that do not change its labels.

Augmentations that also change labels are the mirror image (`encoding.mirror_targets`), rotation
(`rotation.py`) and occlusion (`occlusion.py`); translation and scale come with the choice of the
region's box (`sampling.py`).
"""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """Probabilities and strengths; the defaults change nothing."""

    mirror: float = 0.0  # probability of the mirror image
    color: float = 0.0  # largest relative change of brightness, contrast and saturation
    gray: float = 0.0  # probability of a gray image
    blur: float = 0.0  # probability of Gaussian blur, sigma up to `blur_sigma` pixels
    blur_sigma: float = 3.0  # pixels of the 227 x 227 region
    scale: float = 0.0  # probability of a downscaling, to a random side
    min_side: int = 40  # smallest side of a downscaled region, in pixels
    max_side: int = 200  # largest side of one, in pixels
    rotation: float = 0.0  # probability of a rotation in the image's plane
    rotation_degrees: float = 45.0  # largest rotation, in both directions
    occlusion: float = 0.0  # probability that a face is occluded


def change_pixels(region: np.ndarray, settings: Augmentation, rng: np.random.Generator):
    """(H, W, 3) uint8 RGB -> the same shape, its pixels changed at random."""
    if rng.random() < settings.scale:
        logarithm = rng.uniform(np.log(settings.min_side), np.log(settings.max_side))
        side = round(np.exp(logarithm))
        small = cv2.resize(region, (side, side), interpolation=cv2.INTER_AREA)
        region = cv2.resize(small, region.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    if rng.random() < settings.blur:
        region = cv2.GaussianBlur(region, (0, 0), rng.uniform(0.3, settings.blur_sigma))
    if settings.color:
        region = _change_color(region, settings.color, rng)
    if rng.random() < settings.gray:
        region = cv2.cvtColor(cv2.cvtColor(region, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return region


def _change_color(region: np.ndarray, limit: float, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast, saturation and the balance of the channels, each by up to `limit`."""
    brightness, contrast, saturation = 1 + rng.uniform(-limit, limit, 3)
    balance = 1 + rng.uniform(-limit, limit, 3) / 4
    levels = (np.arange(256) - 128) * contrast + 128 * brightness
    table = np.clip(levels[:, None] * balance, 0, 255).astype(np.uint8)  # (256, 3)
    region = cv2.LUT(region, table[None])
    gray = cv2.cvtColor(cv2.cvtColor(region, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(region, saturation, gray, 1 - saturation, 0)
