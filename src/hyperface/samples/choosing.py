"""Chooses the regions of an image for a sample file."""

import hashlib

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.regions.overlap import OverlapRules, best_overlap
from hyperface.regions.region import Region, whole_pixels_xyxy
from hyperface.regions.sampling import proposals_by_kind


def choose_regions(
    image: AnnotatedImage,
    proposals_xyxy: np.ndarray,
    max_regions: int,
    rules: OverlapRules,
    seed: int,
) -> list[Region]:
    """Chooses regions of one image; the same seed gives the same regions.

    An image with annotated faces gives the box of each face first, then proposals, half of them
    faces and half background if there are enough. An image known to be without faces gives random
    proposals. An image without annotations gives the first proposals of the search.
    """
    if not image.faces and not image.complete:
        boxes = whole_pixels_xyxy(proposals_xyxy, image.width, image.height)[:max_regions]
        return [Region(0, box, -1, 0.0, proposed=True) for box in boxes]
    key = f"{seed}\0{image.source}\0{image.name}".encode(errors="surrogatepass")
    rng = np.random.default_rng(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()))
    chosen = _own_boxes(image, rules)[:max_regions]
    kinds = proposals_by_kind(0, image, proposals_xyxy, rules)
    faces = _shuffled(kinds["face"], rng)
    others = _shuffled(kinds["hard_negative"], rng) + _shuffled(kinds["background"], rng)
    room = max_regions - len(chosen)
    num_others = min(len(others), max(max_regions // 2, room - len(faces)), room)
    return chosen + faces[: room - num_others] + others[:num_others]


def _own_boxes(image: AnnotatedImage, rules: OverlapRules) -> list[Region]:
    """The boxes of the faces that the image shows enough of."""
    boxes = np.unique(whole_pixels_xyxy(image.boxes_xyxy, image.width, image.height), axis=0)
    faces, overlaps = best_overlap(boxes, image)
    return [
        Region(0, box, int(face), float(overlap), proposed=False)
        for box, face, overlap in zip(boxes, faces, overlaps, strict=True)
        if overlap > rules.landmarks
    ]


def _shuffled(regions: list[Region], rng: np.random.Generator) -> list[Region]:
    return [regions[index] for index in rng.permutation(len(regions))]
