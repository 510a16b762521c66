"""Textures: the positions of texels on a mesh, noise, and cloth."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from tools.rendering.wavefront import Topology

_LATTICE = 32
CLOTH_SIDE = 0.4  # meters after which the texture of cloth repeats
_CLOTH_TEXELS = 128


@dataclass(frozen=True, eq=False)
class TexelMap:
    """The positions of the texels of a mesh's texture on the mesh.

    Attributes:
        points: (H, W, 3) float32; a texel outside every triangle has that of its nearest neighbor.
        inside: (H, W) bool, whether a texel is in a triangle.
        edge: (H, W) float32 meters to the nearest open edge of the mesh; infinite if there is none.
    """

    points: np.ndarray
    inside: np.ndarray
    edge: np.ndarray


def texel_map(topology: Topology, vertices: np.ndarray, height: int, width: int) -> TexelMap:
    """Maps the texels of a mesh's texture onto the mesh.

    Args:
        topology: Topology of the mesh, with texture coordinates in 0..1.
        vertices: (N, 3) all vertices of its file.
        height: Height of the texture in texels.
        width: Width of the texture in texels.
    """
    points = np.zeros((height, width, 3), np.float32)
    inside = np.zeros((height, width), bool)
    places = topology.uv * [width, -height] + [0, height] - 0.5  # texel centers at whole numbers
    corners3 = vertices[topology.vertex]
    for triangle in topology.triangles:
        a, b, c = places[triangle]
        low = np.maximum(np.ceil(np.minimum(np.minimum(a, b), c) - 0.5), 0).astype(int)
        high = np.floor(np.maximum(np.maximum(a, b), c) + 0.5).astype(int)
        high = np.minimum(high, [width - 1, height - 1])
        if (low > high).any():
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(area) < 1e-9:
            continue
        wb = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        wc = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        slack = -0.7 / np.sqrt(abs(area))  # half a texel beyond the border closes the seams
        hit = (wb >= slack) & (wc >= slack) & (wb + wc <= 1 - slack)
        weights = np.stack([1 - wb - wc, wb, wc], axis=-1)[hit]
        points[y[hit], x[hit]] = weights @ corners3[triangle]
        inside[y[hit], x[hit]] = True
    if not inside.all():
        rows, columns = ndimage.distance_transform_edt(
            ~inside, return_distances=False, return_indices=True
        )
        points = points[rows, columns]
    return TexelMap(points, inside, _distance_to_edge(topology, vertices, points))


def _distance_to_edge(topology: Topology, vertices: np.ndarray, points: np.ndarray) -> np.ndarray:
    triangles = topology.vertex[topology.triangles]
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges, count = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    open_edges = edges[count == 1]
    if not len(open_edges):
        return np.full(points.shape[:2], np.inf, np.float32)
    steps = np.linspace(0, 1, 5)[:, None, None]
    samples = vertices[open_edges[:, 0]] * (1 - steps) + vertices[open_edges[:, 1]] * steps
    distance, _ = cKDTree(samples.reshape(-1, 3)).query(points.reshape(-1, 3), workers=1)
    return distance.reshape(points.shape[:2]).astype(np.float32)


def noise(points: np.ndarray, size: float | np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smooth random numbers, -1..1, that vary over `size` (in the units of the points).

    Args:
        points: (..., 3).
        size: One size, or one for each axis.
        rng: The source of randomness.
    """
    lattice = rng.uniform(-1, 1, (_LATTICE,) * 3).astype(np.float32)
    places = np.moveaxis(points / np.asarray(size, np.float32), -1, 0) % _LATTICE
    return ndimage.map_coordinates(lattice, places, order=1, mode="grid-wrap")


def rough_noise(
    points: np.ndarray, size: float, rng: np.random.Generator, octaves: int = 3
) -> np.ndarray:
    """Noise of several sizes, each half as large and half as strong as the one before; -1..1."""
    total = sum(noise(points, size / 2**n, rng) / 2**n for n in range(octaves))
    return total / (2 - 2.0 ** (1 - octaves))


def smooth_step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 under `low`, 1 over `high` (or the reverse), smooth in between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def paint_cloth(color: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """(128, 128, 3) uint8 sRGB: plain, striped, checked or printed cloth, mostly of one color."""
    second = np.clip(np.array(color) * rng.uniform(0.3, 1.7) + rng.normal(0, 0.15, 3), 0.02, 1)
    kind = rng.choice(["plain", "across", "down", "checks", "print"], p=[0.45, 0.2, 0.1, 0.15, 0.1])
    at = np.arange(_CLOTH_TEXELS)
    width = int(rng.choice([4, 8, 16, 32]))
    stripe = (at // max(width // 2, 1)) % 2
    share = np.zeros((_CLOTH_TEXELS, _CLOTH_TEXELS))
    if kind == "across":
        share[:] = stripe[:, None]
    elif kind == "down":
        share[:] = stripe
    elif kind == "checks":
        share = (stripe[:, None] + stripe) / 2
    elif kind == "print":
        for _ in range(int(rng.integers(4, 40))):
            (x, y), size = rng.integers(0, _CLOTH_TEXELS, 2), int(rng.integers(2, 14))
            share[y : y + size, x : x + size] = 1
    weave = rng.normal(1, 0.03, (_CLOTH_TEXELS, _CLOTH_TEXELS, 1))
    image = (np.array(color) * (1 - share[..., None]) + second * share[..., None]) * weave
    return np.rint(255 * np.clip(image, 0.01, 1)).astype(np.uint8)
