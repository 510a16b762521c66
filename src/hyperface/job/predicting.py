"""Command: faces in pictures, folders and videos, a row each."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import numpy as np

from hyperface.detection.hyperface import HyperFace
from hyperface.pictures.reading import UnreadablePicture, read_picture
from hyperface.pictures.video import read_facts, read_frames, read_webcam
from hyperface.predictions.inputs import Input, place_of
from hyperface.predictions.results import Results
from hyperface.predictions.rows import SKIPPED, found_row, skipped_row
from hyperface.predictions.tracking import Tracker
from hyperface.report.files import save_picture
from hyperface.report.found_faces import cut_out, draw_row
from hyperface.runs.files import write_aside
from hyperface.runs.progress import progress

USUAL_RATE = 25.0  # frames a second, where a video does not say
AHEAD = 2  # pictures read and searched while the network looks at one
DRAWN, CROPS = "drawn", "crops"
Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Extras:
    """What is made beside the rows.

    Attributes:
        draw: Pictures and videos with what was found drawn in.
        crops: Every face cut out, upright.
        every: Of a video, look at every so many frames.
    """

    draw: bool = False
    crops: bool = False
    every: int = 1


@dataclass(frozen=True)
class Searched(Generic[Item]):
    """A picture that was read and searched, or why it could not be."""

    item: Item
    image: np.ndarray | None
    proposals_xyxy: np.ndarray | None
    seconds: float
    reason: str = ""


def predict_files(
    detector: HyperFace, inputs: list[Input], folder: Path, extras: Extras
) -> tuple[int, int, int]:
    """Looks at everything that has no row yet.

    Args:
        detector: Finds the faces.
        inputs: What to look at.
        folder: Of the results, and of what is drawn.
        extras: What to make beside the rows.

    Returns:
        How many rows there are of these inputs, how many faces in them, and how many of the rows
        say that something could not be looked at.
    """
    results = Results(folder)
    _make_missing_extras(results, inputs, folder, extras)
    stills = [each for each in inputs if not each.is_video and not results.count(each.name)]
    searched = _ahead(stills, lambda still: _read_and_search(detector, still))
    for found in progress(searched, len(stills), "pictures"):
        row = _row_of_still(detector, found)
        if row["status"] != SKIPPED:
            _make_extras(found.image, row, folder, extras)
        results.add(row)
    for clip in inputs:
        if clip.is_video:
            _predict_video(detector, clip, results, folder, extras)
    return _counts(results, {each.name for each in inputs})


def predict_webcam(detector: HyperFace, number: int, folder: Path, extras: Extras) -> None:
    """Looks at what a camera sees until Ctrl-C, a row a frame.

    Raises:
        UnreadablePicture: There is no such camera.
    """
    results = Results(folder)
    name, start = f"webcam:{number}", time.monotonic()
    frames = islice(read_webcam(number), 0, None, extras.every)
    tracker = _tracker_of(results, name)
    for frame, image in progress(frames, description=name):
        at = frame, time.monotonic() - start
        found = Searched(frame, image, detector.propose(image), 0.0)
        _add_frame(detector, name, found, at, tracker, results, folder, extras)


def _counts(results: Results, names: set[str]) -> tuple[int, int, int]:
    rows = faces = skipped = 0
    for row in results.rows():
        if row["image"] in names:
            rows += 1
            faces += len(row["faces"])
            skipped += row["status"] == SKIPPED
    return rows, faces, skipped


def _read_and_search(detector: HyperFace, still: Input) -> Searched[Input]:
    start = time.perf_counter()
    try:
        image = read_picture(still.path, apply_orientation=True)
    except UnreadablePicture as error:
        return Searched(still, None, None, 0.0, error.reason)
    return Searched(still, image, detector.propose(image), time.perf_counter() - start)


def _row_of_still(detector: HyperFace, found: Searched[Input]) -> dict:
    name = found.item.name
    if found.image is None:
        return skipped_row(name, found.reason)
    start = time.perf_counter()
    faces = detector.faces(found.image, found.proposals_xyxy)
    seconds = found.seconds + time.perf_counter() - start
    return found_row(name, found.image.shape[1::-1], faces, seconds)


def _make_extras(image: np.ndarray, row: dict, folder: Path, extras: Extras) -> None:
    if extras.draw:
        save_picture(folder / DRAWN / place_of(row["image"], ".jpg"), draw_row(image, row))
    if extras.crops:
        _save_crops(image, row, folder)


def _make_missing_extras(
    results: Results, inputs: list[Input], folder: Path, extras: Extras
) -> None:
    """For pictures that an earlier run looked at without making these."""
    stills = {each.name: each for each in inputs if not each.is_video}
    for row in results.rows() if extras.draw or extras.crops else ():
        if row["image"] not in stills or row["status"] == SKIPPED:
            continue
        drawn = not extras.draw or (folder / DRAWN / place_of(row["image"], ".jpg")).exists()
        cut = not (extras.crops and row["faces"]) or _crop_path(folder, row, 0).exists()
        if not (drawn and cut):
            image = read_picture(stills[row["image"]].path, apply_orientation=True)
            _make_extras(image, row, folder, extras)


def _save_crops(image: np.ndarray, row: dict, folder: Path) -> None:
    for number, face in enumerate(row["faces"]):
        save_picture(_crop_path(folder, row, number), cut_out(image, face))


def _crop_path(folder: Path, row: dict, number: int) -> Path:
    """`crops/holiday/a-0.jpg`, or `crops/clip.mp4/000012-0.jpg`."""
    if "frame" in row:
        return folder / CROPS / place_of(row["image"], "") / f"{row['frame']:06d}-{number}.jpg"
    stem = place_of(row["image"], ".jpg").rpartition(".")[0]
    return folder / CROPS / f"{stem}-{number}.jpg"


def _predict_video(
    detector: HyperFace, clip: Input, results: Results, folder: Path, extras: Extras
) -> None:
    """A row for every frame, from the first that has none."""
    try:
        facts = read_facts(clip.path)
    except UnreadablePicture as error:
        if not results.count(clip.name):
            results.add(skipped_row(clip.name, error.reason))
        return
    rate = facts.rate or USUAL_RATE
    done = results.count(clip.name)
    tracker = _tracker_of(results, clip.name)

    def search(frame: tuple[int, np.ndarray | None]) -> Searched[int]:
        start = time.perf_counter()
        number, image = frame
        if image is None:
            return Searched(number, None, None, 0.0, "broken frame")
        return Searched(number, image, detector.propose(image), time.perf_counter() - start)

    frames = islice(read_frames(clip.path, extras.every), done, None)
    total = max(0, -(-facts.frames // extras.every) - done)
    for found in progress(_ahead(frames, search), total, clip.name):
        at = found.item, found.item / rate
        if found.image is None:
            size = facts.width, facts.height
            results.add(skipped_row(clip.name, found.reason, at, size))
        else:
            _add_frame(detector, clip.name, found, at, tracker, results, folder, extras)
    target = folder / DRAWN / place_of(clip.name, ".mp4")
    if extras.draw and not target.exists():
        _draw_video(clip, results, target, rate / extras.every, extras.every)


def _add_frame(
    detector: HyperFace,
    name: str,
    found: Searched[int],
    at: tuple[int, float],
    tracker: Tracker,
    results: Results,
    folder: Path,
    extras: Extras,
) -> None:
    """Looks at one frame and adds its row."""
    start = time.perf_counter()
    faces = detector.faces(found.image, found.proposals_xyxy)
    seconds = found.seconds + time.perf_counter() - start
    tracks = tracker.follow([face.box_xyxy for face in faces])
    row = found_row(name, found.image.shape[1::-1], faces, seconds, at, tracks)
    if extras.crops:
        _save_crops(found.image, row, folder)
    results.add(row)


def _tracker_of(results: Results, name: str) -> Tracker:
    """A tracker that knows the faces of the frames that are done."""
    tracker = Tracker()
    for row in results.rows():
        if row["image"] == name and row["status"] != SKIPPED:
            faces = row["faces"]
            tracker.follow([face["box"] for face in faces], [face["track"] for face in faces])
    return tracker


def _draw_video(clip: Input, results: Results, target: Path, rate: float, every: int) -> None:
    """Writes the video with its rows drawn in; a broken frame is left out."""
    rows = (row for row in results.rows() if row["image"] == clip.name)
    frames = zip(rows, read_frames(clip.path, every), strict=False)
    writer = None
    with write_aside(target) as aside:
        try:
            for row, (_, image) in progress(
                frames, results.count(clip.name), f"drawing {clip.name}"
            ):
                if image is None:
                    continue
                drawn = draw_row(image, row, enlarge=False)
                if writer is None:
                    code = cv2.VideoWriter_fourcc(*"mp4v")
                    writer = cv2.VideoWriter(str(aside), code, rate, drawn.shape[1::-1])
                writer.write(drawn[..., ::-1])
        finally:
            if writer is not None:
                writer.release()


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
