"""Readers of Wavefront OBJ meshes and of MakeHuman's `.mhclo`, which fits a mesh to a body."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from hyperface.errors import UserError


@dataclass(frozen=True, eq=False)
class Topology:
    """The part of a mesh that does not change when its vertices move.

    A vertex with several places on the texture is repeated.

    Attributes:
        vertex: (V,) int, number of the vertex in the file.
        uv: (V, 2) float32 texture coordinates, v upward.
        triangles: (T, 3) int, indices into the two above.
        groups: (T,) str, the group of each triangle.
    """

    vertex: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    groups: np.ndarray

    def part(self, chosen: np.ndarray) -> "Topology":
        """The triangles chosen by (T,) bool, with their vertices."""
        used, triangles = np.unique(self.triangles[chosen], return_inverse=True)
        return Topology(
            self.vertex[used], self.uv[used], triangles.reshape(-1, 3), self.groups[chosen]
        )


def read_obj(path: Path) -> tuple[np.ndarray, Topology]:
    """Reads vertices, (N, 3) float64, and triangles (polygons become fans of triangles).

    Raises:
        UserError: The file is missing, or not such a mesh.
    """
    vertices: list[list[float]] = []
    texture: list[list[float]] = []
    corners: dict[tuple[int, int], int] = {}
    triangles: list[tuple[int, int, int]] = []
    groups: list[str] = []
    group = ""
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            kind, *words = line.split() or [""]
            if kind == "v":
                vertices.append([float(word) for word in words[:3]])
            elif kind == "vt":
                texture.append([float(word) for word in words[:2]])
            elif kind == "g":
                group = words[0] if words else ""
            elif kind == "f":
                polygon = [corners.setdefault(_corner(word), len(corners)) for word in words]
                for second, third in pairwise(polygon[1:]):
                    triangles.append((polygon[0], second, third))
                    groups.append(group)
        keys = np.array(list(corners), int).reshape(-1, 2)
        uv = np.array(texture or [[0, 0]], np.float32).reshape(-1, 2)
        topology = Topology(
            keys[:, 0], uv[keys[:, 1]], np.array(triangles, int).reshape(-1, 3), np.array(groups)
        )
        points = np.array(vertices, float).reshape(-1, 3)
        if not triangles or keys[:, 0].max() >= len(points):
            raise ValueError("no faces, or faces with missing vertices")
    except OSError as error:
        raise UserError(f"The mesh {path} cannot be read: {error.strerror}.") from error
    except (ValueError, IndexError) as error:
        raise UserError(f"{path} is not a Wavefront OBJ mesh ({error}).") from error
    return points, topology


def _corner(word: str) -> tuple[int, int]:
    """`7/3` or `7/3/1` or `7`, counted from 1 -> vertex and texture vertex, counted from 0."""
    vertex, _, rest = word.partition("/")
    texture = rest.partition("/")[0]
    return int(vertex) - 1, int(texture) - 1 if texture else 0


@dataclass(frozen=True, eq=False)
class Fitting:
    """The fitting of a mesh to the base body (MakeHuman's `.mhclo`).

    Attributes:
        corners: (N, 3) int, three vertices of the base body for each vertex.
        weights: (N, 3) float, their weights.
        offsets: (N, 3) float, added in units of `scales`.
        scales: For x, y, z: two vertices of the base body and the distance between them, along that
            axis, on the body that the mesh was made for.
    """

    corners: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    scales: tuple[tuple[int, int, float], ...]

    def on(self, body: np.ndarray) -> np.ndarray:
        """(B, 3) vertices of a body, y up -> (N, 3) vertices of the mesh on that body."""
        size = [
            abs(body[first, axis] - body[second, axis]) / length
            for axis, (first, second, length) in enumerate(self.scales)
        ]
        held = np.einsum("nk,nkd->nd", self.weights, body[self.corners])
        return held + self.offsets * np.array(size)


def read_fitting(path: Path) -> Fitting:
    """Reads a `.mhclo`.

    Raises:
        UserError: The file is missing, or not such a file.
    """
    scales = {}
    rows: list[list[float]] = []
    try:
        lines = iter(path.read_text(encoding="utf-8").splitlines())
        for line in lines:
            words = line.split()
            if not words:
                continue
            if words[0] in ("x_scale", "y_scale", "z_scale"):
                scales[words[0][0]] = (int(words[1]), int(words[2]), float(words[3]))
            elif words[0] == "verts":
                break
        for line in lines:
            words = line.split()
            if len(words) == 9:
                rows.append([float(word) for word in words])
            elif len(words) == 1 and words[0].isdecimal():
                rows.append([float(words[0])] * 3 + [1, 0, 0, 0, 0, 0])
            elif words and rows:  # some files name their material between the two
                break
        table = np.array(rows, float).reshape(-1, 9)
        if not len(table):
            raise ValueError("no line positions a vertex")
        ordered = tuple(scales[axis] for axis in "xyz")
    except OSError as error:
        raise UserError(f"The mesh fitting {path} cannot be read: {error.strerror}.") from error
    except (ValueError, IndexError, KeyError) as error:
        raise UserError(f"{path} is not a MakeHuman fitting ({error}).") from error
    return Fitting(table[:, :3].astype(int), table[:, 3:6], table[:, 6:], ordered)
