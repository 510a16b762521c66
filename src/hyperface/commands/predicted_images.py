"""Step: draw images and videos with the detected faces, and save crops of the faces."""

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
from hyperface.visualization.found_faces import cut_out, draw_found

LITTLE = 2**20  # bytes, a full disk
DRAWN, CROPS = "drawn", "crops"
# What is wrong with the disk or the process, not with one file's name or size.
FATAL = "ENOSPC EDQUOT EROFS EIO ESTALE ENODEV ENOMEM EMFILE ENFILE"
FOR_ALL = {getattr(errno, name) for name in FATAL.split() if hasattr(errno, name)}


@dataclass(frozen=True)
class Extras:
    """What is made beside the rows."""

    draw: bool = False  # copies of images and videos with the detected faces drawn in
    crops: bool = False  # an upright crop of every face
    every: int = 1  # of a video, process every so many frames
    # In every so many of these, propose regions; follow the faces in the others.
    propose_every: int = 1


def make_extras(
    image: np.ndarray,
    row: dict,
    faces: Sequence[DetectedFace],
    folder: Path,
    extras: Extras,
    rejects: SkipReport,
) -> None:
    """Draws an image's faces and saves their crops; `rejects` records what fails.

    Raises:
        OSError: Nothing more can be written, as on a full disk.
    """
    if extras.draw:
        with _told(row["image"], "not drawn", rejects):
            save_image(_drawn_path(folder, row), draw_found(image, faces))
    if extras.crops:
        with _told(row["image"], "not cropped", rejects):
            _save_crops(image, row, faces, folder)


def make_missing_extras(
    results: Results, stills: list[Input], extras: Extras, rejects: SkipReport
) -> None:
    """As `make_extras`, for images that an earlier run processed without making these."""
    if not (extras.draw or extras.crops):
        return
    folder = results.path.parent
    by_key = {each.key: each for each in stills}
    for row in results.rows():
        if (still := by_key.get(key_of(row))) is None or row["status"] == SKIPPED:
            continue
        draw = extras.draw and not _drawn_path(folder, row).exists()
        crops = extras.crops and not _all_cut(row, folder)
        if not (draw or crops):
            continue
        try:
            image = decode_image(still.path, apply_orientation=True)
        except UnreadableImage as error:  # it could be read before; its row stays
            rejects.add(f"not drawn or cropped, {error.reason}", still.name)
            continue
        faces = faces_of_row(row, results.path)
        make_extras(image, row, faces, folder, Extras(draw, crops), rejects)


def make_video_extras(clip: Input, results: Results, extras: Extras, rejects: SkipReport) -> None:
    """A second pass through a video whose rows are done: draws it, and saves crops of its faces.

    Raises:
        OSError: Nothing more can be written, as on a full disk.
    """
    folder = results.path.parent
    rows = [row for row in results.rows() if key_of(row) == clip.key and "frame" in row]
    if not any(row["status"] != SKIPPED for row in rows):
        return
    draw = extras.draw and not _drawn_path(folder, rows[0]).exists()
    cut = extras.crops and not all(_all_cut(row, folder) for row in rows)
    if not (draw or cut):
        return
    with _told(clip.name, "not drawn or cropped", rejects):
        rate = _mean_rate(rows) or (read_facts(clip.path).rate or USUAL_RATE) / extras.every
        shown = _shown(clip, rows, extras, results.path)
        if not draw:
            for row, faces, image in shown:
                _save_crops(image, row, faces, folder)
            return
        target = _drawn_path(folder, rows[0])
        with atomic_write(target) as aside:
            with closing(VideoWriter(aside, rate)) as writer:
                for row, faces, image in shown:
                    tracks = [face["track"] for face in row["faces"]]
                    writer.write(draw_found(image, faces, tracks, enlarge=False))
                    if cut:
                        _save_crops(image, row, faces, folder)
            _check_written(aside)


def _check_written(video: Path) -> None:
    """Reads a new video's facts, since its writer does not report a full disk."""
    try:
        read_facts(video)
    except UnreadableImage:
        if shutil.disk_usage(video.parent).free < LITTLE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(video.parent)) from None
        raise


def forget_extras(folder: Path, row: dict) -> None:
    """Removes what was made for a row of a file that has changed since."""
    crops = [_crop_path(folder, row, number) for number in range(len(row["faces"]))]
    for path in (_drawn_path(folder, row), *crops):
        with suppress(OSError):
            path.unlink()


@contextmanager
def _told(name: str, what: str, rejects: SkipReport) -> Iterator[None]:
    """Records why something cannot be made of one file, so that the others are still made."""
    try:
        yield
    except UnreadableImage as error:
        rejects.add(f"{what}, {error.reason}", name)
    except OSError as error:
        if error.errno in FOR_ALL:
            raise
        rejects.add(f"{what}, {error.strerror or error}", name)
    except (UserError, ValueError, cv2.error) as error:
        rejects.add(f"{what}, {str(error).strip()}", name)


def _shown(
    clip: Input, rows: list[dict], extras: Extras, where: Path
) -> Iterator[tuple[dict, list[DetectedFace], np.ndarray]]:
    """The rows of a video with their faces and frames, those that can be decoded."""
    frames = zip(rows, read_frames(clip.path, extras.every), strict=False)
    for row, frame in progress(frames, len(rows), f"drawing {clip.name}"):
        if frame.image is not None:
            yield row, faces_of_row(row, where), frame.image


def _mean_rate(rows: list[dict]) -> float:
    """Rows a second of a video; drawn at this rate it takes as long, if its own rate varies."""
    span = rows[-1]["time"] - rows[0]["time"]
    return (len(rows) - 1) / span if span > 0 else 0.0


def _drawn_path(folder: Path, row: dict) -> Path:
    return folder / DRAWN / drawn_place(row)


def _save_crops(image: np.ndarray, row: dict, faces: Sequence[DetectedFace], folder: Path) -> None:
    for number, face in enumerate(faces):
        save_image(_crop_path(folder, row, number), cut_out(image, face))


def _all_cut(row: dict, folder: Path) -> bool:
    """Whether the crops of a row's faces exist; the last one is written last."""
    return not row["faces"] or _crop_path(folder, row, len(row["faces"]) - 1).exists()


def _crop_path(folder: Path, row: dict, number: int) -> Path:
    """`crops/holiday/a.jpg-0.jpg`, or `crops/clip.mp4/000012-0.jpg`."""
    place = folder / CROPS / place_of(row)
    if "frame" in row:
        return place / f"{row['frame']:06d}-{number}.jpg"
    return place.with_name(f"{place.name}-{number}.jpg")
