"""Images with 68 points in `.pts` files: 300-W's layout (Helen, LFPW, IBUG, AFW-68, 300-W).

`name.jpg` lies beside `name.pts`; an image with several faces beside `name_1.pts`, `name_2.pts`.
The points count pixels from 1. Other people may be in the image, without annotation.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import ImageFolder, files_like, images_in
from hyperface.annotations.readers.labeling import annotated_face_68, mark_missing, with_fits
from hyperface.annotations.readers.tables import numbered_lines, parsed
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.utils.text import composed

NAME = "points_68"
LAYOUT = "name.jpg beside name.pts with 68 points (300-W, Helen, LFPW, ...)"
SOURCE = "Imperial College London, i·bug; research use"
ALIASES = ("300w", "helen", "lfpw", "ibug")
NUM_POINTS = 68
HEADER_WORDS = ("version", "n_points", "{", "}", "#", "//")  # and comments
DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?")
# AFW itself is a test set, and annotates every face; 300-W's points of it are for training.
AFW, AFW_68 = "afw", "afw_68"
# Folder names that say what part of a data set they hold, not which data set it is.
PART_NAMES = frozenset(
    {"train", "trainset", "training", "test", "testset", "images", "pictures"}
    | {"01_indoor", "02_outdoor"}
)


def recognizes(folder: Path) -> bool:
    """Whether the folder has `.pts` files and images side by side."""
    return bool(files_like(folder, "*.pts")) and bool(images_in(folder))


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the annotated images, in order of their names."""
    return with_fits(_annotated(folder.absolute(), skipped), skipped, places_hidden_points=True)


def _annotated(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    source = (folder.parent.name if folder.name.lower() in PART_NAMES else folder.name).lower()
    if source == AFW:
        source = AFW_68
    # A published test set is never trained on.
    split = "validation" if folder.name.lower() in ("test", "testset") else None
    images = ImageFolder(folder, source or NAME, skipped)
    for file, points_files in _files_by_image(folder, skipped).items():
        if (image := images.find(file)) is None:
            continue
        found = (parsed(parse_points, path, path.name, skipped) for path in points_files)
        faces = tuple(
            annotated_face_68(points - 0.5, image, skipped)  # pixels counted from 1
            for points in found
            if points is not None
        )
        if faces:
            yield replace(image, name=f"{folder.name}/{file}", faces=faces, split=split)


def parse_points(path: Path) -> np.ndarray:
    """Reads a `.pts` file: (68, 2) float64 as written, in pixels from 1; NaN for missing points.

    Raises:
        ValueError: The file cannot be used; the message says why.
    """
    values: list[float] = []
    for _, line in numbered_lines(path):
        if line.lower().startswith(HEADER_WORDS):
            continue
        words = _words(line)
        if len(words) < 2 or len(values) == 2 * NUM_POINTS:
            raise ValueError(f".pts file without {NUM_POINTS} lines of x and y")
        try:
            values += map(float, words[:2])  # some copies add a depth or a score
        except ValueError:
            raise ValueError(".pts file with a value that is not a number") from None
    if len(values) != 2 * NUM_POINTS:
        raise ValueError(f".pts file without {NUM_POINTS} lines of x and y")
    return mark_missing(np.array(values).reshape(-1, 2))


def _words(line: str) -> list[str]:
    """Words separated by spaces or commas; in `12,5 30`, with both, commas are decimal."""
    words = line.split()
    if len(words) > 1 and all(map(DECIMAL_COMMA.fullmatch, words)):
        return [word.replace(",", ".") for word in words]
    return line.replace(",", " ").split()


def _files_by_image(folder: Path, skipped: SkipReport) -> dict[str, list[Path]]:
    """Which `.pts` files belong to which image, by name."""
    images = [path.name for path in images_in(folder, skipped)]
    by_stem = {composed(Path(name).stem): name for name in images}
    found: dict[str, list[Path]] = {}
    for path in files_like(folder, "*.pts"):
        stem = composed(path.stem)
        image = by_stem.get(stem) or by_stem.get(stem.rpartition("_")[0])
        if image is None:
            skipped.add("no such image file", path.name)
        else:
            found.setdefault(image, []).append(path)
    for name in images:
        if name not in found:
            skipped.add("image without a .pts file", name)
    return found
