"""Batches of regions with their targets, each a function of seed, epoch and number alone.

A batch is the same whichever thread makes it and whatever was drawn before, so a resumed run sees
the batches that it would have seen. Images are read as they are needed: memory stays the same
however large the data set is.
"""

from collections.abc import Callable, Sequence

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

Batch = tuple[np.ndarray, dict[str, np.ndarray]]  # (B, 227, 227, 3) uint8, targets by task


def make_batch(
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
    augmentation: tuple[Augmentation, np.random.Generator] | None = None,
    read: Callable[[AnnotatedImage], np.ndarray] = read_pixels,
) -> Batch:
    """Crops and labels regions.

    Args:
        regions: B regions.
        images: What the regions' image indices point into.
        rules: The IoU thresholds.
        augmentation: How to change them at random, and the random generator; None changes
            nothing.
        read: Decodes one image.

    Returns:
        (B, 227, 227, 3) uint8 RGB, and the targets by task, (B, ...) float32.

    Raises:
        UserError: A file changed since it was checked.
    """
    pixel_arrays = np.empty((len(regions), REGION_SIDE, REGION_SIDE, 3), np.uint8)
    shapes = target_shapes(rules.num_landmarks)
    targets = {name: np.empty((len(regions), *shape), np.float32) for name, shape in shapes.items()}
    # An image is decoded once for consecutive regions.
    last: int | None = None
    pixels: np.ndarray | None = None
    for row, region in enumerate(regions):
        image = images[region.image]
        if pixels is None or region.image != last:
            pixels, last = read_unchanged(image, read), region.image
        rotation = None
        if augmentation is not None:
            rotation = _random_rotation(region, image, rules, *augmentation)
        if rotation is None:
            pixel_arrays[row] = crop_region(pixels, region.box_xyxy)
        else:
            pixel_arrays[row] = crop_rotated_region(pixels, region.box_xyxy, rotation)
        for name, value in region_targets(region, images, rules, rotation).items():
            targets[name][row] = value
    if augmentation is not None:
        _augment(pixel_arrays, targets, [region.overlap > 0 for region in regions], *augmentation)
    return pixel_arrays, targets


def _augment(
    images: np.ndarray,
    targets: dict[str, np.ndarray],
    has_face: Sequence[bool],
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> None:
    """Changes the rows of a batch in place; pieces of regions without a face occlude faces."""
    sources = np.flatnonzero(~np.asarray(has_face))
    for row, patch in enumerate(images):
        labels = {name: values[row] for name, values in targets.items()}
        if len(sources) and has_face[row] and rng.random() < augmentation.occlusion:
            patch, labels = occlude_face(patch, labels, images[rng.choice(sources)], rng)
        patch = change_pixels(patch, augmentation, rng)
        if rng.random() < augmentation.mirror:
            patch, labels = patch[:, ::-1], mirror_targets(labels)
        images[row] = patch
        for name, value in labels.items():
            targets[name][row] = value


def _random_rotation(
    region: Region,
    image: AnnotatedImage,
    rules: OverlapRules,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Rotation | None:
    """Around the center of the face that the region overlaps, or else of the region.

    None where no rotation is drawn, or where another face would be rotated into the region.
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
    """Whether no other face of the image is rotated into the region, nor an ignored one."""
    ignored = rotation.boxes(image.ignored_xyxy)
    if region.overlap < rules.background and touches_ignored(region.box_xyxy, ignored, rules).any():
        return False
    own = region.face if region.overlap > 0 else -1
    others = [face.box_xyxy for f, face in enumerate(image.faces) if f != own]
    if not others:
        return True
    nearest = iou_matrix_xyxy(region.box_xyxy[None], rotation.boxes(np.stack(others))).max()
    return nearest < max(region.overlap, rules.background)


def read_unchanged(
    image: AnnotatedImage, read: Callable[[AnnotatedImage], np.ndarray] = read_pixels
) -> np.ndarray:
    """Reads an image that could be decoded when the run began.

    Args:
        image: Any.
        read: Decodes it.

    Returns:
        (H, W, 3) uint8 RGB.

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
            "again, which checks all images"
        ) from error
    return pixels
