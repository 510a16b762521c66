"""From sRGB, in which colours are told, to linear light, in which they are rendered, and back."""

import numpy as np


def srgb_to_linear(colour: np.ndarray) -> np.ndarray:
    """(...) sRGB 0..1 -> (...) linear light."""
    colour = np.asarray(colour, float)
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(light: np.ndarray) -> np.ndarray:
    """(...) linear light -> (...) sRGB, over 1 where the light is."""
    light = np.maximum(light, 0)
    curved = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, curved)
