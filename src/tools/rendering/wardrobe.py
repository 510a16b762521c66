"""Meshes of hair, clothes and accessories, each read once."""

from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from tools.rendering.anatomy import in_head_frame
from tools.rendering.bodies import BodyModel
from tools.rendering.hair import RAGGED, SIDE, SMALL_SIDE, Strands, along_brow
from tools.rendering.parts import Part, Surface
from tools.rendering.wavefront import Topology

AVERAGE = {"gender": 0.5, "age": 0.7, "african": 1 / 3, "asian": 1 / 3, "caucasian": 1 / 3}
_FOLDERS = ("hair", "eyebrows", "eyelashes", "clothes", "teeth")
_BRAIDED = 0.002  # meters over which a braid thins out at its edges


class Wardrobe:
    """Hair, brows, lashes, hats, teeth and hands.

    Attributes:
        model: The body model.
        average: (19158, 3) an average body in its head's frame.
        complete: Whether MakeHuman's meshes are available.

    Args:
        model: The body model.
        meshes: Folder of MakeHuman's meshes; without it hair is painted or the simple mesh of the
            body model.

    Raises:
        UserError: The folder does not have the meshes.
    """

    def __init__(self, model: BodyModel, meshes: Path | None) -> None:
        check_meshes(meshes)
        self.model, self._meshes = model, meshes
        self.average = in_head_frame(model.vertices(AVERAGE))
        self.complete = meshes is not None
        self._strands: dict[str, Strands] = {}
        self._groups: dict[str, Topology] = {}

    def strands(self, kind: str, name: str) -> Strands | None:
        """Hair, brows or lashes; None without the meshes."""
        small = kind != "hair"
        return self._kept(
            f"{kind}/{name}",
            name,
            side=SMALL_SIDE if small else SIDE,
            across=along_brow if small else None,
            ragged=_BRAIDED if name.startswith("braid") else RAGGED,
        )

    def hat(self, name: str) -> Strands | None:
        """The mesh of a hat; None without the meshes."""
        return self._kept("clothes/fedora01", name, mesh=name.partition("_")[0])

    @property
    def teeth(self) -> Strands | None:
        """The mesh of the teeth; None without the meshes."""
        return self._kept("teeth/teeth_base", "teeth_base")

    def _kept(self, folder: str, name: str, **options: object) -> Strands | None:
        """A mesh of MakeHuman, read when it is first used."""
        if self._meshes is None:
            return None
        if name not in self._strands:
            self._strands[name] = Strands(self._meshes / folder, name, self.average, **options)
        return self._strands[name]

    def group(self, name: str) -> Topology:
        """One group of the base mesh."""
        if name not in self._groups:
            topology = self.model.topology
            self._groups[name] = topology.part(topology.groups == name)
        return self._groups[name]

    def hand(self, body: np.ndarray, surface: Surface) -> Part:
        """A body's left hand and forearm: fingers along +y, palm to -z, palm at the origin."""
        topology = self.group("body")
        part = topology.part(self.model.hand[topology.vertex[topology.triangles]].all(axis=1))
        vertices = body[part.vertex]
        rough = vertices - vertices.mean(axis=0)
        _, _, axes = np.linalg.svd(rough, full_matrices=False)
        up = axes[0]
        elbow = body[self.model.hand].mean(axis=0) - body[self.model.elbow].mean(axis=0)
        up = up if up @ elbow > 0 else -up
        along = rough @ up
        fingers = along > np.quantile(along, 0.5)  # a forearm has fewer vertices than a hand
        palm = vertices[fingers].mean(axis=0)
        _, _, axes = np.linalg.svd(vertices[fingers] - palm, full_matrices=False)
        flat = axes[2] - up * (axes[2] @ up)
        flat /= np.linalg.norm(flat)
        frame = np.stack([np.cross(up, flat), up, flat])  # rows: new x, y, z
        return Part("hand", (vertices - palm) @ frame.T, part.triangles, None, surface)


def check_meshes(meshes: Path | None) -> None:
    """Raises for a folder without MakeHuman's meshes; None is accepted.

    Raises:
        UserError: One of its folders is missing.
    """
    for name in _FOLDERS if meshes else ():
        if not (meshes / name).is_dir():
            raise UserError(
                f"{meshes} has no folder `{name}`; give the folder of MakeHuman's meshes (with "
                f"{', '.join(_FOLDERS)}), or leave the option out."
            )
