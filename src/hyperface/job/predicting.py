"""Command: faces in pictures, folders and videos, a row each."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from hyperface.detection.hyperface import HyperFace
from hyperface.pictures.reading import UnreadablePicture, read_picture
from hyperface.pictures.video import USUAL_RATE, Frame, read_facts, read_frames, read_webcam
from hyperface.pictures.video_writer import VideoWriter
from hyperface.predictions.inputs import Input, place_of
from hyperface.predictions.results import Results
from hyperface.predictions.rows import SKIPPED, found_row, skipped_row
from hyperface.predictions.tracking import Tracker
from hyperface.records.record import Rejects
from hyperface.report.files import save_picture
from hyperface.report.found_faces import cut_out, draw_row
from hyperface.runs.files import write_aside
from hyperface.runs.progress import progress

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
) -> tuple[int, int, Rejects]:
    """Looks at everything that has no row yet.

    Args:
        detector: Finds the faces.
        inputs: What to look at.
        folder: Of the results, and of what is drawn.
        extras: What to make beside the rows.

    Returns:
        How many of these inputs' pictures and frames were looked at, how many faces are in them,
        and what could not be looked at.
    """
    results = Results(folder)
    results.forget_unreadable()
    stills = [each for each in inputs if not each.is_video]
    new = [each for each in stills if not results.count(each.name)]
    for found in progress(_ahead(new, partial(_read_and_search, detector)), len(new), "pictures"):
        row = _row_of_still(detector, found)
        if found.image is not None:
            _make_extras(found.image, row, folder, extras)
        results.add(row)
    _make_missing_extras(results, stills, folder, extras)
    for clip in inputs:
        if clip.is_video:
            _predict_video(detector, clip, results, extras)
            _make_video_extras(clip, results, folder, extras)
    return _counts(results, {each.name for each in inputs})


def predict_webcam(detector: HyperFace, number: int, folder: Path, extras: Extras) -> None:
    """Looks at what a camera sees until Ctrl-C, a row a frame; each session has a name of its own.

    Raises:
        UnreadablePicture: There is no such camera.
    """
    results = Results(folder)
    name = f"webcam:{number} {datetime.now():%Y-%m-%d %H:%M:%S}"
    frames = islice(read_webcam(number), 0, None, extras.every)
    tracker = Tracker()
    for frame in progress(frames, description=name):
        _add_frame(detector, name, _search_frame(detector, frame), tracker, results)


def _counts(results: Results, names: set[str]) -> tuple[int, int, Rejects]:
    looked_at = faces = 0
    rejects = Rejects()
    for row in results.rows():
        if row["image"] not in names:
            continue
        if row["status"] == SKIPPED:
            frame = f", frame {row['frame']}" if "frame" in row else ""
            rejects.add(row["reason"], row["image"] + frame)
        else:
            looked_at += 1
            faces += len(row["faces"])
    return looked_at, faces, rejects


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
        save_picture(_drawn_path(folder, row), draw_row(image, row))
    if extras.crops:
        _save_crops(image, row, folder)


def _make_missing_extras(
    results: Results, stills: list[Input], folder: Path, extras: Extras
) -> None:
    """For pictures that an earlier run looked at without making these."""
    if not (extras.draw or extras.crops):
        return
    by_name = {each.name: each for each in stills}
    for row in results.rows():
        if row["image"] not in by_name or row["status"] == SKIPPED:
            continue
        drawn = not extras.draw or _drawn_path(folder, row).exists()
        if drawn and (not extras.crops or _all_cut(row, folder)):
            continue
        try:
            image = read_picture(by_name[row["image"]].path, apply_orientation=True)
        except UnreadablePicture:
            continue  # it was there when it was looked at; its row stays
        _make_extras(image, row, folder, extras)


def _drawn_path(folder: Path, row: dict) -> Path:
    return folder / DRAWN / place_of(row["image"], ".jpg")


def _save_crops(image: np.ndarray, row: dict, folder: Path) -> None:
    for number, face in enumerate(row["faces"]):
        save_picture(_crop_path(folder, row, number), cut_out(image, face))


def _all_cut(row: dict, folder: Path) -> bool:
    """Whether the faces of a row are cut out; the last one is written last."""
    return not row["faces"] or _crop_path(folder, row, len(row["faces"]) - 1).exists()


def _crop_path(folder: Path, row: dict, number: int) -> Path:
    """`crops/holiday/a.jpg-0.jpg`, or `crops/clip.mp4/000012-0.jpg`."""
    place = folder / CROPS / place_of(row["image"], "")
    if "frame" in row:
        return place / f"{row['frame']:06d}-{number}.jpg"
    return place.with_name(f"{place.name}-{number}.jpg")


def _predict_video(detector: HyperFace, clip: Input, results: Results, extras: Extras) -> None:
    """A row for every frame, from the first that has none."""
    try:
        facts = read_facts(clip.path)
    except UnreadablePicture as error:
        results.add(skipped_row(clip.name, error.reason))
        return
    done = results.count(clip.name)
    total = -(-facts.frames // extras.every)
    if done >= total > 0:
        return
    tracker = _tracker_of(results, clip.name)
    frames = islice(read_frames(clip.path, extras.every), done, None)
    searched = _ahead(frames, partial(_search_frame, detector))
    for found in progress(searched, max(0, total - done), clip.name):
        _add_frame(detector, clip.name, found, tracker, results, (facts.width, facts.height))


def _search_frame(detector: HyperFace, frame: Frame) -> Searched[tuple[int, float]]:
    number, seconds, image = frame
    at = number, seconds
    if image is None:
        return Searched(at, None, None, 0.0, "broken frame")
    start = time.perf_counter()
    proposals = detector.propose(image)
    return Searched(at, image, proposals, time.perf_counter() - start)


def _add_frame(
    detector: HyperFace,
    name: str,
    found: Searched[tuple[int, float]],
    tracker: Tracker,
    results: Results,
    size: tuple[int, int] = (0, 0),
) -> None:
    """Looks at one frame and adds its row."""
    if found.image is None:
        results.add(skipped_row(name, found.reason, found.item, size))
        return
    start = time.perf_counter()
    faces = detector.faces(found.image, found.proposals_xyxy)
    seconds = found.seconds + time.perf_counter() - start
    tracks = tracker.follow([face.box_xyxy for face in faces])
    results.add(found_row(name, found.image.shape[1::-1], faces, seconds, found.item, tracks))


def _tracker_of(results: Results, name: str) -> Tracker:
    """A tracker that knows the faces of the frames that are done."""
    tracker = Tracker()
    for row in results.rows() if results.count(name) else ():
        if row["image"] == name and row["status"] != SKIPPED:
            faces = row["faces"]
            tracker.follow([face["box"] for face in faces], [face["track"] for face in faces])
    return tracker


def _make_video_extras(clip: Input, results: Results, folder: Path, extras: Extras) -> None:
    """A second time through a video whose rows are done: drawn, and its faces cut out."""
    rows = [row for row in results.rows() if row["image"] == clip.name and "frame" in row]
    target = folder / DRAWN / place_of(clip.name, ".mp4")
    draw = extras.draw and not target.exists() and any(row["status"] != SKIPPED for row in rows)
    cut = extras.crops and not all(_all_cut(row, folder) for row in rows)
    if not (draw or cut):
        return
    rate = _mean_rate(rows) or (read_facts(clip.path).rate or USUAL_RATE) / extras.every
    frames = zip(rows, read_frames(clip.path, extras.every), strict=False)
    shown = (
        (row, image)
        for row, frame in progress(frames, len(rows), f"drawing {clip.name}")
        if (image := frame.image) is not None
    )
    if not draw:
        for row, image in shown:
            _save_crops(image, row, folder)
        return
    with write_aside(target) as aside, closing(VideoWriter(aside, rate)) as writer:
        for row, image in shown:
            writer.write(draw_row(image, row, enlarge=False))
            if cut:
                _save_crops(image, row, folder)


def _mean_rate(rows: list[dict]) -> float:
    """Rows a second of a video; drawn at this rate it takes as long, if its own rate varies."""
    span = rows[-1]["time"] - rows[0]["time"]
    return (len(rows) - 1) / span if span > 0 else 0.0


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
