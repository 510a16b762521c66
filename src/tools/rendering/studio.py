"""From the number of an image to its pixels and labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.rendering.backdrops import Backdrops
from tools.rendering.bodies import BodyModel
from tools.rendering.camera import project
from tools.rendering.exposure import exposed, photograph
from tools.rendering.labels import face_entry, visible
from tools.rendering.lights import draw_sky
from tools.rendering.people import Dresser, Person
from tools.rendering.recipes import HEIGHT, WIDTH, ImageRecipe, draw_image
from tools.rendering.scene import Scene
from tools.rendering.things import loose_things, room
from tools.rendering.wardrobe import Wardrobe

MIN_SEEN = 3  # a face with fewer visible landmarks gets no labels
_EMPTY_DEPTH = 1.2  # meters; the nearest objects in an image without people
# Photographs in the public domain or CC0 that show no faces (data/photographs/README.md).
_PHOTOGRAPHS = ("brick", "coffee", "grass", "gravel", "hubble_deep_field", "rocket")


@dataclass(frozen=True)
class StudioSettings:
    """The resources of a studio.

    Attributes:
        meshes: Folder of MakeHuman's meshes; None for none.
        photographs: Folder of the photographs for backgrounds.
    """

    meshes: Path | None
    photographs: Path


class Studio:
    """Renders images; made once for any number of them."""

    def __init__(self, settings: StudioSettings) -> None:
        self.model = BodyModel()
        self.dresser = Dresser(Wardrobe(self.model, settings.meshes))
        self._backdrops = Backdrops([settings.photographs / f"{n}.jpg" for n in _PHOTOGRAPHS])

    def recipe(self, seed: int, number: int) -> ImageRecipe:
        """The recipe of image `number` of the set with that seed."""
        return draw_image(seed, number, self.model.features)

    def stage(self, recipe: ImageRecipe) -> tuple[Scene, list[Person]]:
        """The scene, and the people in it whose face is visible."""
        rng = np.random.default_rng((*recipe.seed, 1))
        focal = recipe.camera.focal
        people = [
            self.dresser.dress(head, focal, number)
            for number, head in enumerate((*recipe.faces, *recipe.backs))
        ]
        parts = [part for person in people for part in person.parts]
        far = max((-person.landmarks[:, 2].min() for person in people), default=_EMPTY_DEPTH) + 0.4
        if recipe.backdrop == "room":
            parts += room(far, rng)
        parts += loose_things(recipe.things, far, focal, rng)
        scene = Scene(parts, draw_sky(recipe.light, rng), focal, WIDTH, HEIGHT)
        return scene, people[: len(recipe.faces)]

    def make(self, recipe: ImageRecipe) -> tuple[np.ndarray, list[dict], bool]:
        """Renders one image.

        Returns:
            (288, 384, 3) uint8 RGB; the entries of its faces (`labels.face_entry`); whether these
            are all its faces: one of which hardly anything is visible is skipped.
        """
        scene, people = self.stage(recipe)
        rng = np.random.default_rng((*recipe.seed, 2))
        light, cover = scene.render(seed=int(rng.integers(2**31)))
        image = photograph(
            exposed(light, cover, recipe.camera.exposure),
            cover,
            self._backdrops.paint(recipe.backdrop, rng),
            recipe.camera,
            rng,
        )
        faces = []
        for person, face in zip(people, recipe.faces, strict=True):
            points = project(person.landmarks, recipe.camera.focal, WIDTH, HEIGHT)
            seen = visible(points, scene.light_passing(person.probes), WIDTH, HEIGHT)
            if seen.sum() >= MIN_SEEN:
                faces.append(face_entry(points, seen, face))
        return image, faces, len(faces) == len(people)
