"""Rooms and loose objects around the heads."""

import numpy as np

from tools.rendering.camera import line_of_sight
from tools.rendering.parts import Part, Surface, ball, box, sheet, tube, turned
from tools.rendering.recipes import HEIGHT, WIDTH


def room(far: float, rng: np.random.Generator) -> list[Part]:
    """A floor, a back wall with images and furniture, and a side wall; open to the camera.

    Args:
        far: Meters to the farthest head, in front of the room.
        rng: The source of randomness.
    """
    depth, floor = far + rng.uniform(0.5, 2.5), -rng.uniform(0.9, 1.6)
    width, height = 2.2 * depth + 1, rng.uniform(1.2, 2.6) - floor
    turn = turned(0, rng.uniform(-0.5, 0.5), 0)
    parts = []

    def put(name: str, vertices: np.ndarray, triangles: np.ndarray, surface: Surface, uv=None):
        parts.append(Part(name, (vertices @ turn.T) - (0, 0, depth), triangles, uv, surface))

    def panel(name: str, a, b, c, surface: Surface) -> None:
        """A flat quadrangle a, b = a + right, c = a + up."""
        corners = np.array([c, np.add(b, np.subtract(c, a)), a, b], float)
        triangles, uv = sheet(2, 2)
        put(name, corners, triangles, surface, uv)

    wall = np.clip(_dull(rng) * 0.6 + 0.3, 0, 1)
    top = floor + height
    left, right = -width / 2, width / 2
    plaster = Surface(_plaster(wall, rng), roughness=0.95, specular=0.1)
    panel("wall", (left, floor, 0), (right, floor, 0), (left, top, 0), plaster)
    ground = Surface(_planks(_dull(rng), rng), roughness=rng.uniform(0.3, 0.9))
    panel("floor", (left, floor, depth), (right, floor, depth), (left, floor, 0), ground)
    side = rng.choice([-1, 1]) * width * rng.uniform(0.2, 0.5)
    other = Surface(tuple(wall * rng.uniform(0.7, 1.0)), roughness=0.95, specular=0.1)
    panel("side", (side, floor, depth), (side, floor, 0), (side, top, depth), other)
    for number in range(rng.integers(1, 6)):  # images and windows
        w, h = rng.uniform(0.25, 1.1, 2)
        x, y = rng.uniform(left * 0.7, right * 0.7), rng.uniform(floor + 0.9, top - 0.4)
        corners = ((x, y, 0.02), (x + w, y, 0.02), (x, y + h, 0.02))
        window = rng.random() < 0.35
        shine = tuple(rng.uniform(0.6, 1.0) * np.array([0.85, 0.93, 1.0])) if window else None
        print_ = Surface(_image(rng), roughness=0.5, glow=shine)
        panel(f"image{number}", *corners, print_)
        for edge, (a, b) in enumerate(((0, 1), (0, 2))):
            ends = np.array([corners[a], corners[b]])
            bar = Surface(tuple(_dull(rng) * 0.5))
            put(f"frame{number}{edge}", *tube(ends, 0.02), bar)
    for number in range(rng.integers(0, 5)):  # cupboards, chairs, boxes
        size = rng.uniform((0.3, 0.4, 0.3), (1.4, 1.9, 0.6))
        at = (rng.uniform(left, right) * 0.8, floor + size[1] / 2, size[2] / 2 + 0.05)
        vertices, triangles, uv = box(at, size)
        put(f"furniture{number}", vertices, triangles, Surface(_planks(_dull(rng), rng)), uv)
    return parts


def loose_things(count: int, near: float, focal: float, rng: np.random.Generator) -> list[Part]:
    """Balls, boxes and tins somewhere in the image.

    Args:
        count: Number of objects.
        near: Meters to the nearest possible one.
        focal: Focal length of the camera in pixels.
        rng: The source of randomness.
    """
    parts = []
    for number in range(count):
        pixel = rng.uniform((0, 0), (WIDTH, HEIGHT))
        at = line_of_sight(pixel, focal, WIDTH, HEIGHT) * (near + rng.uniform(0.0, 2.0))
        size = rng.uniform(20, 90) / focal * -at[2]
        turn = turned(*rng.uniform(-1, 1, 3))
        surface = Surface(
            tuple(_dull(rng, 0.8)), roughness=rng.uniform(0.1, 0.9), specular=rng.uniform(0.2, 0.9)
        )
        kind = rng.choice(["ball", "box", "tin"])
        uv = None
        if kind == "ball":
            vertices, triangles = ball(at, size / 2)
        elif kind == "box":
            vertices, triangles, uv = box(at, size * rng.uniform(0.4, 1.2, 3), turn)
            surface = Surface(_image(rng), roughness=rng.uniform(0.2, 0.9))
        else:
            ends = np.array([at - turn @ [0, size / 2, 0], at + turn @ [0, size / 2, 0]])
            vertices, triangles = tube(ends, size * 0.3, sides=24, lid=True)
        parts.append(Part(f"thing{number}", vertices, triangles, uv, surface))
    return parts


def _dull(rng: np.random.Generator, vivid: float = 0.3) -> np.ndarray:
    value = rng.uniform(0.12, 0.9)
    return np.clip(value * (1 + rng.normal(0, vivid * rng.random(), 3)), 0.02, 1)


def _plaster(color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    grain = rng.normal(0, 0.012, (128, 128, 1)) + rng.normal(0, 0.02, (1, 128, 1)) * (
        rng.random() < 0.3
    )
    return _bytes(color * (1 + grain))


def _planks(color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count = int(rng.integers(3, 14))
    shade = np.repeat(rng.normal(1, 0.08, count), -(-128 // count))[:128]
    grain = rng.normal(0, 0.05, (128, 1)) * np.ones((1, 128))
    seams = np.where(np.arange(128) % -(-128 // count) == 0, 0.55, 1.0)
    return _bytes(color * ((shade * seams)[:, None] + grain)[..., None])


def _image(rng: np.random.Generator) -> np.ndarray:
    """A few rectangles, as on posters and packages."""
    image = np.ones((64, 64, 3)) * _dull(rng, 0.8)
    for _ in range(rng.integers(2, 9)):
        (x, y), (w, h) = rng.integers(0, 60, 2), rng.integers(3, 40, 2)
        image[y : y + h, x : x + w] = _dull(rng, 0.9)
    return _bytes(image)


def _bytes(image: np.ndarray) -> np.ndarray:
    return np.rint(255 * np.clip(image, 0.01, 1)).astype(np.uint8)
