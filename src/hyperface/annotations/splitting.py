"""Splits images into training and validation; no person or near-identical image is in both."""

import hashlib
import logging
from collections.abc import Hashable, Sequence

import numpy as np

from hyperface.annotations.record import AnnotatedImage

ENOUGH_FACES = 20  # number of held-out faces below which results are uncertain
_LOG = logging.getLogger(__name__)


def few_held_out(faces: int) -> list[str]:
    """A warning about a validation part with that number of faces; empty if there are enough."""
    if faces >= ENOUGH_FACES:
        return []
    number = f"only {faces}" if faces else "none"
    return [
        f"{number} of the faces {'is' if faces < 2 else 'are'} held out for validation: results on "
        f"fewer than {ENOUGH_FACES} are uncertain; add images, raise VALIDATION_FRACTION, or name "
        "other data in EVALUATION_DATA"
    ]


def split_images(
    images: Sequence[AnnotatedImage], groups: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Splits images into training and validation.

    Images that share a near-identical group or a person, directly or through others, stay
    together. The side of such a component follows from a hash of the seed and of its first
    image's source and name: it does not change when other data sets are joined, and every
    source gets about `fraction`. If that leaves no face to train on, the component that would have
    been held out last is not. A split that the data set prescribes wins. Where a component has
    images prescribed for both sides, those for validation that share a group or a person with
    one that is not are excluded from both sides, and a warning counts them.

    Args:
        images: All images.
        groups: (N,) int, equal for near-identical images.
        fraction: Share of validation, 0..1.
        seed: Another seed gives another split.

    Returns:
        Indices of training and of validation, (n,) int each, ascending.
    """
    if len(groups) != len(images):
        raise ValueError(f"expected a group for each of {len(images)}, got {len(groups)}")
    if not 0 <= fraction <= 1:
        raise ValueError(f"expected a fraction between 0 and 1, got {fraction}")
    held_out, excluded = np.zeros(len(images), bool), np.zeros(len(images), bool)
    free: list[tuple[float, list[int]]] = []
    for members in _components(images, groups):
        prescribed = {images[index].split for index in members} - {None}
        if not prescribed:
            free.append((_draw(images, members, seed), members))
        elif len(prescribed) > 1:
            held, conflicting = _separate_conflicts(images, groups, members)
            held_out[held], excluded[conflicting] = True, True
        else:
            held_out[members] = prescribed == {"validation"}
    free.sort()
    for rank, (draw, members) in enumerate(free):
        # If there are very few images, the draw may leave one side empty.
        first_of_many = rank == 0 and len(free) > 1 and fraction > 0 and not held_out.any()
        held_out[members] = draw < fraction or first_of_many
    if fraction < 1 and not _any_face(images, ~held_out & ~excluded):
        for _, members in reversed(free):
            if _any_face(images, members):
                held_out[members] = False
                break
    if excluded.any():
        names = [images[index].name for index in np.flatnonzero(excluded).tolist()]
        _LOG.warning(
            "%d images prescribed for validation are excluded, because they show the same person "
            "as, or are near-identical to, images that are not prescribed for validation (%s%s)",
            *(len(names), ", ".join(names[:5]), ", ..." if len(names) > 5 else ""),
        )
    return np.flatnonzero(~held_out & ~excluded), np.flatnonzero(held_out)


def _any_face(images: Sequence[AnnotatedImage], chosen: np.ndarray | list[int]) -> bool:
    """Whether one of the chosen images, by mask or index, has a face."""
    rows = np.arange(len(images))[chosen]
    return any(images[row].faces for row in rows.tolist())


def _separate_conflicts(
    images: Sequence[AnnotatedImage], groups: np.ndarray, members: list[int]
) -> tuple[list[int], list[int]]:
    """Indices of a component's validation images that share nothing with its other images.

    Then those of the validation images that share a person or a near-identical group with these.
    """
    validation = [index for index in members if images[index].split == "validation"]
    others = (index for index in members if images[index].split != "validation")
    taken = {shared for index in others for shared in _shared_by(images[index], groups[index])}
    conflicting = [i for i in validation if taken & _shared_by(images[i], groups[i])]
    return [index for index in validation if index not in set(conflicting)], conflicting


def _shared_by(image: AnnotatedImage, group: int) -> set[Hashable]:
    """The near-identical group and the people that images on different sides must not share."""
    return {int(group)} | {face.person for face in image.faces if face.person}


def _components(images: Sequence[AnnotatedImage], groups: np.ndarray) -> list[list[int]]:
    """Sets of indices of images that must stay together, in order of their first image."""
    from scipy.cluster.hierarchy import DisjointSet  # most of a second, which only this needs

    components = DisjointSet(range(len(images)))
    first_with: dict[Hashable, int] = {}
    for index, image in enumerate(images):
        for shared in _shared_by(image, groups[index]):
            components.merge(index, first_with.setdefault(shared, index))
    return [sorted(subset) for subset in components.subsets()]


def _draw(images: Sequence[AnnotatedImage], members: list[int], seed: int) -> float:
    """A number from 0 to 1 that depends only on the component, not on other data."""
    source, name = min((images[index].source, images[index].name) for index in members)
    key = f"{seed}\0{source}\0{name}".encode(errors="surrogatepass")  # file names may be any bytes
    digest = hashlib.blake2b(key, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
