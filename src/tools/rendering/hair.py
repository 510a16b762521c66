"""Hair, brows, lashes and beards: meshes of MakeHuman (CC0) with strands painted on them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import ndimage

from hyperface.errors import UserError
from tools.rendering.parts import Surface
from tools.rendering.texture_maps import TexelMap, noise, smooth_step, texel_map
from tools.rendering.wavefront import Fitting, read_fitting, read_obj

SIDE = 512  # texels of a hair's texture
SMALL_SIDE = 192  # of a brow's or a lash's
RAGGED = 0.012  # meters over which hair thins out towards an open edge
_CROWN = np.array([0.0, 0.0, -0.085])  # strands hang down around this upright axis


@dataclass(frozen=True)
class StrandRecipe:
    """The look of strands: sRGB 0..1, how much they differ from each other, and their seed."""

    color: tuple[float, float, float]
    variety: float
    seed: int


class Strands:
    """A mesh of hair, fitted to a body and painted.

    Args:
        folder: The folder of the mesh and its fitting.
        name: Name of the fitting.
        average: (19158, 3) an average body in its head's frame.
        side: Side of the texture in texels.
        across: Returns (..., 3) coordinates that vary from strand to strand and little along one.
        mesh: Name of the mesh if it differs from the fitting's.
        ragged: Meters over which the hair thins out towards an open edge.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        average: np.ndarray,
        side: int = SIDE,
        across: Callable[[np.ndarray], np.ndarray] | None = None,
        mesh: str | None = None,
        ragged: float = RAGGED,
    ) -> None:
        self.fitting: Fitting = read_fitting(folder / f"{name}.mhclo")
        vertices, self.topology = read_obj(folder / f"{mesh or name}.obj")
        if len(vertices) != len(self.fitting.corners):
            raise UserError(f"{folder}: mesh and fitting have different numbers of vertices.")
        self._average, self._side, self._ragged = average, side, ragged
        self._across = across or around_crown

    @cached_property
    def _texels(self) -> TexelMap:
        side = self._side
        return texel_map(self.topology, self.fitting.on(self._average), side, side)

    @cached_property
    def _depth(self) -> np.ndarray:
        """(H, W) distance of each texel from the open edges of its island, 0 .. 1 and above."""
        islands, count = ndimage.label(self._texels.inside)
        most = ndimage.maximum(self._texels.edge, islands, np.arange(count + 1))
        most = np.nan_to_num(most, posinf=self._ragged)
        ragged = np.minimum(self._ragged, 0.7 * most)[islands]
        return np.minimum(self._texels.edge / np.maximum(ragged, 1e-6), 2.0).astype(np.float32)

    def fitted(self, body: np.ndarray) -> np.ndarray:
        """(19158, 3) body in its head's frame -> (V, 3) vertices, one for each uv."""
        return self.fitting.on(body)[self.topology.vertex]

    def paint(self, recipe: StrandRecipe, thin: float = 0.0) -> Surface:
        """Paints strands.

        Args:
            recipe: Color and seed of the strands.
            thin: 0 full .. 1 hardly any strands.
        """
        rng = np.random.default_rng(recipe.seed)
        places = self._across(self._texels.points)
        return strand_surface(places, self._depth, recipe, thin, rng)


def strand_surface(
    places: np.ndarray,
    depth: np.ndarray,
    recipe: StrandRecipe,
    thin: float,
    rng: np.random.Generator,
) -> Surface:
    """Paints strands over a texture.

    Args:
        places: (H, W, 3) coordinates across the strands in meters (see `Strands`).
        depth: (H, W) 0 where there is no more hair .. 1 where it is full.
        recipe: Color of the strands.
        thin: 0 full .. 1 hardly any strands.
        rng: The source of randomness.
    """
    fine, locks = noise(places, 0.0011, rng), noise(places, 0.006, rng)
    light = 1 + recipe.variety * (0.45 * fine + 0.45 * locks)
    hue = noise(places, 0.03, rng)[..., None] * np.array([0.05, 0.0, -0.06])
    color = np.array(recipe.color) * (light[..., None] + recipe.variety * hue)
    cover = depth * (1 - 0.5 * thin) - (0.32 + 0.5 * thin) * (0.5 + 0.5 * fine) - 0.12 * locks
    opacity = smooth_step(cover, 0.0, 0.12).astype(np.float32)
    return Surface(
        np.rint(255 * np.clip(color, 0.01, 1)).astype(np.uint8),
        opacity,
        roughness=0.55,
        specular=0.25,
    )


def around_crown(points: np.ndarray) -> np.ndarray:
    """Coordinates across strands that hang down from the crown."""
    away = points - _CROWN
    angle = np.arctan2(away[..., 0], away[..., 2])
    return np.stack([0.1 * np.cos(angle), 0.1 * np.sin(angle), 0.06 * away[..., 1]], axis=-1)


def along_brow(points: np.ndarray) -> np.ndarray:
    """Coordinates across the strands of a brow, which lean outward."""
    x, y = np.abs(points[..., 0]), points[..., 1]
    return np.stack([x - 0.8 * y, 0.15 * y, 0.2 * points[..., 2]], axis=-1)
