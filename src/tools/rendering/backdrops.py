"""Backgrounds without faces: painted, or cropped from photographs in the public domain."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from tools.rendering.recipes import HEIGHT, WIDTH

Painter = Callable[[np.random.Generator], np.ndarray]


class Backdrops:
    """Makes backgrounds.

    Args:
        photographs: Photographs without faces to crop from, in the public domain or CC0; may be
            empty.
    """

    def __init__(self, photographs: list[Path]) -> None:
        images = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in sorted(photographs)]
        self._photographs = [image[..., ::-1] for image in images if image is not None]
        self._painters: dict[str, Painter] = {
            "gradient": _gradient,
            "bokeh": _bokeh,
            "texture": self._texture,
            "street": _street,
            "foliage": _foliage,
            "shelves": _shelves,
        }

    def paint(self, kind: str, rng: np.random.Generator) -> np.ndarray:
        """(H, W, 3) float32 sRGB 0..1, more or less out of focus.

        Args:
            kind: One of `recipes.BACKDROPS`; a room has walls that hide its backdrop.
            rng: The source of randomness.
        """
        image = self._painters.get(kind, _gradient)(rng)
        image = np.clip(image, 0, 1).astype(np.float32)
        sigma = rng.uniform(0.3, 1.2) if rng.random() < 0.4 else rng.uniform(1.2, 7)
        return cv2.GaussianBlur(image, (0, 0), sigma)

    def _texture(self, rng: np.random.Generator) -> np.ndarray:
        if not self._photographs:
            return _foliage(rng)
        image = self._photographs[rng.integers(len(self._photographs))]
        height, width = image.shape[:2]
        scale = rng.uniform(0.45, 1.0) * min(width / WIDTH, height / HEIGHT)
        w, h = int(WIDTH * scale), int(HEIGHT * scale)
        left, top = rng.integers(width - w + 1), rng.integers(height - h + 1)
        part = image[top : top + h, left : left + w]
        part = cv2.resize(np.ascontiguousarray(part), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        tint = 1 + rng.uniform(-0.15, 0.15, 3)
        if rng.random() < 0.5:
            part = part[:, ::-1]
        return part.astype(np.float32) / 255 * tint


def _color(rng: np.random.Generator, vivid: float = 0.35) -> np.ndarray:
    """A mostly dull color, as of walls, clothes and cars."""
    value = rng.uniform(0.12, 0.92)
    return np.clip(value * (1 + rng.normal(0, vivid * rng.random() ** 2, 3)), 0, 1)


def _clouds(rng: np.random.Generator, size: int) -> np.ndarray:
    """(H, W) smooth noise, -1..1, its coarsest spots about `size` pixels."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave in range(4):
        cell = max(size / 2**octave, 1.5)
        small = rng.uniform(-1, 1, (int(HEIGHT / cell) + 3, int(WIDTH / cell) + 3))
        wide = cv2.resize(
            small.astype(np.float32), None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC
        )
        total += wide[:HEIGHT, :WIDTH] / 2**octave
    return total / 1.9


def _gradient(rng: np.random.Generator) -> np.ndarray:
    first, second = _color(rng), _color(rng)
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    share = 0.5 + 0.4 * (x * np.cos(angle) + y * np.sin(angle))[..., None]
    return first * share + second * (1 - share) + 0.02 * _clouds(rng, 60)[..., None]


def _bokeh(rng: np.random.Generator) -> np.ndarray:
    image = 0.35 * _gradient(rng)
    for _ in range(rng.integers(15, 70)):
        spot = np.zeros((HEIGHT, WIDTH), np.float32)
        at = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        cv2.circle(spot, at, int(rng.integers(4, 26)), 1.0, -1, cv2.LINE_AA)
        image = image + spot[..., None] * _color(rng, 0.8) * rng.uniform(0.15, 0.6)
    return image


def _street(rng: np.random.Generator) -> np.ndarray:
    horizon = int(HEIGHT * rng.uniform(0.4, 0.75))
    sky = np.array([0.62, 0.74, 0.88]) * rng.uniform(0.6, 1.1) + rng.normal(0, 0.05, 3)
    image = np.empty((HEIGHT, WIDTH, 3), np.float32)
    image[:] = sky
    image += 0.05 * _clouds(rng, 90)[..., None]
    image[horizon:] = _color(rng, 0.1) * 0.7
    left = -30
    while left < WIDTH:
        width = int(rng.integers(30, 130))
        top = int(horizon - rng.uniform(0.2, 1.0) * horizon)
        wall = _color(rng)
        cv2.rectangle(image, (left, top), (left + width, horizon + 4), wall.tolist(), -1)
        step, lit = int(rng.integers(9, 22)), rng.random()
        for y in range(top + 5, horizon - 6, step):
            for x in range(left + 4, left + width - 6, step):
                shine = _color(rng) if rng.random() < lit * 0.5 else wall * 0.45
                size = (int(step * 0.5), int(step * 0.6))
                cv2.rectangle(image, (x, y), (x + size[0], y + size[1]), shine.tolist(), -1)
        left += width + int(rng.integers(-4, 14))
    for _ in range(rng.integers(0, 7)):  # cars and posts
        x, w = int(rng.integers(WIDTH)), int(rng.integers(4, 90))
        h = int(w * 0.4) if w > 25 else int(rng.integers(40, 150))
        y = horizon + int(rng.integers(0, 25))
        cv2.rectangle(image, (x, y - h), (x + w, y), _color(rng, 0.7).tolist(), -1)
    return image + 0.03 * _clouds(rng, 12)[..., None]


def _foliage(rng: np.random.Generator) -> np.ndarray:
    leaf = np.array([rng.uniform(0.1, 0.4), rng.uniform(0.3, 0.55), rng.uniform(0.08, 0.25)])
    image = np.empty((HEIGHT, WIDTH, 3), np.float32)
    image[:] = leaf * 0.35
    for _ in range(rng.integers(250, 700)):
        at = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        size = rng.uniform(3, 17)
        shape = (int(size), max(int(size * rng.uniform(0.25, 0.7)), 1))
        shade = np.clip(leaf * rng.uniform(0.3, 1.8) + rng.normal(0, 0.03, 3), 0, 1)
        turn = rng.uniform(0, 180)
        cv2.ellipse(image, at, shape, turn, 0, 360, shade.tolist(), -1, cv2.LINE_AA)
    return image * (1 + 0.5 * _clouds(rng, 120)[..., None])


def _shelves(rng: np.random.Generator) -> np.ndarray:
    image = np.empty((HEIGHT, WIDTH, 3), np.float32)
    wood = np.array([0.45, 0.31, 0.2]) * rng.uniform(0.5, 1.8)
    image[:] = np.clip(wood, 0, 1) * 0.4
    step, y = int(rng.integers(45, 90)), int(rng.integers(-30, 10))
    while y < HEIGHT:
        x = 0
        while x < WIDTH:
            thick, tall = int(rng.integers(4, 20)), int(step * rng.uniform(0.5, 0.9))
            if rng.random() < 0.88:
                low, spine = y + step - 4, _color(rng, 0.9)
                cv2.rectangle(image, (x, low - tall), (x + thick, low), spine.tolist(), -1)
                band = low - int(tall * rng.uniform(0.2, 0.9))
                stripe = np.clip(spine + rng.normal(0, 0.3, 3), 0, 1)
                cv2.rectangle(image, (x, band), (x + thick, band + 3), stripe.tolist(), -1)
                cv2.line(image, (x, low - tall), (x, low), (spine * 0.4).tolist(), 1)
            x += thick + 1
        plank = np.clip(wood, 0, 1).tolist()
        cv2.rectangle(image, (0, y + step - 4), (WIDTH, y + step + 1), plank, -1)
        y += step + 2
    return image * (1 + 0.15 * _clouds(rng, 150)[..., None])
