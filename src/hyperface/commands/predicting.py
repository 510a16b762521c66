"""Command: faces in images, folders and videos, a row each."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from hyperface.annotations.record import SkipReport
from hyperface.commands.finding_faces import say_changed
from hyperface.commands.predicted_images import (
    Extras,
    forget_extras,
    make_extras,
    make_missing_extras,
    make_video_extras,
)
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import naming
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.video import Frame, read_facts, read_frames, read_webcam
from hyperface.predictions.identity import file_at, with_content
from hyperface.predictions.inputs import Input
from hyperface.predictions.places import Places
from hyperface.predictions.results import Results
from hyperface.predictions.rows import SKIPPED, Key, found_row, key_of, skipped_row
from hyperface.predictions.tracking import Tracker
from hyperface.utils.progress import progress

AHEAD = 2  # images read and searched while the network looks at one
Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Searched(Generic[Item]):
    """An image that was read and searched, or why it could not be; and which file it was."""

    item: Item
    image: np.ndarray | None
    proposals_xyxy: np.ndarray | None
    seconds: float
    reason: str = ""
    file: Mapping | None = None


def predict_files(
    detector: FaceDetector,
    inputs: list[Input],
    folder: Path,
    extras: Extras,
    say: Callable[[str], None] = print,
) -> tuple[int, int, SkipReport]:
    """Looks at everything that has no row yet, or has changed since it was looked at.

    Args:
        detector: Finds the faces.
        inputs: What to look at.
        folder: Of the results, and of what is drawn.
        extras: What to make beside the rows.
        say: Told how many files have changed.

    Returns:
        How many of these inputs' images and frames were looked at, how many faces are in them,
        and what could not be looked at, drawn or cut out.

    Raises:
        UserError: The network's answers are no numbers.
        OSError: Nothing can be written any more.
    """
    results, failed = Results(folder), SkipReport()
    files = [(each.name, each.path) for each in inputs]
    say_changed(results.reconcile(files, partial(forget_extras, folder)), say)
    places = Places(results.rows())
    stills = [each for each in inputs if not each.is_video]
    old = [each for each in stills if results.count(*each.key)]
    new = [each for each in stills if not results.count(*each.key)]
    for found in progress(_ahead(new, partial(_read_and_search, detector)), len(new), "images"):
        row, faces = _row_of_still(detector, found)
        if found.image is not None:
            row = places.settle(row)
            make_extras(found.image, row, faces, folder, extras, failed)
        results.add(row)
    make_missing_extras(results, old, extras, failed)
    for clip in inputs:
        if clip.is_video:
            _predict_video(detector, clip, results, extras, places)
            make_video_extras(clip, results, extras, failed)
    return _counts(results, {each.key for each in inputs}, failed)


def predict_webcam(detector: FaceDetector, number: int, folder: Path, extras: Extras) -> None:
    """Looks at what a camera sees until Ctrl-C, a row a frame; each session has a name of its own.

    Raises:
        UnreadableImage: There is no such camera.
    """
    results = Results(folder)
    name = f"webcam:{number} {datetime.now():%Y-%m-%d %H:%M:%S}"
    frames = islice(read_webcam(number), 0, None, extras.every)
    tracker = Tracker()
    for frame in progress(frames, description=name):
        found = _search_frame(detector, name, frame)
        results.add(_row_of_frame(detector, name, found, tracker))


def _counts(results: Results, keys: set[Key], rejects: SkipReport) -> tuple[int, int, SkipReport]:
    looked_at = faces = 0
    for row in results.rows():
        if key_of(row) not in keys:
            continue
        if row["status"] == SKIPPED:
            frame = f", frame {row['frame']}" if "frame" in row else ""
            rejects.add(row["reason"], row["image"] + frame)
        else:
            looked_at += 1
            faces += len(row["faces"])
    return looked_at, faces, rejects


def _read_and_search(detector: FaceDetector, still: Input) -> Searched[Input]:
    start, file = time.perf_counter(), file_at(still.path)
    try:
        image = decode_image(still.path, apply_orientation=True)
    except UnreadableImage as error:
        return Searched(still, None, None, 0.0, error.reason, file)
    with naming(still.name):
        proposals = detector.propose(image)
    seconds = time.perf_counter() - start
    return Searched(still, image, proposals, seconds, file=with_content(file, still.path))


def _row_of_still(
    detector: FaceDetector, found: Searched[Input]
) -> tuple[dict, list[DetectedFace]]:
    name = found.item.name
    if found.image is None or found.proposals_xyxy is None:
        return skipped_row(name, found.reason, file=found.file), []
    start = time.perf_counter()
    with naming(name):
        faces = detector.faces(found.image, found.proposals_xyxy)
    seconds = found.seconds + time.perf_counter() - start
    return found_row(name, found.image.shape[1::-1], faces, seconds, file=found.file), faces


def _predict_video(
    detector: FaceDetector, clip: Input, results: Results, extras: Extras, places: Places
) -> None:
    """A row for every frame, from the first that has none."""
    file = file_at(clip.path)
    try:
        facts = read_facts(clip.path)
    except UnreadableImage as error:
        results.add(skipped_row(clip.name, error.reason, file=file))
        return
    done = results.count(*clip.key)
    total = -(-facts.frames // extras.every)
    if done >= total > 0:
        return
    file = results.file(*clip.key) or with_content(file, clip.path)
    tracker = _tracker_of(results, clip.key)
    frames = islice(read_frames(clip.path, extras.every), done, None)
    searched = _ahead(frames, partial(_search_frame, detector, clip.name))
    for found in progress(searched, max(0, total - done), clip.name):
        row = _row_of_frame(detector, clip.name, found, tracker, (facts.width, facts.height), file)
        results.add(places.settle(row))


def _search_frame(detector: FaceDetector, name: str, frame: Frame) -> Searched[tuple[int, float]]:
    number, seconds, image = frame
    at = number, seconds
    if image is None:
        return Searched(at, None, None, 0.0, "broken frame")
    start = time.perf_counter()
    with naming(f"{name}, frame {number}"):
        proposals = detector.propose(image)
    return Searched(at, image, proposals, time.perf_counter() - start)


def _row_of_frame(
    detector: FaceDetector,
    name: str,
    found: Searched[tuple[int, float]],
    tracker: Tracker,
    size: tuple[int, int] = (0, 0),
    file: Mapping | None = None,
) -> dict:
    """Looks at one frame."""
    if found.image is None or found.proposals_xyxy is None:
        return skipped_row(name, found.reason, found.item, size, file)
    start = time.perf_counter()
    with naming(f"{name}, frame {found.item[0]}"):
        faces = detector.faces(found.image, found.proposals_xyxy)
    seconds = found.seconds + time.perf_counter() - start
    tracks = tracker.follow([face.box_xyxy for face in faces])
    size = found.image.shape[1::-1]
    return found_row(name, size, faces, seconds, found.item, tracks, file)


def _tracker_of(results: Results, key: Key) -> Tracker:
    """A tracker that knows the faces of the frames that are done."""
    tracker = Tracker()
    for row in results.rows() if results.count(*key) else ():
        if key_of(row) == key and row["status"] != SKIPPED:
            faces = row["faces"]
            tracker.follow([face["box"] for face in faces], [face["track"] for face in faces])
    return tracker


def _ahead(items: Iterable[Item], make: Callable[[Item], Made]) -> Iterator[Made]:
    """Makes of items, in their order, a few of them ahead in other threads."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(AHEAD) as pool:
        for item in items:
            waiting.append(pool.submit(make, item))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
