"""Training scenes of the proposal detector: annotated images pasted together at random.

A scene is a square canvas onto which one or more images are pasted, each rotated and resized so
that one of its faces gets a random size, from a dozen pixels to the whole canvas. Later images
cover earlier ones, and the canvas cuts them, so that faces are partly hidden. If an image may show
people without annotation, the background there is marked as uncertain.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.proposals.locations import Locations
from hyperface.regions.augmentation import Augmentation, change_pixels
from hyperface.regions.canvas import CELL, Canvas

MAX_ZOOM = 2.0  # maximum enlargement of an image


@dataclass(frozen=True)
class SceneSettings:
    """The settings of scenes."""

    side: int  # of the canvas, in pixels, a multiple of 64
    min_face_px: float  # side of the smallest face to learn; smaller ones are ignored
    rotation: float  # probability that an image is rotated in its plane
    rotation_degrees: float  # the largest rotation, in both directions
    augmentation: Augmentation  # of the whole scene; its `rotation` and `occlusion` are not used
    single: float = 0.45  # probability of one image alone
    crowd: float = 0.15  # probability of many images with small faces
    covered: float = 0.6  # probability that the first image covers the canvas
    several: int = 4  # the largest number of images otherwise
    many: int = 12  # the largest number of images in a crowd
    compression: float = 0.2  # probability of the artifacts of JPEG


@dataclass(frozen=True, eq=False)
class Scene:
    """The pixels and labels of a scene."""

    pixels: np.ndarray  # (S, S, 3) uint8 RGB
    boxes_xyxy: np.ndarray  # (N, 4) float32, the faces to learn; may reach over the edge
    background: np.ndarray  # (S / 8, S / 8) bool, cells in which no other face can be

    def background_at(self, locations: Locations) -> np.ndarray:
        """(P,) bool, whether each location lies in a cell of certain background."""
        cells = (locations.centers // CELL).astype(int)
        return self.background[cells[:, 1], cells[:, 0]]


class SceneMaker:
    """Makes scenes of annotated images.

    Args:
        images: The images to paste.
        settings: The settings of the scenes.
        weights: Sampling weight of the images of each data set, relative to the square root of
            their number; by default 1.
        read: Returns the pixels of an image.
    """

    def __init__(
        self,
        images: Sequence[AnnotatedImage],
        settings: SceneSettings,
        weights: Mapping[str, float] | None = None,
        read: Callable[[AnnotatedImage], np.ndarray] = read_pixels,
    ) -> None:
        if not images:
            raise ValueError("expected images to paste")
        self.settings = settings
        self._read = read
        by_source: dict[str, list[AnnotatedImage]] = defaultdict(list)
        for image in images:
            by_source[image.source].append(image)
        self._sets = list(by_source.values())
        chances = [
            (weights or {}).get(source, 1.0) * len(members) ** 0.5
            for source, members in by_source.items()
        ]
        if not sum(chances):
            raise UserError("DATA_WEIGHTS are 0 for all data sets: raise one of them.")
        self._chances = np.array(chances) / sum(chances)

    def make(self, rng: np.random.Generator) -> Scene:
        """Makes a scene."""
        settings = self.settings
        canvas = Canvas(settings.side)
        kind = rng.random()
        if kind < settings.single:
            number, largest = 1, 1.0
        elif kind < settings.single + settings.crowd:
            number, largest = int(rng.integers(settings.several, settings.many + 1)), 0.2
        else:
            number, largest = int(rng.integers(2, settings.several + 1)), 0.5
        covered = rng.random() < settings.covered
        for index in range(number):
            image = self._draw(rng)
            if index == 0 and covered:
                matrix = self._place_as_backdrop(image, rng)
            else:
                matrix = self._place(image, largest, rng)
            canvas.paste(image, self._read(image), matrix, index)
        return self._finished(canvas, rng)

    def _draw(self, rng: np.random.Generator) -> AnnotatedImage:
        members = self._sets[rng.choice(len(self._sets), p=self._chances)]
        return members[rng.integers(len(members))]

    def _place(self, image: AnnotatedImage, largest: float, rng: np.random.Generator) -> np.ndarray:
        """(2, 3) matrix from pixels of an image to the canvas, with a random size of one face."""
        side = self.settings.side
        if image.faces:
            box = image.faces[rng.integers(len(image.faces))].box_xyxy.astype(np.float64)
            smallest = max(self.settings.min_face_px * 1.1, 1.0)
        else:
            box = np.array([0, 0, image.width, image.height], np.float64)
            smallest = 0.3 * side
        own = np.sqrt((box[2:] - box[:2]).prod())
        wanted = np.exp(rng.uniform(np.log(smallest), np.log(max(largest * side, 2 * smallest))))
        zoom = min(wanted / own, MAX_ZOOM)
        # The middle of the face lies anywhere on the canvas, of a large face nearer its middle.
        reach = max(side - 0.6 * zoom * own, 0.3 * side)
        middle = side / 2 + rng.uniform(-0.5, 0.5, 2) * reach
        return self._turned((box[:2] + box[2:]) / 2, middle, zoom, rng)

    def _place_as_backdrop(self, image: AnnotatedImage, rng: np.random.Generator) -> np.ndarray:
        """(2, 3) matrix with which the image covers the canvas, or nearly."""
        side, size = self.settings.side, np.array([image.width, image.height], np.float64)
        zoom = min(side / size.min() * np.exp(rng.uniform(0, np.log(2))), MAX_ZOOM)
        spare = np.maximum(size * zoom - side, 0)
        middle = side / 2 + rng.uniform(-0.5, 0.5, 2) * spare
        return self._turned(size / 2, middle, zoom, rng)

    def _turned(
        self, center: np.ndarray, middle: np.ndarray, zoom: float, rng: np.random.Generator
    ) -> np.ndarray:
        """(2, 3) matrix that maps a point of the image to one of the canvas, maybe rotated."""
        degrees = 0.0
        if rng.random() < self.settings.rotation:
            degrees = rng.uniform(-1, 1) * self.settings.rotation_degrees
        matrix = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), degrees, zoom)
        matrix[:, 2] += middle - center
        return matrix

    def _finished(self, canvas: Canvas, rng: np.random.Generator) -> Scene:
        settings = self.settings
        boxes, unsure = canvas.faces(settings.min_face_px)
        canvas.mark_uncertain(unsure)
        pixels, background = canvas.pixels, canvas.background()
        if rng.random() < settings.augmentation.mirror:
            pixels, background = pixels[:, ::-1], background[:, ::-1]
            boxes[:, [0, 2]] = settings.side - boxes[:, [2, 0]]
        pixels = change_pixels(np.ascontiguousarray(pixels), settings.augmentation, rng)
        if rng.random() < settings.compression:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
            _, encoded = cv2.imencode(".jpg", pixels, quality)
            pixels = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
        return Scene(pixels, boxes.astype(np.float32), np.ascontiguousarray(background))
