"""Builds sample files: proposes, chooses, crops and labels regions, shard by shard.

Each worker builds a whole shard, so memory does not grow with the number of images, and a build
that is killed loses at most the shards in progress.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.annotations.writers.own_writers import image_entry
from hyperface.images.reading import UnreadableImage
from hyperface.proposals.selective_search import propose
from hyperface.regions.batches import make_batch
from hyperface.regions.overlap import OverlapRules
from hyperface.samples.choosing import choose_regions
from hyperface.samples.shards import ARRAYS, BrokenShard, read_shard, shard_path, write_shard
from hyperface.utils.json_text import write_json
from hyperface.utils.pool import map_in_processes
from hyperface.utils.progress import progress

SHARD_IMAGES, SHARD_REGIONS = 16, 256  # maximum of a shard


@dataclass(frozen=True)
class SampleSettings:
    """The settings that the content of sample files depends on, besides the images."""

    max_regions: int  # maximum number of regions per image
    search: Mapping[str, Any]  # keyword arguments of `selective_search.propose`
    rules: OverlapRules = field(default_factory=OverlapRules)  # the IoU thresholds
    seed: int = 1  # of the choice of regions
    validation_fraction: float = 0.0  # share of the images that the split holds out
    split_seed: int = 1  # of the choice of these


@dataclass(frozen=True)
class ShardCount:
    """The result of a shard: its number of regions and of faces, and what was skipped."""

    regions: int
    faces: int
    skipped: tuple[tuple[str, str], ...] = ()


def build_samples(
    folder: Path, images: Sequence[AnnotatedImage], settings: SampleSettings, workers: int
) -> tuple[int, int, SkipReport]:
    """Builds the missing shards; a broken one is built again.

    Returns the number of regions and of faces in all shards, and the images that were skipped.
    """
    size = max(1, min(SHARD_IMAGES, SHARD_REGIONS // settings.max_regions))
    shards = [
        (number, images[start : start + size])
        for number, start in enumerate(range(0, len(images), size))
    ]
    counts = map_in_processes(partial(_build, folder, settings), shards, workers)
    skipped, regions, faces = SkipReport(), 0, 0
    for count in progress(counts, len(shards), f"shards of {size} images"):
        regions += count.regions
        faces += count.faces
        for reason, name in count.skipped:
            skipped.add(reason, name)
    return regions, faces, skipped


def _build(
    folder: Path, settings: SampleSettings, shard: tuple[int, Sequence[AnnotatedImage]]
) -> ShardCount:
    number, images = shard
    path = shard_path(folder, number)
    notes = folder / ".counts" / f"{number:05d}.json"
    if (done := _done(path, notes)) is not None:
        return done
    parts: list[dict[str, np.ndarray]] = []
    records: list[dict[str, Any]] = []
    skipped: list[tuple[str, str]] = []
    for image in images:
        try:
            part = _regions_of(image, settings)
        except UnreadableImage as error:
            skipped.append((error.reason, image.name))
            continue
        part["picture"] = np.full(len(part["images"]), len(records), np.int32)
        parts.append(part)
        records.append(_record(image))
    arrays = {
        name: np.concatenate([part[name] for part in parts] or [np.zeros((0, *shape), kind)])
        for name, (shape, kind) in ARRAYS.items()
    }
    write_shard(path, arrays, records)
    faces = int((arrays["detection"] == 1).all(1).sum())
    count = ShardCount(len(arrays["images"]), faces, tuple(skipped))
    write_json(notes, [count.regions, count.faces, skipped])
    return count


def _done(path: Path, notes: Path) -> ShardCount | None:
    """The result of a shard of an earlier run; None if it has to be built."""
    if not path.exists():
        return None
    try:
        arrays, _ = read_shard(path)
        regions, faces, skipped = json.loads(notes.read_text(encoding="utf-8"))
        if regions != len(arrays["images"]):
            raise ValueError("another number of regions")
        return ShardCount(regions, faces, tuple((reason, name) for reason, name in skipped))
    except (BrokenShard, OSError, ValueError, TypeError):
        path.unlink()
        return None


def _record(image: AnnotatedImage) -> dict[str, Any]:
    """An image in JSON, with its faces and those to ignore."""
    about = {key: getattr(image, key) for key in ("name", "source", "split", "width", "height")}
    entry = image_entry(image.name, image)
    return about | {key: entry[key] for key in ("complete", "ignored", "faces") if key in entry}


def _regions_of(image: AnnotatedImage, settings: SampleSettings) -> dict[str, np.ndarray]:
    """The arrays of one image's regions."""
    pixels = read_pixels(image)
    boxes = propose(pixels, **settings.search)
    regions = choose_regions(image, boxes, settings.max_regions, settings.rules, settings.seed)
    images, targets = make_batch(regions, [image], settings.rules, read=lambda _: pixels)
    return {
        "images": images,
        "boxes_xyxy": np.array([region.box_xyxy for region in regions], np.int32).reshape(-1, 4),
        "overlap": np.array([region.overlap for region in regions], np.float32),
        **targets,
    }
