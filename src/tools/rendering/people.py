"""From the recipe of a head to its parts in the scene and its landmarks."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tools.rendering import wear
from tools.rendering.anatomy import (
    bend,
    hairline,
    in_head_frame,
    landmarks_of,
    probes_of,
)
from tools.rendering.camera import head_position, head_rotation, line_of_sight
from tools.rendering.hair import StrandRecipe, strand_surface
from tools.rendering.parts import Part, Surface, vertex_normals
from tools.rendering.recipes import HEIGHT, WIDTH, FaceRecipe, HeadRecipe
from tools.rendering.skin import SkinPainter, SkinRecipe, beard_area, eye_uv, paint_eye
from tools.rendering.texture_maps import CLOTH_SIDE, noise, paint_cloth, smooth_step
from tools.rendering.wardrobe import Wardrobe

Follow = Callable[[np.ndarray], np.ndarray]  # (N, 3) at rest -> (N, 3) in the scene
_LEFT_EYE, _RIGHT_EYE = 7, 10
_LIFT = 8e-4  # meters above the skin at which the visibility of a landmark is tested
_FINE_SKIN = 85  # faces from this side in pixels on have their skin painted in full detail
_SHIRT = 0.009  # meters above the skin
_TEMPLES = -0.045  # meters; no hair shows below a hat in front of the temples
_PAINTED_HAIR = ("bald", "cropped")
_SKIN = {"roughness": 0.5, "specular": 0.35}


@dataclass(frozen=True, eq=False)
class Person:
    """A head in the scene.

    Attributes:
        parts: Its meshes.
        landmarks: (21, 3) meters in the scene.
        probes: (21, 3) the points at which the visibility of each landmark is tested.
    """

    parts: list[Part]
    landmarks: np.ndarray
    probes: np.ndarray


class Dresser:
    """Builds people.

    Args:
        wardrobe: The meshes for hair, clothes and accessories.
    """

    def __init__(self, wardrobe: Wardrobe) -> None:
        self.wardrobe, self.model = wardrobe, wardrobe.model
        self.painter = SkinPainter(self.model, wardrobe.average)

    def dress(self, recipe: FaceRecipe, focal: float, number: int) -> Person:
        """Builds one head with all its parts.

        Args:
            recipe: The head to build.
            focal: Focal length of the camera in pixels.
            number: Number of the head in the image, part of the names of its parts.
        """
        rng = np.random.default_rng(recipe.seed)
        head = recipe.head
        arms = tuple(rng.uniform(0.2, 0.75, 2))
        shape = self.model.vertices(head.phenotype, head.features, recipe.actions, arms)
        body = in_head_frame(shape)
        normals = vertex_normals(body, self.model.triangles)
        head_skin = self._head_skin(body, normals)
        places = landmarks_of(body)
        eyes = float(np.linalg.norm(places[_RIGHT_EYE] - places[_LEFT_EYE]))
        sight = line_of_sight(np.array(recipe.center), focal, WIDTH, HEIGHT)
        rotation = head_rotation(np.array(recipe.pose), sight)
        upright = head_rotation(np.array([0.15 * recipe.pose[0], 0.0, recipe.turn]), sight)
        center = np.array(recipe.center)
        position = head_position(rotation, eyes, recipe.side, center, focal, WIDTH, HEIGHT)

        def follow(points: np.ndarray) -> np.ndarray:
            """Moves points with the head and, further down, with the body."""
            return bend(points, rotation, upright) + position

        def fixed(points: np.ndarray) -> np.ndarray:
            """Moves points with the head alone."""
            return points @ rotation.T + position

        skin = skin_recipe(head, recipe)
        shirt, bare = self._shirt(body, recipe)
        parts = self._skin_parts(body, skin, bare, recipe.side, follow)
        parts += self._features(body, recipe, skin, follow, rng)
        parts += self._hair(body, head_skin, recipe, follow, rng)
        parts += [
            Part(part.name, fixed(part.vertices), part.triangles, part.uv, part.surface)
            for part in self._worn(body, head_skin, places, recipe, skin, rng)
        ]
        parts.append(replace(shirt, vertices=follow(shirt.vertices), normals=None))
        probes = probes_of(body, normals, _LIFT)
        named = [replace(part, name=f"{part.name}-{number}") for part in parts]
        return Person(named, fixed(places), fixed(probes))

    def _skin_parts(
        self, body: np.ndarray, skin: SkinRecipe, bare: np.ndarray, side: float, follow: Follow
    ) -> list[Part]:
        moved = follow(body)
        topology = self.wardrobe.group("body")
        normals = vertex_normals(moved, topology.vertex[topology.triangles])
        step = 2 if side < _FINE_SKIN else 1
        texture = self.painter.paint(skin, not self.wardrobe.complete, step)
        rest = self.painter.rest
        surfaces = {
            "head": (self.painter.head, Surface(texture, **_SKIN)),
            "body": (
                rest.part(bare[rest.vertex[rest.triangles]].any(axis=1)),
                Surface(tuple(skin.base), **_SKIN),
            ),
            "mouth": (self.painter.cavities, Surface((0.36, 0.12, 0.12), roughness=0.4)),
        }
        return [
            Part(name, moved[part.vertex], part.triangles, part.uv, surface, normals[part.vertex])
            for name, (part, surface) in surfaces.items()
        ]

    def _features(
        self,
        body: np.ndarray,
        recipe: FaceRecipe,
        skin: SkinRecipe,
        follow: Follow,
        rng: np.random.Generator,
    ) -> list[Part]:
        """Eyes, teeth, tongue, brows and lashes."""
        head, parts = recipe.head, []
        eye = Surface(paint_eye(skin, recipe.gaze), roughness=0.08, specular=0.6)
        for name in ("helper-l-eye", "helper-r-eye"):
            part = self.wardrobe.group(name)
            rest = body[part.vertex]
            parts.append(Part(name, follow(rest), part.triangles, eye_uv(rest), eye))
        enamel = tuple(np.array([0.86, 0.82, 0.74]) * rng.uniform(0.85, 1.05))
        tooth = Surface(enamel, roughness=0.25, specular=0.5)
        tongue = Surface((0.6, 0.28, 0.27), roughness=0.4)
        if self.wardrobe.teeth:
            mesh = self.wardrobe.teeth
            parts.append(
                Part("teeth", follow(mesh.fitted(body)), mesh.topology.triangles, None, tooth)
            )
        names = ["helper-tongue"] + (
            [] if self.wardrobe.teeth else ["helper-upper-teeth", "helper-lower-teeth"]
        )
        for name in names:
            part = self.wardrobe.group(name)
            surface = tongue if "tongue" in name else tooth
            parts.append(Part(name, follow(body[part.vertex]), part.triangles, None, surface))
        dark = tuple(0.75 * np.array(head.hair_color))
        for kind, name, color, cover in (
            ("eyebrows", f"eyebrow{head.brow + 1:03d}", dark, head.brow_density),
            ("eyelashes", f"eyelashes{rng.integers(4) + 1:02d}", (0.05, 0.04, 0.035), 0.5),
        ):
            strands = self.wardrobe.strands(kind, name)
            if strands:
                surface = strands.paint(StrandRecipe(color, 0.5, int(rng.integers(2**31))), 0.25)
                surface = replace(surface, opacity=surface.opacity * cover)
                mesh = strands.topology
                parts.append(
                    Part(
                        *(kind, follow(strands.fitted(body)), mesh.triangles, mesh.uv, surface),
                        hides=False,
                    )
                )
        return parts

    def _hair(
        self,
        body: np.ndarray,
        head_skin: wear.HeadSkin,
        recipe: FaceRecipe,
        follow: Follow,
        rng: np.random.Generator,
    ) -> list[Part]:
        """Hair and beard."""
        head = recipe.head
        look = StrandRecipe(head.hair_color, float(rng.uniform(0.5, 1.0)), recipe.seed % 2**31)
        parts = []
        if recipe.hair not in _PAINTED_HAIR:
            strands = self.wardrobe.strands("hair", recipe.hair)
            if strands:
                topology, rest = strands.topology, strands.fitted(body)
                surface = strands.paint(look, recipe.thin)
            else:
                topology = self.wardrobe.group("helper-hair")
                rest, surface = body[topology.vertex], Surface(head.hair_color, roughness=0.6)
            triangles = topology.triangles
            line = wear.HAT_LINE.get(recipe.hat)
            if line is not None:  # a hat replaces the hair that it covers
                fringe = (rest[:, 1] > -0.04) & (rest[:, 2] > _TEMPLES)
                covered = (hairline(rest) > line - 0.002) | fringe
                triangles = triangles[~covered[triangles].any(axis=1)]
            if len(triangles):
                parts.append(Part("hair", follow(rest), triangles, topology.uv, surface))
        if head.beard > 0 and recipe.cover != "mask":
            parts.append(self._beard(head_skin, head, look, follow, rng))
        return parts

    def _beard(
        self,
        head_skin: wear.HeadSkin,
        head: HeadRecipe,
        look: StrandRecipe,
        follow: Follow,
        rng: np.random.Generator,
    ) -> Part:
        painter = self.painter
        points = painter.texels.points
        places = np.stack([points[..., 0], 0.12 * points[..., 1], 0.12 * points[..., 2]], axis=-1)
        full = beard_area(points) * (0.75 + 0.35 * noise(points, 0.006, rng))
        surface = strand_surface(places, full * (1 - painter.lips), look, 0.3, rng)
        length = 0.0006 + head.beard * smooth_step(beard_area(head_skin.average), 0.1, 0.9)
        part = head_skin.layer("beard", lambda at: beard_area(at) - 0.004, length, surface, 0)
        return replace(part, vertices=follow(part.vertices), surface=surface, normals=None)

    def _head_skin(self, body: np.ndarray, normals: np.ndarray) -> wear.HeadSkin:
        topology = self.painter.head
        return wear.HeadSkin(
            topology,
            body[topology.vertex],
            normals[topology.vertex],
            self.wardrobe.average[topology.vertex],
            self.painter.texels.points,
        )

    def _worn(
        self,
        body: np.ndarray,
        head_skin: wear.HeadSkin,
        places: np.ndarray,
        recipe: FaceRecipe,
        skin: SkinRecipe,
        rng: np.random.Generator,
    ) -> list[Part]:
        """Glasses, hats and objects in front of the face, in the head's frame."""
        parts = []
        if recipe.glasses != "none":
            parts += wear.glasses(places, recipe.glasses == "sunglasses", rng)
        if recipe.hat in ("beanie", "cap"):
            parts += wear.cap(head_skin, recipe.hat, rng)
        elif recipe.hat != "none" and (hat := self.wardrobe.hat(recipe.hat)):
            dye = wear.FABRICS[rng.integers(len(wear.FABRICS))]
            surface = Surface(dye, roughness=0.85, specular=0.1)
            parts.append(Part("hat", hat.fitted(body), hat.topology.triangles, None, surface))
        if recipe.cover == "mask":
            parts.append(wear.mask(head_skin, rng))
        elif recipe.cover == "hand":
            hand = self.wardrobe.hand(body, Surface(tuple(skin.base), **_SKIN))
            parts.append(wear.held_hand(hand, places, rng))
        elif recipe.cover != "none":
            parts += wear.cover(recipe.cover, places, rng)
        return parts

    def _shirt(self, body: np.ndarray, recipe: FaceRecipe) -> tuple[Part, np.ndarray]:
        """The shirt at rest, and (19158,) bool, where skin may be visible."""
        topology = self.wardrobe.group("helper-tights")
        rest = body[topology.vertex]
        collar = rest[np.abs(rest[:, 0]) < 0.1, 1].max() + recipe.neckline

        def height(points: np.ndarray) -> np.ndarray:
            """The height relative to the collar, which is lower in front than at the nape."""
            front = np.maximum(points[:, 2] + 0.02, 0)
            return points[:, 1] + 0.5 * front - 0.15 * np.abs(points[:, 0])

        part = topology.part((height(rest) < collar)[topology.triangles].all(axis=1))
        normals = vertex_normals(body, topology.vertex[topology.triangles])
        lifted = body[part.vertex] + normals[part.vertex] * _SHIRT
        cloth = paint_cloth(recipe.shirt, np.random.default_rng((recipe.seed, 1)))
        surface = Surface(cloth, roughness=0.9, specular=0.1)
        bare = (height(body) > collar - 0.07) | self.model.fingers
        uv = body[part.vertex][:, :2] / CLOTH_SIDE
        return Part("shirt", lifted, part.triangles, uv, surface), bare


def skin_recipe(head: HeadRecipe, face: FaceRecipe) -> SkinRecipe:
    """The recipe of the skin of a head in an image."""
    return SkinRecipe(
        seed=head.person,
        tone=head.tone,
        warmth=head.warmth,
        redness=head.redness,
        age=max(0.0, (head.age - 0.7) / 0.3),
        freckles=head.freckles,
        lips=head.lips,
        shave=max(head.shave, 0.85) if head.beard else head.shave,
        scalp=0.12 if face.hair == "bald" else 0.92 * (1 - 0.5 * face.thin),
        hair=head.hair_color,
        brows=head.brow_density,
        iris=head.iris,
    )
