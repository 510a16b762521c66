"""Triangle meshes with their surfaces, of which a scene is made."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

Color = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """The appearance of a part.

    Attributes:
        color: sRGB 0..1, or a texture (H, W, 3) uint8 sRGB.
        opacity: 0..1, or a texture (H, W) float32; light passes without refraction.
        roughness: 0 a mirror, 1 chalk.
        specular: Strength of the specular reflection, 0..1.
        glow: Emitted sRGB 0..1; None for no light.
    """

    color: Color | np.ndarray = (0.5, 0.5, 0.5)
    opacity: float | np.ndarray = 1.0
    roughness: float = 0.5
    specular: float = 0.4
    glow: Color | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """One mesh of a scene.

    Attributes:
        name: Its name in messages.
        vertices: (V, 3) meters.
        triangles: (T, 3) int.
        uv: (V, 2) texture coordinates, v upward; None without a texture.
        surface: Its appearance.
        normals: (V, 3) vertex normals for shading; by default those of its own triangles.
        hides: Whether it can occlude a landmark; brows and lashes do not.
    """

    name: str
    vertices: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray | None = None
    surface: Surface = field(default_factory=Surface)
    normals: np.ndarray | None = None
    hides: bool = True

    def __post_init__(self) -> None:
        if self.normals is None:
            # A vertex that is repeated for its texture is shaded as one.
            _, same = np.unique(np.round(self.vertices, 7), axis=0, return_inverse=True)
            normals = vertex_normals(self.vertices, self.triangles, same.ravel())
            object.__setattr__(self, "normals", normals)


def vertex_normals(
    vertices: np.ndarray, triangles: np.ndarray, same: np.ndarray | None = None
) -> np.ndarray:
    """(V, 3) unit normals, each the mean over its triangles weighted by area; 0 if unused.

    Args:
        vertices: (V, 3).
        triangles: (T, 3) int.
        same: (V,) int, equal for vertices that share one normal.
    """
    same = np.arange(len(vertices)) if same is None else same
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    rows = same[triangles].ravel()
    count = len(vertices)
    sums = [np.bincount(rows, np.repeat(across[:, axis], 3), count) for axis in range(3)]
    normals = np.stack(sums, axis=1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))[same]


def box(center: np.ndarray, size: np.ndarray, turn: np.ndarray | None = None) -> tuple:
    """Vertices (24, 3), triangles (12, 3) and uv (24, 2) of a box; the texture covers each side."""
    corners, faces, uv = [], [], []
    for axis in range(3):
        for side in (-1, 1):
            u, w = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
            middle = side * np.eye(3)[axis]
            start = len(corners)
            corners += [middle + a * u + b * w for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            uv += [(0, 0), (1, 0), (1, 1), (0, 1)]
            order = (0, 1, 2, 3) if side > 0 else (0, 3, 2, 1)
            quad = [start + corner for corner in order]
            faces += [(quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])]
    turn = np.eye(3) if turn is None else turn
    vertices = np.array(corners) * np.asarray(size) / 2 @ turn.T + np.asarray(center)
    return vertices, np.array(faces), np.array(uv, float)


def tube(
    path: np.ndarray, radius: float, closed: bool = False, sides: int = 6, lid: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a tube along a path, (N, 3); `lid` closes its ends."""
    path = np.asarray(path, float)
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-12)
    away = np.eye(3)[np.abs(ahead).max(axis=0).argmin()]  # least along the path
    first = np.cross(ahead, away)
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-12)
    second = np.cross(ahead, first)
    angles = np.arange(sides) * 2 * np.pi / sides
    ring = np.cos(angles)[:, None, None] * first + np.sin(angles)[:, None, None] * second
    vertices = (path + radius * ring).transpose(1, 0, 2).reshape(-1, 3)
    count = len(path)
    rings = range(count if closed else count - 1)
    triangles = []
    for ring_number in rings:
        for side in range(sides):
            a = ring_number * sides + side
            b = ring_number * sides + (side + 1) % sides
            c, d = (a + sides) % (count * sides), (b + sides) % (count * sides)
            triangles += [(a, b, d), (a, d, c)]
    if lid:
        for end in (0, (count - 1) * sides):
            triangles += [(end, end + side, end + side + 1) for side in range(1, sides - 1)]
    return vertices, np.array(triangles)


def sheet(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Triangles of a grid of rows x columns vertices, and their uv."""
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    triangles = np.concatenate(
        [np.stack(x, axis=-1).reshape(-1, 3) for x in ((a, b, c), (a, c, d))]
    )
    v, u = np.meshgrid(np.linspace(1, 0, rows), np.linspace(0, 1, columns), indexing="ij")
    return triangles, np.stack([u, v], axis=-1).reshape(-1, 2)


def turned(x: float, y: float, z: float) -> np.ndarray:
    """(3, 3) turns about x, then y, then z, in radians."""
    (sx, sy, sz), (cx, cy, cz) = np.sin([x, y, z]), np.cos([x, y, z])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def ball(center: Sequence[float], radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a sphere."""
    latitude = np.linspace(0, np.pi, 17)[:, None]
    longitude = np.linspace(0, 2 * np.pi, 33)[None]
    around = np.stack(
        [
            np.sin(latitude) * np.sin(longitude),
            np.cos(latitude) * np.ones_like(longitude),
            np.sin(latitude) * np.cos(longitude),
        ],
        axis=-1,
    )
    return around.reshape(-1, 3) * radius + np.asarray(center), sheet(17, 33)[0]
