"""Read, detect, row: the one loop behind predict, evaluate, ablation and the demo."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hyperface.detection.iterative_proposals import Score
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import naming
from hyperface.images.reading import UnreadableImage
from hyperface.predictions.identity import file_at, with_content
from hyperface.predictions.rows import found_row, skipped_row
from hyperface.utils.ahead import map_ahead

if TYPE_CHECKING:  # the loop itself needs no Keras
    from hyperface.detection.detector import FaceDetector

AHEAD = 2  # images read and searched while the network processes one
EXAMPLES = 5  # names of changed files
Propose = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Source:
    """An image to process.

    Attributes:
        name: Its name in its row.
        read: Decodes it to (H, W, 3) uint8 RGB, in another thread; UnreadableImage where it cannot.
        path: Its file, which the row identifies.
        file: The same, where it is known already, as of a video's frames.
        frame: Of a video's frame its number and its time in seconds.
        size: Width and height that its row has where it cannot be read.
    """

    name: str
    read: Callable[[], np.ndarray]
    path: Path | None = None
    file: Mapping | None = None
    frame: tuple[int, float] | None = None
    size: tuple[int, int] = (0, 0)

    @property
    def title(self) -> str:
        """Its name in messages."""
        return self.name if self.frame is None else f"{self.name}, frame {self.frame[0]}"


@dataclass(frozen=True, eq=False)
class Detection:
    """What a detector found in an image.

    Attributes:
        image: (H, W, 3) uint8 RGB; None where it could not be read.
        faces: Best score first, as they were found.
        row: The same as a row of a file (`predictions/rows.py`).
    """

    image: np.ndarray | None
    faces: Sequence[DetectedFace]
    row: dict


@dataclass(frozen=True, eq=False)
class _Searched:
    """An image that was read and searched, or why it could not be."""

    source: Source
    file: Mapping | None
    image: np.ndarray | None = None
    reason: str = ""
    seconds: float = 0.0
    proposals: Mapping[Propose, tuple[np.ndarray, float]] = field(default_factory=dict)


def detect_images(sources: Iterable[Source], *detectors: "FaceDetector") -> Iterator[Detection]:
    """Finds the faces in images; the next ones are read and searched meanwhile.

    An image is read once for all detectors, searched once for those that share what proposes, and
    each of its regions is scored once for those that share a network. The images that are ready lie
    in one place here, so that regions of several could share a batch of the network.

    Args:
        sources: Taken one at a time, a few ahead.
        *detectors: Find the faces.

    Yields:
        For each image the detection of each detector, in their order. Seconds are those of
        reading, proposing and detecting.

    Raises:
        UserError: The network's outputs are not finite; names the image.
    """
    proposers = dict.fromkeys(detector.propose for detector in detectors)
    for each in map_ahead(partial(_read_and_search, proposers), sources, AHEAD):
        name, frame = each.source.name, each.source.frame
        scorers: dict[Callable, Score] = {}
        for detector in detectors:
            if each.image is None:
                row = skipped_row(name, each.reason, frame, each.source.size, each.file)
                yield Detection(None, [], row)
                continue
            start = time.perf_counter()
            proposals, seconds = each.proposals[detector.propose]
            if detector.scorer not in scorers:
                scorers[detector.scorer] = detector.scorer(each.image)
            with naming(each.source.title):
                faces = detector.detect(each.image, None, proposals, scorers[detector.scorer])
            seconds += each.seconds + time.perf_counter() - start
            size = each.image.shape[1], each.image.shape[0]
            yield Detection(
                each.image, faces, found_row(name, size, faces, seconds, frame, each.file)
            )


def print_changed(images: Sequence[str]) -> None:
    """Prints how many files have changed since they were processed, with a few of their names."""
    if images:
        more = ", ..." if len(images) > EXAMPLES else ""
        names = ", ".join(images[:EXAMPLES])
        print(f"changed since the last run: {len(images):,} ({names}{more}), processed again")


def _read_and_search(proposers: Iterable[Propose], source: Source) -> _Searched:
    start, file = time.perf_counter(), source.file
    if source.path is not None:
        file = file_at(source.path)
    try:
        image = source.read()
    except UnreadableImage as error:
        return _Searched(source, file, reason=error.reason)
    seconds = time.perf_counter() - start
    proposals = {}
    for propose in proposers:
        start = time.perf_counter()
        with naming(source.title):
            boxes = propose(image)
        proposals[propose] = boxes, time.perf_counter() - start
    if source.path is not None and file is not None:
        file = with_content(file, source.path)
    return _Searched(source, file, image, seconds=seconds, proposals=proposals)
