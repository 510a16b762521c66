"""Painted cloth for shirts."""

import numpy as np

CLOTH_SIDE = 0.4  # metres that the texture covers before it repeats
_TEXELS = 128


def paint_cloth(colour: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """(128, 128, 3) uint8 sRGB: plain, striped, checked or printed cloth, mostly of one colour."""
    second = np.clip(np.array(colour) * rng.uniform(0.3, 1.7) + rng.normal(0, 0.15, 3), 0.02, 1)
    kind = rng.choice(["plain", "across", "down", "checks", "print"], p=[0.45, 0.2, 0.1, 0.15, 0.1])
    at = np.arange(_TEXELS)
    width = int(rng.choice([4, 8, 16, 32]))
    stripe = (at // max(width // 2, 1)) % 2
    share = np.zeros((_TEXELS, _TEXELS))
    if kind == "across":
        share[:] = stripe[:, None]
    elif kind == "down":
        share[:] = stripe
    elif kind == "checks":
        share = (stripe[:, None] + stripe) / 2
    elif kind == "print":
        for _ in range(int(rng.integers(4, 40))):
            (x, y), size = rng.integers(0, _TEXELS, 2), int(rng.integers(2, 14))
            share[y : y + size, x : x + size] = 1
    weave = rng.normal(1, 0.03, (_TEXELS, _TEXELS, 1))
    image = (np.array(colour) * (1 - share[..., None]) + second * share[..., None]) * weave
    return np.rint(255 * np.clip(image, 0.01, 1)).astype(np.uint8)
