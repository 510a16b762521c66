"""What two parts of the data have in common: files, people, near-identical pictures.

A part is a data set, or what it prescribes for training or for validation. Whatever training and
validation share makes the figures of a validation too good.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hyperface.annotations.record import Picture

EXAMPLES = 3


@dataclass(frozen=True)
class Leak:
    """Something that two parts share.

    Attributes:
        kind: "file", "person" or "near-identical picture".
        parts: The names of the two.
        count: Of files, people or groups of pictures that both have.
        examples: Names of the first, a picture or a person each.
    """

    kind: str
    parts: tuple[str, str]
    count: int
    examples: tuple[str, ...]


def find_leaks(pictures: Sequence[Picture], groups: np.ndarray | None = None) -> list[Leak]:
    """Finds what parts share.

    Args:
        pictures: Of all parts.
        groups: (N,) int, equal for near-identical pictures; None if they were not looked at.

    Returns:
        For each kind and each two parts that share something, one entry.
    """
    files = [_file(picture) for picture in pictures]
    people = [
        {face.person for face in picture.faces if face.person is not None} for picture in pictures
    ]
    names = [f"{picture.source}/{picture.name}" for picture in pictures]
    leaks = _shared("file", pictures, files, names)
    leaks += _shared("person", pictures, people, None)
    if groups is not None:
        near = [[int(group)] for group in groups]
        leaks += _shared("near-identical picture", pictures, near, names)
    return leaks


def _file(picture: Picture) -> list[Hashable]:
    """What a picture's file is known by, also under another name."""
    try:
        status = picture.path.stat()
    except OSError:
        return []
    return [(status.st_dev, status.st_ino, picture.frame)]


def part_of(picture: Picture) -> str:
    """The name of a picture's part."""
    return f"{picture.source} ({picture.split})" if picture.split else picture.source


def _shared(
    kind: str,
    pictures: Sequence[Picture],
    things: Sequence[Iterable[Hashable]],
    names: Sequence[str] | None,
) -> list[Leak]:
    """Things by the parts they are in; named after their first picture, or by themselves."""
    parts: dict[Hashable, set[str]] = {}
    first: dict[Hashable, str] = {}
    for index, (picture, own) in enumerate(zip(pictures, things, strict=True)):
        for thing in own:
            parts.setdefault(thing, set()).add(part_of(picture))
            first.setdefault(thing, names[index] if names else str(thing))
    found: dict[tuple[str, str], list[str]] = {}
    for thing, places in parts.items():
        for pair in combinations(sorted(places), 2):
            found.setdefault(pair, []).append(first[thing])
    return [
        Leak(kind, pair, len(shared), tuple(shared[:EXAMPLES]))
        for pair, shared in sorted(found.items())
    ]
