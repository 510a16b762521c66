"""Reads images, detects faces and makes rows: the loop of predict, evaluate, ablation and the demo.

Videos have their own loop, made of the same functions (`video_loop.py`).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace
from hyperface.detection.scoring import Score
from hyperface.errors import prefix_user_errors
from hyperface.images.reading import UnreadableImage
from hyperface.predictions.identity import file_identity, with_checksum
from hyperface.predictions.rows import found_row, skipped_row
from hyperface.utils.ahead import map_ahead

AHEAD = 2  # images that are read and searched while the network processes others
# Limits of a group of images that share the network's batches.
MAX_GROUP_IMAGES, MAX_PIXELS, MAX_PROPOSALS = 8, 32_000_000, 64
EXAMPLES = 5  # names of changed files
Propose = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Source:
    """An image to process."""

    name: str  # its name in the row
    # Returns (H, W, 3) uint8 RGB, in another thread; raises UnreadableImage.
    read: Callable[[], np.ndarray]
    path: Path | None = None  # its file, which the row identifies
    file: Mapping | None = None  # the identity of the file, if known, as for frames of a video
    frame: tuple[int, float] | None = None  # number and time in seconds of a video's frame
    size: tuple[int, int] = (0, 0)  # width and height for the row if it cannot be read

    @property
    def title(self) -> str:
        """Its name in messages."""
        return self.name if self.frame is None else f"{self.name}, frame {self.frame[0]}"


@dataclass(frozen=True, eq=False)
class Detection:
    """The faces that a detector found in an image."""

    image: np.ndarray | None  # (H, W, 3) uint8 RGB; None where it could not be read
    faces: Sequence[DetectedFace]  # best score first
    row: dict  # the faces as a row of a file (`predictions/rows.py`)


@dataclass(frozen=True, eq=False)
class Searched:
    """An image with its proposals, or the reason why it could not be read."""

    source: Source
    file: Mapping | None
    image: np.ndarray | None = None
    reason: str = ""
    seconds: float = 0.0
    proposals: Mapping[Propose, tuple[np.ndarray, float]] = field(default_factory=dict)

    @property
    def number_of_proposals(self) -> int:
        """The largest number over all proposal methods."""
        return max((len(boxes) for boxes, _ in self.proposals.values()), default=0)

    @property
    def pixels(self) -> int:
        """The number of pixels; 0 if the image could not be read."""
        return 0 if self.image is None else self.image.shape[0] * self.image.shape[1]


def detect_images(sources: Iterable[Source], *detectors: FaceDetector) -> Iterator[Detection]:
    """Finds the faces in images, while the next images are read and searched in other threads.

    An image is read once for all detectors, searched once for detectors with the same proposals,
    and each region is scored once for detectors with the same network. Regions of several images
    share the network's batches.

    Yields:
        The detection of each detector for each image, in their order. The seconds are those for
        reading, proposing and detecting; images of one group share the time for detecting in
        proportion to their proposals.

    Raises:
        UserError: The network's outputs are not finite; names the image.
    """
    proposers = dict.fromkeys(detector.propose for detector in detectors)
    searched = map_ahead(partial(read_and_search, proposers), sources, AHEAD)
    for group in _groups(searched):
        scorers: dict[Callable, list[Score]] = {}
        found = [detected(group, detector, scorers) for detector in detectors]
        yield from chain.from_iterable(zip(*found, strict=True))


def _groups(searched: Iterable[Searched]) -> Iterator[list[Searched]]:
    """Groups of consecutive images; an image that cannot be read ends its group.

    A group also ends at every eighth image, so that a part of the images has the same groups, and
    its rows the same last digits, as when all images are processed.
    """
    group: list[Searched] = []
    for number, each in enumerate(searched, 1):
        group.append(each)
        if (
            each.image is None
            or number % MAX_GROUP_IMAGES == 0
            or sum(other.pixels for other in group) >= MAX_PIXELS
            or sum(other.number_of_proposals for other in group) >= MAX_PROPOSALS
        ):
            yield group
            group = []
    if group:
        yield group


def detected(
    group: Sequence[Searched], detector: FaceDetector, scorers: dict[Callable, list[Score]]
) -> list[Detection]:
    """The detections in a group of images; new scorers are added to `scorers`."""
    readable = [each for each in group if each.image is not None]
    images = [each.image for each in readable if each.image is not None]
    proposals = [each.proposals[detector.propose][0] for each in readable]
    if detector.scorer not in scorers:
        scorers[detector.scorer] = [
            detector.scorer(each.image, title=each.source.title) for each in readable
        ]
    start = time.perf_counter()
    faces = detector.detect_batch(images, proposals, scorers[detector.scorer])
    seconds = (time.perf_counter() - start) / max(1, sum(map(len, proposals)) + len(readable))
    found = zip(faces, proposals, strict=True)
    detections = []
    for each in group:
        name, frame, file = each.source.name, each.source.frame, each.file
        if each.image is None:
            row = skipped_row(name, each.reason, frame, each.source.size, file)
            detections.append(Detection(None, [], row))
            continue
        own, regions = next(found)
        size = each.image.shape[1], each.image.shape[0]
        spent = each.seconds + each.proposals[detector.propose][1] + seconds * (1 + len(regions))
        row = found_row(name, size, own, spent, frame, file)
        detections.append(Detection(each.image, own, row))
    return detections


def print_changed(images: Sequence[str]) -> None:
    """Prints the number of files that have changed since they were processed, with some names."""
    if images:
        more = ", ..." if len(images) > EXAMPLES else ""
        names = ", ".join(images[:EXAMPLES])
        print(f"changed since the last run and processed again: {len(images):,} ({names}{more})")


def read_and_search(proposers: Iterable[Propose], source: Source) -> Searched:
    """Reads an image, and proposes regions with each proposer."""
    start, file = time.perf_counter(), source.file
    if source.path is not None:
        file = file_identity(source.path)
    try:
        image = source.read()
    except UnreadableImage as error:
        return Searched(source, file, reason=error.reason)
    seconds = time.perf_counter() - start
    proposals = {}
    for propose in proposers:
        start = time.perf_counter()
        with prefix_user_errors(source.title):
            boxes = propose(image)
        proposals[propose] = boxes, time.perf_counter() - start
    if source.path is not None and file is not None:
        file = with_checksum(file, source.path)
    return Searched(source, file, image, seconds=seconds, proposals=proposals)
