"""Real regions and images that an exported network is checked and quantized with."""

from collections.abc import Sequence

import numpy as np
from skimage import data

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.images.reading import UnreadableImage
from hyperface.proposals.locations import SIDE_MULTIPLE
from hyperface.regions.cropping import REGION_SIDE, crop_region
from hyperface.regions.region import whole_pixels_xyxy

ASTRONAUT_FACE_XYXY = (165.0, 65.0, 285.0, 185.0)  # of scikit-image's photograph
SHIFT, SCALE = 0.15, 1.3  # of a box around a face: the largest shift in sides, and factor
SMALLEST = 32  # pixels, the side of a random region; of a smaller image its own
LARGEST = 384  # pixels, the side of a window
BATCH = 16
Photo = tuple[np.ndarray, np.ndarray]  # (H, W, 3) uint8 RGB, and (N, 4) boxes of faces


def photos_of(images: Sequence[AnnotatedImage], number: int) -> list[Photo]:
    """At most `number` of the annotated images, evenly spaced, with the boxes of their faces."""
    chosen = np.unique(
        np.linspace(0, len(images) - 1, min(number, len(images))).round().astype(int)
    )
    photos = []
    for image in (images[index] for index in chosen):
        try:
            pixels = read_pixels(image)
        except UnreadableImage:  # it could be read when the data was split
            continue
        boxes = image.boxes_xyxy
        photos.append((pixels, boxes[np.isfinite(boxes).all(axis=1)]))
    return photos


def astronaut() -> list[Photo]:
    """A photograph from scikit-image, which gives real regions if there is no data set."""
    return [(data.astronaut(), np.array([ASTRONAUT_FACE_XYXY]))]


def region_batches(photos: Sequence[Photo], number: int, seed: int = 0) -> list[np.ndarray]:
    """Batches of (B, 227, 227, 3) uint8, with `number` regions in total.

    Half of them are jittered boxes of faces, the others are random.
    """
    rng = np.random.default_rng(seed)
    crops = np.zeros((number, REGION_SIDE, REGION_SIDE, 3), np.uint8)
    for row in range(number):
        # Each photograph in turn, its face first and a place anywhere in the next round.
        round_, index = divmod(row, len(photos))
        pixels, faces = photos[index]
        height, width = pixels.shape[:2]
        if len(faces) and (round_ + index) % 2 == 0:
            box = _jittered(faces[rng.integers(len(faces))], rng)
        else:
            side = rng.uniform(min(SMALLEST, height, width), min(height, width))
            corner = rng.uniform(0, (width - side + 1e-9, height - side + 1e-9))
            box = np.concatenate([corner, corner + side])
        crops[row] = crop_region(pixels, whole_pixels_xyxy(box, width, height))
    return [crops[start : start + BATCH] for start in range(0, number, BATCH)]


def image_batches(photos: Sequence[Photo], number: int) -> list[np.ndarray]:
    """Batches of one window, (1, H, W, 3) uint8, with sides that are multiples of 64 up to 384."""
    rng = np.random.default_rng(0)
    windows = []
    for row in range(number):
        pixels = photos[row % len(photos)][0]
        missing = [max(0, SIDE_MULTIPLE - side) for side in pixels.shape[:2]]
        pixels = np.pad(pixels, [(0, missing[0]), (0, missing[1]), (0, 0)])
        max_images = [min(LARGEST, side) // SIDE_MULTIPLE for side in pixels.shape[:2]]
        sides = [SIDE_MULTIPLE * int(rng.integers((n + 1) // 2, n + 1)) for n in max_images]
        top, left = (
            int(rng.integers(length - side + 1))
            for length, side in zip(pixels.shape[:2], sides, strict=True)
        )
        windows.append(pixels[None, top : top + sides[0], left : left + sides[1]])
    return windows


def _jittered(box_xyxy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(4,) a box with nearly the same position and size."""
    size = box_xyxy[2:] - box_xyxy[:2]
    center = (box_xyxy[2:] + box_xyxy[:2]) / 2 + rng.uniform(-SHIFT, SHIFT, 2) * size
    half = size / 2 * SCALE ** rng.uniform(-1, 1)
    return np.concatenate([center - half, center + half])
