"""300-VW: clips of one person each, with 68 points in every frame.

`001/vid.avi` lies beside `001/annot/000001.pts`, numbered from 1. Neighboring frames are nearly the
same, so every tenth is read. Points count pixels from 1, as in the `.pts` files of images. The
number of frames in the header of a clip is not trusted if the annotation has more frames, since in
some clips it is missing or too small.
"""

import os
import re
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path

from hyperface.annotations.readers.dataset_files import files_like, why_unreadable
from hyperface.annotations.readers.labeling import annotated_face_68, with_fits
from hyperface.annotations.readers.points_68 import parse_points
from hyperface.annotations.readers.tables import parsed
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.images.reading import UnreadableImage
from hyperface.images.video import VIDEO_SUFFIXES, read_facts, read_frames

NAME = "300vw"
LAYOUT = "001/vid.avi beside 001/annot/000001.pts (300-VW)"
SOURCE = "Imperial College London, i·bug, on request; research use"
FRAME_STEP = 10
FRAME_FILE = re.compile(r"\d{1,9}")


def recognizes(folder: Path) -> bool:
    """Whether the folder holds a clip, or folders of clips."""
    return bool(_clips(folder, SkipReport()))


def read(folder: Path, skipped: SkipReport, every: int = FRAME_STEP) -> Iterator[AnnotatedImage]:
    """Yields the annotated ones of frames 0, `every`, 2 `every`, ..., clip by clip."""
    return with_fits(_annotated(folder, every, skipped), skipped, places_hidden_points=True)


def _clips(folder: Path, skipped: SkipReport) -> list[Path]:
    """The folders with annotated frames: the folder itself, or those in it."""
    if (folder / "annot").is_dir():
        return [folder]
    clips = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        try:
            if entry.is_dir() and (folder / entry.name / "annot").is_dir():
                clips.append(folder / entry.name)
        except OSError as error:
            skipped.add(why_unreadable(error), str(folder / entry.name))
    return clips


def _annotated(folder: Path, every: int, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    for clip in _clips(folder, skipped):
        try:
            video = _video(clip)
            facts = read_facts(video)
            files = _files(clip, every, skipped)
        except UnreadableImage as error:
            skipped.add(error.reason, f"{clip.name}/vid.avi")
            continue
        except OSError as error:
            skipped.add(why_unreadable(error), str(clip))
            continue
        there: Container[int] = range(facts.frames)
        if any(number >= facts.frames for number in files):
            there = {frame.number for frame in read_frames(video, every) if frame.image is not None}
        for number, path in sorted(files.items()):
            name = f"{clip.name}/{path.stem}"
            if number not in there:
                skipped.add("annotation of a frame that the video does not have", name)
                continue
            if (points := parsed(parse_points, path, name, skipped)) is None:
                continue
            image = AnnotatedImage(video, name, NAME, facts.width, facts.height, frame=number)
            person = f"300vw {clip.name}"
            face = annotated_face_68(points - 0.5, image, skipped, person=person)
            yield replace(image, faces=(face,))


def _files(clip: Path, every: int, skipped: SkipReport) -> dict[int, Path]:
    """The `.pts` files of the frames to read by frame number from 0; -1 if a file has number 0."""
    files: dict[int, Path] = {}
    for path in files_like(clip / "annot", "*.pts"):
        if not FRAME_FILE.fullmatch(path.stem):
            skipped.add("annotation not named by the number of its frame",
                        f"{clip.name}/{path.name}")  # fmt: skip
        elif int(path.stem) == 0 or (int(path.stem) - 1) % every == 0:
            files[int(path.stem) - 1] = path
    return files


def _video(clip: Path) -> Path:
    named = clip / "vid.avi"
    others = (path for path in sorted(clip.iterdir()) if path.suffix.lower() in VIDEO_SUFFIXES)
    return named if named.is_file() else next(others, named)
