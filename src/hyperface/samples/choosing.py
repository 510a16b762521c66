"""Which regions of a picture go into a sample file."""

import hashlib

import numpy as np

from hyperface.annotations.record import Picture
from hyperface.regions.overlap import OverlapRules, best_overlap
from hyperface.regions.region import Region, whole_pixels_xyxy
from hyperface.regions.sampling import proposals_by_kind


def choose_regions(
    picture: Picture, proposals_xyxy: np.ndarray, most: int, rules: OverlapRules, seed: int
) -> list[Region]:
    """Chooses regions of one picture, always the same for the same seed.

    Of a picture with annotated faces: each face's own box first, then proposals, as many that are
    faces as that are not, as far as there are. Of a picture known to be without faces: proposals at
    random. Of one that nobody annotated: the first proposals, as the search orders them.

    Args:
        picture: With its faces.
        proposals_xyxy: (N, 4) of its selective search.
        most: Regions at the most.
        rules: The IoU cut-offs.
        seed: Another seed chooses others.
    """
    if not picture.faces and not picture.complete:
        boxes = whole_pixels_xyxy(proposals_xyxy, picture.width, picture.height)[:most]
        return [Region(0, box, -1, 0.0, proposed=True) for box in boxes]
    key = f"{seed}\0{picture.source}\0{picture.name}".encode(errors="surrogatepass")
    rng = np.random.default_rng(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()))
    chosen = _own_boxes(picture, rules)[:most]
    kinds = proposals_by_kind(0, picture, proposals_xyxy, rules)
    faces = _shuffled(kinds["face"], rng)
    others = _shuffled(kinds["hard_negative"], rng) + _shuffled(kinds["background"], rng)
    room = most - len(chosen)
    num_others = min(len(others), max(most // 2, room - len(faces)), room)
    return chosen + faces[: room - num_others] + others[:num_others]


def _own_boxes(picture: Picture, rules: OverlapRules) -> list[Region]:
    """The faces' own boxes, as far as the picture shows enough of them."""
    if not picture.faces:
        return []
    boxes = np.array([face.box_xyxy for face in picture.faces])
    boxes = whole_pixels_xyxy(boxes, picture.width, picture.height)
    boxes = np.unique(boxes, axis=0)
    faces, overlaps = best_overlap(boxes, picture)
    return [
        Region(0, box, int(face), float(overlap), proposed=False)
        for box, face, overlap in zip(boxes, faces, overlaps, strict=True)
        if overlap > rules.landmarks
    ]


def _shuffled(regions: list[Region], rng: np.random.Generator) -> list[Region]:
    return [regions[index] for index in rng.permutation(len(regions))]
