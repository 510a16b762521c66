"""Batches of regions with their targets, each determined by seed, epoch and number alone.

A batch does not depend on the thread that makes it or on earlier batches, so a resumed run gets the
same batches as an uninterrupted one. Images are read when they are needed, so memory does not grow
with the data set.
"""

from collections.abc import Callable, Collection, Sequence
from copy import deepcopy

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.images.reading import UnreadableImage
from hyperface.regions.augmentation import Augmentation, change_pixels
from hyperface.regions.cropping import REGION_SIDE, crop_region
from hyperface.regions.encoding import mirror_targets, region_targets, target_shapes
from hyperface.regions.occlusion import occlude_face
from hyperface.regions.overlap import OverlapRules, touches_ignored
from hyperface.regions.region import Region
from hyperface.regions.rotation import Rotation, crop_rotated_region

_NO_PIXELS = np.zeros((1, 1, 3), np.uint8)  # placeholder for rows that are not made
Batch = tuple[np.ndarray, dict[str, np.ndarray]]  # (B, 227, 227, 3) uint8, targets by task


def make_batch(
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
    augmentation: tuple[Augmentation, np.random.Generator] | None = None,
    read: Callable[[AnnotatedImage], np.ndarray] = read_pixels,
    rows: Sequence[int] | None = None,
) -> Batch:
    """Crops and labels regions.

    Args:
        regions: B regions.
        images: The images that the regions index.
        rules: The IoU thresholds.
        augmentation: The settings of the augmentation and the random generator; None for no
            augmentation.
        read: Decodes one image.
        rows: The rows of the batch to return, each as in the whole batch; None for all. Only the
            images of these rows, and of regions that occlude their faces, are read.

    Returns:
        (B, 227, 227, 3) uint8 RGB, and the targets by task, (B, ...) float32.

    Raises:
        UserError: A file changed since it was checked.
    """
    pixel_arrays = np.empty((len(regions), REGION_SIDE, REGION_SIDE, 3), np.uint8)
    shapes = target_shapes(rules.num_landmarks)
    targets = {name: np.empty((len(regions), *shape), np.float32) for name, shape in shapes.items()}
    rotations: list[Rotation | None] = []
    for row, region in enumerate(regions):
        rotation = None
        if augmentation is not None:
            rotation = _random_rotation(region, images[region.image], rules, *augmentation)
        rotations.append(rotation)
        for name, value in region_targets(region, images, rules, rotation).items():
            targets[name][row] = value
    has_face = [region.overlap > 0 for region in regions]
    sources = _occluders(regions, rules)
    made: Collection[int] = range(len(regions))
    if rows is not None:
        made = {*rows}
        if augmentation is not None:
            made |= _occluding(rows, pixel_arrays, targets, has_face, sources, *augmentation)
    # An image is decoded once for consecutive regions.
    last: int | None = None
    pixels: np.ndarray | None = None
    for row, (region, rotation) in enumerate(zip(regions, rotations, strict=True)):
        if row not in made:
            continue
        if pixels is None or region.image != last:
            pixels, last = read_unchanged(images[region.image], read), region.image
        if rotation is None:
            pixel_arrays[row] = crop_region(pixels, region.box_xyxy)
        else:
            pixel_arrays[row] = crop_rotated_region(pixels, region.box_xyxy, rotation)
    if augmentation is not None:
        _augment(pixel_arrays, targets, has_face, sources, made, *augmentation)
    if rows is None:
        return pixel_arrays, targets
    own = list(rows)
    return pixel_arrays[own], {name: values[own] for name, values in targets.items()}


def _occluders(regions: Sequence[Region], rules: OverlapRules) -> np.ndarray:
    """(n,) rows of the regions whose pieces occlude faces: those without a face.

    Without any, such as in data in which no region is certain to show no face, those that overlap a
    face as little as background does.
    """
    overlaps = np.array([region.overlap for region in regions])
    without = np.flatnonzero(overlaps <= 0)
    return without if len(without) else np.flatnonzero(overlaps < rules.background)


def _augment(
    images: np.ndarray,
    targets: dict[str, np.ndarray],
    has_face: Sequence[bool],
    sources: np.ndarray,
    made: Collection[int],
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> dict[int, int]:
    """Changes the rows of a batch in place; pieces of the regions `sources` occlude faces.

    The number of random numbers drawn does not depend on the rows that are made. Returns the row of
    the region that occludes it for each row with an occluded face.
    """
    occluding: dict[int, int] = {}
    for row, patch in enumerate(images):
        labels = {name: values[row] for name, values in targets.items()}
        occluded = len(sources) and has_face[row] and row not in sources
        if occluded and rng.random() < augmentation.occlusion:
            source = occluding[row] = int(rng.choice(sources))
            patch, labels = occlude_face(patch, labels, images[source], rng)
        patch = change_pixels(patch if row in made else _NO_PIXELS, augmentation, rng)
        if rng.random() < augmentation.mirror:
            patch, labels = patch[:, ::-1], mirror_targets(labels)
        images[row] = patch
        for name, value in labels.items():
            targets[name][row] = value
    return occluding


def _occluding(
    rows: Sequence[int],
    images: np.ndarray,
    targets: dict[str, np.ndarray],
    has_face: Sequence[bool],
    sources: np.ndarray,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> set[int]:
    """The rows that will occlude faces of given rows, drawn with a copy of the generator."""
    copies = {name: values.copy() for name, values in targets.items()}
    drawn = _augment(
        np.empty_like(images), copies, has_face, sources, (), augmentation, deepcopy(rng)
    )
    return {drawn[row] for row in rows if row in drawn}


def _random_rotation(
    region: Region,
    image: AnnotatedImage,
    rules: OverlapRules,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Rotation | None:
    """A random rotation around the center of the region's face or, without a face, of the region.

    None if no rotation is drawn, or if another face would be rotated into the region.
    """
    if rng.random() >= augmentation.rotation:
        return None
    touched = region.face >= 0 and region.overlap > 0
    box = image.faces[region.face].box_xyxy if touched else region.box_xyxy
    center = (np.asarray(box[:2], np.float64) + box[2:]) / 2
    limit = augmentation.rotation_degrees
    rotation = Rotation(np.radians(rng.uniform(-limit, limit)), center)
    return rotation if _keeps_label(rotation, region, image, rules) else None


def _keeps_label(
    rotation: Rotation, region: Region, image: AnnotatedImage, rules: OverlapRules
) -> bool:
    """Whether a rotation moves no other or ignored face of the image into the region."""
    ignored = rotation.boxes(image.ignored_xyxy)
    if region.overlap < rules.background and touches_ignored(region.box_xyxy, ignored, rules).any():
        return False
    own = [region.face] if region.overlap > 0 else []
    others = rotation.boxes(np.delete(image.boxes_xyxy, own, axis=0))
    nearest = iou_matrix_xyxy(region.box_xyxy[None], others).max(initial=-1)
    return bool(nearest < max(region.overlap, rules.background))


def read_unchanged(
    image: AnnotatedImage, read: Callable[[AnnotatedImage], np.ndarray] = read_pixels
) -> np.ndarray:
    """Reads an image that could be decoded when the run began: (H, W, 3) uint8 RGB.

    Raises:
        UserError: The file changed since it was checked.
    """
    try:
        pixels = read(image)
        if pixels.shape[:2] != (image.height, image.width):
            raise UnreadableImage("another size")
    except UnreadableImage as error:
        raise UserError(
            f"{image.path} changed since the run began ({error.reason}): give the same command "
            "again, which checks all images."
        ) from error
    return pixels
