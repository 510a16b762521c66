"""Finds files, people and near-identical images that two parts of the data share.

A part is a data set, or its prescribed training or validation images. Anything that training and
validation share makes the validation results too good.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hyperface.annotations.record import AnnotatedImage

EXAMPLES = 3


@dataclass(frozen=True)
class Leak:
    """Something that two parts share."""

    kind: str  # "file", "person" or "near-identical image"
    parts: tuple[str, str]  # the names of the two
    count: int  # of files, people or groups of images that both have
    examples: tuple[str, ...]  # names of the first, an image or a person each


def find_leaks(images: Sequence[AnnotatedImage], groups: np.ndarray | None = None) -> list[Leak]:
    """Finds what parts share: one entry for each kind and each pair of parts that share something.

    `groups` is (N,) int, equal for near-identical images; None if they were not searched for.
    """
    files = [_file(image) for image in images]
    people = [{face.person for face in image.faces if face.person is not None} for image in images]
    names = [f"{image.source}/{image.name}" for image in images]
    leaks = _shared("file", images, files, names)
    leaks += _shared("person", images, people, None)
    if groups is not None:
        near = [[int(group)] for group in groups]
        leaks += _shared("near-identical image", images, near, names)
    return leaks


def _file(image: AnnotatedImage) -> list[Hashable]:
    """Keys that identify the file of an image, even if it has another name."""
    try:
        status = image.path.stat()
    except OSError:
        return []
    return [(status.st_dev, status.st_ino, image.frame)]


def part_of(image: AnnotatedImage) -> str:
    """The name of an image's part."""
    return f"{image.source} ({image.split})" if image.split else image.source


def _shared(
    kind: str,
    images: Sequence[AnnotatedImage],
    things: Sequence[Iterable[Hashable]],
    names: Sequence[str] | None,
) -> list[Leak]:
    """The leaks of one kind: keys that occur in two parts, named after their first image."""
    parts: dict[Hashable, set[str]] = {}
    first: dict[Hashable, str] = {}
    for index, (image, own) in enumerate(zip(images, things, strict=True)):
        for thing in own:
            parts.setdefault(thing, set()).add(part_of(image))
            first.setdefault(thing, names[index] if names else str(thing))
    found: dict[tuple[str, str], list[str]] = {}
    for thing, places in parts.items():
        for pair in combinations(sorted(places), 2):
            found.setdefault(pair, []).append(first[thing])
    return [
        Leak(kind, pair, len(shared), tuple(shared[:EXAMPLES]))
        for pair, shared in sorted(found.items())
    ]
