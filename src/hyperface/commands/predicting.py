"""Command: detect faces in images, folders and videos, with one row for each image or frame."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from hyperface.annotations.record import SkipReport
from hyperface.commands.drawings_and_crops import (
    Extras,
    make_extras,
    make_missing_extras,
    make_video_extras,
    remove_extras,
)
from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.video import Frame, read_facts, read_frames, read_webcam
from hyperface.predictions.detection_loop import Detection, Source, detect_images, print_changed
from hyperface.predictions.identity import file_identity, with_checksum
from hyperface.predictions.inputs import Input
from hyperface.predictions.places import Places
from hyperface.predictions.row_files import Results
from hyperface.predictions.rows import SKIPPED, Key, key_of, skipped_row
from hyperface.predictions.tracking import Tracker
from hyperface.predictions.video_loop import detect_frames
from hyperface.utils.progress import progress


def predict_files(
    detector: FaceDetector, inputs: list[Input], folder: Path, extras: Extras
) -> tuple[int, int, SkipReport]:
    """Processes every file that has no row yet, or has changed since it was processed.

    Returns:
        The number of processed images and frames of these inputs, the number of faces in them, and
        what could not be read, drawn or cropped.

    Raises:
        UserError: The network's outputs are not finite.
        OSError: Nothing more can be written.
    """
    results, failed = Results(folder), SkipReport()
    files = [(each.name, each.path) for each in inputs]
    print_changed(results.remove_outdated(files, partial(remove_extras, folder)))
    places = Places(results.rows())
    stills = [each for each in inputs if not each.is_video]
    old = [each for each in stills if results.count(*each.key)]
    new = [each for each in stills if not results.count(*each.key)]
    sources = (
        Source(each.name, partial(decode_image, each.path, apply_orientation=True), each.path)
        for each in new
    )
    for found in progress(detect_images(sources, detector), len(new), "images"):
        row = found.row
        if found.image is not None:
            row = places.assign(row)
            make_extras(found.image, row, found.faces, folder, extras, failed)
        results.add(row)
    make_missing_extras(results, old, extras, failed)
    for clip in inputs:
        if clip.is_video:
            _predict_video(detector, clip, results, extras, places)
            make_video_extras(clip, results, extras, failed)
    return _counts(results, {each.key for each in inputs}, failed)


def predict_webcam(detector: FaceDetector, number: int, folder: Path, extras: Extras) -> None:
    """Writes a row for each frame of a camera until Ctrl-C; each session has its own name.

    Raises:
        UserError: There is no such camera.
    """
    name = f"webcam:{number} {datetime.now():%Y-%m-%d %H:%M:%S}"
    frames = islice(read_webcam(number), 0, None, extras.every)
    detections = detect_frames(_sources(frames, name), detector, extras.propose_every)
    try:
        _add_rows(progress(detections, None, name), Results(folder), Places(), Tracker())
    except UnreadableImage as error:
        raise UserError(f"Camera {number}: {error.reason}.") from error


def _predict_video(
    detector: FaceDetector, clip: Input, results: Results, extras: Extras, places: Places
) -> None:
    """Adds a row for every frame that has none."""
    file = file_identity(clip.path)
    try:
        facts = read_facts(clip.path)
    except UnreadableImage as error:
        if not results.count(*clip.key):  # rows of a video that is gone remain valid
            results.add(skipped_row(clip.name, error.reason, file=file))
        return
    done = results.count(*clip.key)
    total = -(-facts.frames // extras.every)
    if done >= total > 0:
        return
    file = results.file(*clip.key) or with_checksum(file, clip.path)
    tracker = Tracker()
    for row in results.rows() if done else ():  # restores the tracks of the frames that are done
        if key_of(row) == clip.key and row["status"] != SKIPPED:
            boxes = [face["box"] for face in row["faces"]]
            tracker.follow(boxes, [face["track"] for face in row["faces"]])
    # Start at the last frame in which regions were proposed, since the next ones depend on it; the
    # first `known` frames from there already have rows.
    known = done % extras.propose_every
    frames = islice(read_frames(clip.path, extras.every), done - known, None)
    sources = _sources(frames, clip.name, file, (facts.width, facts.height))
    detections = islice(detect_frames(sources, detector, extras.propose_every), known, None)
    left = max(0, total - done)
    _add_rows(progress(detections, left, clip.name), results, places, tracker)
    if not results.count(*clip.key):
        reason = "a video without a frame that can be decoded"
        results.add(skipped_row(clip.name, reason, file=file))


def _sources(
    frames: Iterable[Frame],
    name: str,
    file: Mapping | None = None,
    size: tuple[int, int] = (0, 0),
) -> Iterator[Source]:
    """The frames of a video or camera with a name."""
    for each in frames:
        frame = each.number, each.seconds
        yield Source(name, partial(_pixels, each), file=file, frame=frame, size=size)


def _add_rows(
    detections: Iterable[Detection], results: Results, places: Places, tracker: Tracker
) -> None:
    """Adds a row for each frame, with the track numbers of its faces."""
    for found in detections:
        if found.image is not None:
            tracks = tracker.follow([face.box_xyxy for face in found.faces])
            for entry, track in zip(found.row["faces"], tracks, strict=True):
                entry["track"] = track
        results.add(places.assign(found.row))


def _pixels(frame: Frame) -> np.ndarray:
    if frame.image is None:
        raise UnreadableImage("broken frame")
    return frame.image


def _counts(results: Results, keys: set[Key], skipped: SkipReport) -> tuple[int, int, SkipReport]:
    looked_at = faces = 0
    for row in results.rows():
        if key_of(row) not in keys:
            continue
        if row["status"] == SKIPPED:
            frame = f", frame {row['frame']}" if "frame" in row else ""
            skipped.add(row["reason"], row["image"] + frame)
        else:
            looked_at += 1
            faces += len(row["faces"])
    return looked_at, faces, skipped
