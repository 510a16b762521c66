"""Draws images and videos with the detected faces, and saves crops of the faces."""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from hyperface.annotations.record import SkipReport
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.video import USUAL_RATE, read_facts, read_frames
from hyperface.images.video_writer import VideoWriter
from hyperface.images.writing import save_image
from hyperface.predictions.inputs import Input
from hyperface.predictions.places import drawn_place, place_of
from hyperface.predictions.row_files import Results
from hyperface.predictions.rows import SKIPPED, faces_of_row, key_of
from hyperface.utils.files import atomic_write
from hyperface.utils.progress import progress
from hyperface.visualization.found_faces import crop_face, draw_found

MIN_FREE_BYTES = 2**20  # a disk with less free space counts as full
DRAWN, CROPS = "drawn", "crops"
# Errors of the disk or the process, not of a single file's name or size.
FATAL_NAMES = "ENOSPC EDQUOT EROFS EIO ESTALE ENODEV ENOMEM EMFILE ENFILE"
FATAL_ERRNOS = {getattr(errno, name) for name in FATAL_NAMES.split() if hasattr(errno, name)}


@dataclass(frozen=True)
class Extras:
    """The optional outputs, and how videos are processed."""

    draw: bool = False  # draw the detected faces into copies of images and videos
    crops: bool = False  # save an upright crop of every face
    every: int = 1  # process every N-th frame of a video
    # Propose regions in every N-th of these frames, and follow the faces in the others.
    propose_every: int = 1


def make_extras(
    image: np.ndarray,
    row: dict,
    faces: Sequence[DetectedFace],
    folder: Path,
    extras: Extras,
    skipped: SkipReport,
) -> None:
    """Draws an image's faces and saves their crops; `skipped` records what fails.

    Raises:
        OSError: Nothing more can be written, as on a full disk.
    """
    if extras.draw:
        with _record_failures(row["image"], "not drawn", skipped):
            save_image(_drawn_path(folder, row), draw_found(image, faces))
    if extras.crops:
        with _record_failures(row["image"], "not cropped", skipped):
            _save_crops(image, row, faces, folder)


def make_missing_extras(
    results: Results, stills: list[Input], extras: Extras, skipped: SkipReport
) -> None:
    """As `make_extras`, for images that an earlier run processed without these outputs."""
    if not (extras.draw or extras.crops):
        return
    folder = results.path.parent
    by_key = {each.key: each for each in stills}
    for row in results.rows():
        if (still := by_key.get(key_of(row))) is None or row["status"] == SKIPPED:
            continue
        draw = extras.draw and not _drawn_path(folder, row).exists()
        crops = extras.crops and not _has_all_crops(row, folder)
        if not (draw or crops):
            continue
        try:
            image = decode_image(still.path, apply_orientation=True)
        except UnreadableImage as error:  # it could be read before; its row stays
            skipped.add(f"not drawn or cropped, {error.reason}", still.name)
            continue
        faces = faces_of_row(row, results.path)
        make_extras(image, row, faces, folder, Extras(draw, crops), skipped)


def make_video_extras(clip: Input, results: Results, extras: Extras, skipped: SkipReport) -> None:
    """Draws a video and saves crops of its faces, in a second pass once its rows are done.

    Raises:
        OSError: Nothing more can be written, as on a full disk.
    """
    folder = results.path.parent
    rows = [row for row in results.rows() if key_of(row) == clip.key and "frame" in row]
    if not any(row["status"] != SKIPPED for row in rows):
        return
    draw = extras.draw and not _drawn_path(folder, rows[0]).exists()
    cut = extras.crops and not all(_has_all_crops(row, folder) for row in rows)
    if not (draw or cut):
        return
    if draw:
        with _record_failures(clip.name, "not drawn", skipped):
            _draw_video(clip, rows, extras, results.path, cut)
    if cut and not all(_has_all_crops(row, folder) for row in rows):
        with _record_failures(clip.name, "not cropped", skipped):
            for row, faces, image in _shown(clip, rows, extras, results.path):
                if image is not None:
                    _save_crops(image, row, faces, folder)


def _draw_video(clip: Input, rows: list[dict], extras: Extras, where: Path, cut: bool) -> None:
    """Draws a video; saves the crops of its faces on the way if `cut`."""
    folder = where.parent
    rate = _mean_rate(rows) or (read_facts(clip.path).rate or USUAL_RATE) / extras.every
    with atomic_write(_drawn_path(folder, rows[0])) as aside:
        with closing(VideoWriter(aside, rate)) as writer:
            for row, faces, image in _shown(clip, rows, extras, where):
                if image is None:
                    writer.repeat()  # so that the length stays
                    continue
                tracks = [face["track"] for face in row["faces"]]
                writer.write(draw_found(image, faces, tracks, enlarge=False))
                if cut:
                    _save_crops(image, row, faces, folder)
        _check_written(aside)


def _check_written(video: Path) -> None:
    """Reads the header of a new video, since its writer does not report a full disk."""
    try:
        read_facts(video)
    except UnreadableImage:
        if shutil.disk_usage(video.parent).free < MIN_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(video.parent)) from None
        raise


def remove_extras(folder: Path, row: dict) -> None:
    """Removes the drawing and the crops of a row whose file has changed."""
    crops = [_crop_path(folder, row, number) for number in range(len(row["faces"]))]
    for path in (_drawn_path(folder, row), *crops):
        with suppress(OSError):
            path.unlink()


@contextmanager
def _record_failures(name: str, what: str, skipped: SkipReport) -> Iterator[None]:
    """Records an error of a single file, so that the other files are still processed."""
    try:
        yield
    except UnreadableImage as error:
        skipped.add(f"{what}, {error.reason}", name)
    except OSError as error:
        if error.errno in FATAL_ERRNOS:
            raise
        skipped.add(f"{what}, {error.strerror or error}", name)
    except (UserError, ValueError, cv2.error) as error:
        skipped.add(f"{what}, {str(error).strip().removesuffix('.')}", name)


def _shown(
    clip: Input, rows: list[dict], extras: Extras, where: Path
) -> Iterator[tuple[dict, list[DetectedFace], np.ndarray | None]]:
    """The rows of a video with their faces and frames; None for a frame that cannot be decoded."""
    frames = zip(rows, read_frames(clip.path, extras.every), strict=False)
    for row, frame in progress(frames, len(rows), f"drawing {clip.name}"):
        yield row, faces_of_row(row, where), frame.image


def _mean_rate(rows: list[dict]) -> float:
    """Rows per second of a video, a rate that keeps the duration even if the rate varies."""
    span = rows[-1]["time"] - rows[0]["time"]
    return (len(rows) - 1) / span if span > 0 else 0.0


def _drawn_path(folder: Path, row: dict) -> Path:
    return folder / DRAWN / drawn_place(row)


def _save_crops(image: np.ndarray, row: dict, faces: Sequence[DetectedFace], folder: Path) -> None:
    for number, face in enumerate(faces):
        save_image(_crop_path(folder, row, number), crop_face(image, face))


def _has_all_crops(row: dict, folder: Path) -> bool:
    """Whether the crops of a row's faces exist; the last one is written last."""
    return not row["faces"] or _crop_path(folder, row, len(row["faces"]) - 1).exists()


def _crop_path(folder: Path, row: dict, number: int) -> Path:
    """`crops/holiday/a.jpg-0.jpg`, or `crops/clip.mp4/000012-0.jpg`."""
    place = folder / CROPS / place_of(row)
    if "frame" in row:
        return place / f"{row['frame']:06d}-{number}.jpg"
    return place.with_name(f"{place.name}-{number}.jpg")
