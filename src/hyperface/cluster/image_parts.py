"""Divides the images of a large prediction into parts, each with a file of rows once it is done."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice, takewhile
from pathlib import Path

import numpy as np

from hyperface.detection.detector import FaceDetector
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.video import is_video
from hyperface.predictions.detection_loop import Source, detect_images
from hyperface.predictions.row_files import line_of_row
from hyperface.predictions.rows import SKIPPED
from hyperface.utils.files import atomic_write

FOLDER = "parts"
OTHERS = "parts_of_other_images"
PATTERN = "part-*.jsonl"


@dataclass(frozen=True)
class Part:
    """Some of the images."""

    names: tuple[str, ...]  # as in their rows
    paths: tuple[str, ...]  # absolute
    rows: Path  # the file that gets their rows


@dataclass(frozen=True)
class Counts:
    """The result of a part, in numbers."""

    images: int  # processed images
    faces: int  # in these
    skipped: int  # images that could not be read


def divide(files: Iterable[tuple[str, Path]], size: int, folder: Path) -> Iterator[Part]:
    """Divides images, given by name and path, into parts of that size; the last may be smaller.

    The file of a part in the output folder is named after its number and a checksum of its images,
    so that a part with other images has another file.
    """
    left = iter(files)
    slices = takewhile(bool, (tuple(islice(left, size)) for _ in count()))
    for number, some in enumerate(slices):
        names, paths = zip(*((name, str(path.absolute())) for name, path in some), strict=True)
        content = "\0".join([*names, *paths]).encode(errors="surrogatepass")
        checksum = hashlib.blake2b(content, digest_size=6).hexdigest()
        yield Part(names, paths, folder / FOLDER / f"part-{number:06}-{checksum}.jsonl")


def remaining_parts(parts: Sequence[Part]) -> list[Part]:
    """The parts that have no file yet."""
    return [part for part in parts if not part.rows.exists()]


def set_aside_others(parts: Sequence[Part], folder: Path) -> int:
    """Moves the files of parts with other images into a folder of their own.

    Returns:
        The number of moved files.
    """
    known = {part.rows.name for part in parts}
    others = [path for path in (folder / FOLDER).glob(PATTERN) if path.name not in known]
    for path in others:
        (folder / OTHERS).mkdir(exist_ok=True)
        path.replace(folder / OTHERS / path.name)
    return len(others)


def predict_part(detector: FaceDetector, part: Part) -> Counts:
    """Processes the images of a part, and writes the file of their rows atomically."""
    images = faces = skipped = 0
    sources = map(_source, part.names, part.paths)
    part.rows.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(part.rows) as aside, aside.open("wb") as file:
        for found in detect_images(sources, detector):
            file.write(line_of_row(found.row))
            if found.row["status"] == SKIPPED:
                skipped += 1
            else:
                images, faces = images + 1, faces + len(found.row["faces"])
    return Counts(images, faces, skipped)


def _source(name: str, path: str) -> Source:
    return Source(name, partial(_read, Path(path)), Path(path))


def _read(path: Path) -> np.ndarray:
    if is_video(path):
        raise UnreadableImage("a video; process it without --ray")
    return decode_image(path, apply_orientation=True)
