"""Samples training regions: proposals and jittered ground-truth boxes, hard negatives, background.

A batch has three kinds of regions, in shares given by a setting:

- `face`: overlaps a face enough for at least one of the face tasks,
- `hard_negative`: overlaps a face, but too little to be one,
- `background`: from an image, or a part of one, that is known to have no face.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.geometry.boxes import area_xyxy, clip_xyxy
from hyperface.regions.overlap import OverlapRules, best_overlap, is_background, touches_ignored
from hyperface.regions.region import Region, whole_pixels_xyxy

KINDS = ("face", "hard_negative", "background")
_TRIES = 40  # number of random boxes from which one that qualifies is chosen
_SMALLEST = 16  # pixels, the shorter side of a random box
_MINED_SHARE = 0.5  # share of mined regions in their kind, if there are any


@dataclass(frozen=True)
class Jitter:
    """Limits of the uniform jitter of boxes."""

    shift: float  # maximum shift of the center, in sides of the box
    scale: float  # maximum factor of the size, and its inverse
    aspect: float  # maximum factor of the aspect ratio, and its inverse


class RegionSampler:
    """Draws regions of images; all random choices come from the given generator.

    Attributes, besides the arguments `images` and `rules`:
        faces: (index of the image, index of the face) of every face that the image shows enough of
            to train on.
        possible: The kinds of regions that the images can give.

    Args:
        images: The images with their faces.
        proposals: (N, 4) proposals by index of the image; images without an entry give only
            jittered and random boxes.
        rules: The IoU thresholds.
        jitter: Limits of the jitter of ground-truth boxes.
        shares: The share of each kind among the regions. The other kinds replace one that the
            images cannot give.
        proposal_share: Share of proposals among the regions of an image with proposals.
        set_weights: Sampling weight of the faces of each data set.
    """

    def __init__(
        self,
        images: Sequence[AnnotatedImage],
        proposals: Mapping[int, np.ndarray],
        rules: OverlapRules,
        jitter: Jitter,
        shares: Mapping[str, float],
        proposal_share: float = 0.5,
        set_weights: Mapping[str, float] | None = None,
    ) -> None:
        self.images = images
        self.rules = rules
        self._jitter = jitter
        self._proposal_share = proposal_share
        weights = set_weights or {}
        self.faces = [
            (p, f)
            for p, image in enumerate(images)
            for f, shown in enumerate(_share_shown(image))
            if shown > rules.landmarks
        ]
        weight = np.array([weights.get(images[p].source, 1.0) for p, _ in self.faces])
        self._face_odds = np.cumsum(weight) / weight.sum() if weight.sum() > 0 else weight
        self._complete = [p for p, image in enumerate(images) if image.complete]

        self._mined: Mapping[str, Sequence[Region]] = {}
        self._face_proposals: dict[tuple[int, int], list[Region]] = {}
        self._hard_proposals: dict[int, list[Region]] = {}
        self._background_proposals: dict[int, list[Region]] = {}
        for index, boxes in proposals.items():
            kinds = proposals_by_kind(index, images[index], boxes, rules)
            for region in kinds["face"]:
                self._face_proposals.setdefault((index, region.face), []).append(region)
            self._hard_proposals[index] = kinds["hard_negative"]
            self._background_proposals[index] = kinds["background"]

        wanted_faces = weight.sum() > 0
        there = zip(KINDS, (wanted_faces, wanted_faces, self._complete), strict=True)
        self.possible = frozenset(kind for kind, possible in there if possible)
        self._shares = self._possible_shares(shares)

    def _possible_shares(self, shares: Mapping[str, float]) -> np.ndarray:
        share = np.array([shares.get(k, 0.0) * (k in self.possible) for k in KINDS])
        if share.sum() <= 0:
            raise UserError(
                f"The images give no regions of the requested kinds, {dict(shares)}: change "
                "BATCH_SHARES and FACE_MODEL_BATCH_SHARES."
            )
        return share / share.sum()

    def with_mined(self, mined: Mapping[str, Sequence[Region]]) -> "RegionSampler":
        """A copy of the sampler that also draws mined regions, given by kind.

        Those of "face" join the proposals. Half of the regions of the other kinds are drawn from
        them, if there are any.
        """
        other = copy(self)
        other._mined = {kind: found for kind, found in mined.items() if kind != "face"}
        other._face_proposals = {face: list(of) for face, of in self._face_proposals.items()}
        for region in mined.get("face", ()):
            other._face_proposals.setdefault((region.image, region.face), []).append(region)
        return other

    def proposed(self) -> dict[str, int]:
        """The number of proposals of each kind."""
        kinds = (
            self._face_proposals.values(),
            self._hard_proposals.values(),
            self._background_proposals.values(),
        )
        return {k: sum(map(len, regions)) for k, regions in zip(KINDS, kinds, strict=True)}

    def kinds(self, count: int) -> list[str]:
        """The kinds of `count` regions: the shares, rounded deterministically.

        Each kind with a share has at least one region if there are enough for all.
        """
        edges = np.rint(np.cumsum(self._shares) * count).astype(int)
        numbers = np.diff(edges, prepend=0)
        wanted = self._shares > 0
        while wanted.sum() <= count and (numbers[wanted] == 0).any():
            numbers[np.flatnonzero(wanted & (numbers == 0))[0]] += 1
            numbers[numbers.argmax()] -= 1
        return [kind for kind, n in zip(KINDS, numbers, strict=True) for _ in range(n)]

    def sample(self, count: int, rng: np.random.Generator) -> list[Region]:
        """Draws `count` regions of all kinds, in their shares.

        If there are more kinds than regions, the kinds are drawn by their shares.
        """
        if count < (self._shares > 0).sum():
            kinds = rng.choice(KINDS, count, p=self._shares).tolist()
        else:
            kinds = self.kinds(count)
        return [self.draw(kind, rng) for kind in kinds]

    def draw(self, kind: str, rng: np.random.Generator) -> Region:
        """Draws one region of a kind."""
        mined = self._mined.get(kind)
        if mined and rng.random() < _MINED_SHARE:
            return mined[int(rng.integers(len(mined)))]
        draw_kind = {
            "face": self._draw_face,
            "hard_negative": self._draw_hard_negative,
            "background": self._draw_background,
        }[kind]
        return draw_kind(rng)

    def _draw_face(self, rng: np.random.Generator) -> Region:
        image, face = self._any_face(rng)
        proposals = self._face_proposals.get((image, face))
        if proposals and rng.random() < self._proposal_share:
            return proposals[rng.integers(len(proposals))]
        return self.jittered(image, face, rng)

    def _any_face(self, rng: np.random.Generator) -> tuple[int, int]:
        return self.faces[int(np.searchsorted(self._face_odds, rng.random(), "right"))]

    def jittered(self, index: int, face: int, rng: np.random.Generator) -> Region:
        """A random box that overlaps a face enough to train the landmarks."""
        image = self.images[index]
        boxes = self._around(image.faces[face].box_xyxy, rng, self._jitter, far=1.0)
        boxes[-1] = image.faces[face].box_xyxy  # the fallback for a face that the edge cuts
        boxes = whole_pixels_xyxy(boxes, image.width, image.height)
        best, overlaps = best_overlap(boxes, image)
        good = np.flatnonzero((best == face) & (overlaps > self.rules.landmarks))
        chosen = good[0] if len(good) else len(boxes) - 1
        return Region(index, boxes[chosen], int(best[chosen]), float(overlaps[chosen]), False)

    def best_proposal(self, index: int, face: int) -> Region | None:
        """The proposal that overlaps a face most; None if none counts as a face."""
        proposals = self._face_proposals.get((index, face), [])
        best = max(proposals, key=lambda region: region.overlap, default=None)
        return best if best is not None and best.overlap > self.rules.face else None

    def _draw_hard_negative(self, rng: np.random.Generator) -> Region:
        for _ in range(_TRIES):
            index, face = self._any_face(rng)
            proposals = self._hard_proposals.get(index)
            if proposals and rng.random() < self._proposal_share:
                return proposals[rng.integers(len(proposals))]
            image = self.images[index]
            wide = Jitter(shift=0.9, scale=3.0, aspect=1.8)
            boxes = self._around(image.faces[face].box_xyxy, rng, wide, far=0.5)
            boxes = whole_pixels_xyxy(boxes, image.width, image.height)
            best, overlaps = best_overlap(boxes, image)
            hard = is_background(boxes, overlaps, image, self.rules)
            hard &= overlaps > self.rules.background_min
            hard &= (boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= _SMALLEST
            good = np.flatnonzero(hard)
            if len(good):
                return Region(index, boxes[good[0]], int(best[good[0]]), overlaps[good[0]], False)
        return self._draw_background(rng) if self._complete else self._draw_face(rng)

    def _draw_background(self, rng: np.random.Generator) -> Region:
        index = self._complete[rng.integers(len(self._complete))]
        proposals = self._background_proposals.get(index)
        if proposals and rng.random() < self._proposal_share:
            return proposals[rng.integers(len(proposals))]
        image = self.images[index]
        size = np.array([image.width, image.height])
        smallest = np.minimum(_SMALLEST, size)
        shorter = np.exp(rng.uniform(np.log(smallest.min()), np.log(size.min()), (_TRIES, 1)))
        aspect = np.exp(rng.uniform(-0.7, 0.7, (_TRIES, 1)) * np.array([0.5, -0.5]))
        sides = np.clip(shorter * aspect, smallest, size)
        top_left = rng.random((_TRIES, 2)) * (size - sides)
        boxes = whole_pixels_xyxy(np.hstack([top_left, top_left + sides]), *size)
        best, overlaps = best_overlap(boxes, image)
        ignored = touches_ignored(boxes, image.ignored_xyxy, self.rules)
        chosen = int(np.argmin(overlaps + ignored))  # of an image full of faces the freest corner
        free = np.flatnonzero((overlaps < self.rules.background_min) & ~ignored)
        if len(free):
            chosen = int(free[0])
        return Region(index, boxes[chosen], int(best[chosen]), float(overlaps[chosen]), False)

    @staticmethod
    def _around(
        box_xyxy: np.ndarray, rng: np.random.Generator, jitter: Jitter, far: float
    ) -> np.ndarray:
        """(_TRIES, 4) boxes around a box, jittered by a random strength from 1 - `far` to 1."""
        box = np.asarray(box_xyxy, np.float64)
        sides, center = box[2:] - box[:2], (box[:2] + box[2:]) / 2
        strength = rng.uniform(1 - far, 1, (_TRIES, 1))
        shift = rng.uniform(-1, 1, (_TRIES, 2)) * jitter.shift * strength * sides
        scale = np.exp(rng.uniform(-1, 1, (_TRIES, 1)) * np.log(jitter.scale) * strength)
        stretch = rng.uniform(-1, 1, (_TRIES, 1)) * np.log(jitter.aspect) * strength
        half = sides * scale * np.exp(stretch * np.array([0.5, -0.5])) / 2
        return np.hstack([center + shift - half, center + shift + half])


def proposals_by_kind(
    index: int, image: AnnotatedImage, boxes_xyxy: np.ndarray, rules: OverlapRules
) -> dict[str, list[Region]]:
    """The (N, 4) proposals of the image with an index as regions of each of `KINDS`.

    Proposals without a certain kind are dropped.
    """
    kinds: dict[str, list[Region]] = {kind: [] for kind in KINDS}
    boxes = np.unique(whole_pixels_xyxy(boxes_xyxy, image.width, image.height), axis=0)
    faces, overlaps = best_overlap(boxes, image)
    safe = is_background(boxes, overlaps, image, rules)
    for box, face, overlap, background in zip(boxes, faces, overlaps, safe, strict=True):
        region = Region(index, box, int(face), float(overlap), proposed=True)
        if overlap > rules.landmarks:
            kinds["face"].append(region)
        elif background:
            kind = "hard_negative" if overlap > rules.background_min else "background"
            kinds[kind].append(region)
    return kinds


def _share_shown(image: AnnotatedImage) -> np.ndarray:
    """The share of each face's box that lies inside the image."""
    inside = area_xyxy(clip_xyxy(image.boxes_xyxy, image.width, image.height))
    return inside / np.maximum(area_xyxy(image.boxes_xyxy), 1e-9)
