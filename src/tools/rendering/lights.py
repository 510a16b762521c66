"""The light around a scene, as a smooth environment map of linear light."""

import numpy as np

SKY_HEIGHT = 32  # pixels; twice as wide


def draw_sky(kind: str, rng: np.random.Generator) -> np.ndarray:
    """(32, 64, 3) float32 linear light from all directions.

    Args:
        kind: One of `recipes.LIGHTS`.
        rng: The source of randomness of strengths, colors and directions.
    """
    rows = (np.arange(SKY_HEIGHT) + 0.5) / SKY_HEIGHT
    above = np.cos(rows * np.pi)[:, None, None]  # 1 straight up .. -1 straight down
    top, ground = _warmth(rng.uniform(-0.3, 0.5)), _warmth(rng.uniform(-0.6, 0.1))
    sky = np.where(above > 0, 0.25 + 0.5 * above, 0.25 + 0.15 * above)
    sky = sky * np.where(above > 0, top, ground) * np.ones((1, 2 * SKY_HEIGHT, 1))
    side = rng.uniform(-1.3, 1.3)  # radians from the camera's back
    lights = {
        "overcast": [(side, rng.uniform(0.5, 1.3), 0.9, rng.uniform(0.5, 1.5), 0.1)],
        "sun": [(side, rng.uniform(0.3, 1.1), 0.12, rng.uniform(40, 90), -0.25)],
        "window": [(np.sign(side) * rng.uniform(0.8, 1.5), 0.1, 0.4, rng.uniform(4, 9), 0.2)],
        "studio": [
            (rng.uniform(-0.9, -0.3), 0.5, 0.35, rng.uniform(3, 6), 0.0),
            (rng.uniform(0.3, 0.9), 0.4, 0.35, rng.uniform(1, 3), 0.0),
            (np.pi + rng.normal(0, 0.5), 0.6, 0.3, rng.uniform(1, 5), 0.0),
        ],
        "lamp": [(side, rng.uniform(0.2, 1.2), 0.2, rng.uniform(10, 20), -0.7)],
        "colored": [
            (rng.uniform(-1.5, 0), 0.3, 0.3, rng.uniform(3, 7), rng.uniform(-1, 1)),
            (rng.uniform(0, 1.5), 0.2, 0.3, rng.uniform(3, 7), rng.uniform(-1, 1)),
        ],
    }[kind]
    if kind in ("lamp", "sun", "window"):
        sky *= rng.uniform(0.35, 1.0)
    for around, up, width, strength, warmth in lights:
        sky = sky + strength * _lobe(around, up, width) * _warmth(warmth)
    return np.maximum(sky, 0.01).astype(np.float32)


def _lobe(around: float, up: float, width: float) -> np.ndarray:
    """(32, 64, 1) a soft light at the angles `around`, from the camera's back, and `up`."""
    polar = (np.arange(SKY_HEIGHT) + 0.5)[:, None] / SKY_HEIGHT * np.pi
    turn = ((np.arange(2 * SKY_HEIGHT) + 0.5)[None] / SKY_HEIGHT - 1) * np.pi
    # Mitsuba's sky: the middle column looks along -z, the left edge and the right one along +z.
    x, y, z = np.sin(polar) * np.sin(turn), np.cos(polar), -np.sin(polar) * np.cos(turn)
    to = np.array([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)])
    cosine = x * to[0] + y * to[1] + z * to[2]
    return np.exp((cosine - 1) / (width * width))[..., None]


def _warmth(value: float) -> np.ndarray:
    """-1 orange .. 1 blue -> gains of red, green and blue, about 1."""
    return np.array([1 - 0.3 * value, 1.0, 1 + 0.4 * value])
