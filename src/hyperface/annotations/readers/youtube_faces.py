"""YouTube Faces with key points: video frames with 68 points each, in one table.

`training_frames_keypoints.csv` has a header and one row per frame: file name, x and y of 68 points.
The frames are in `training/`. Points are whole pixels and count from 0, judging by the drawings
published with the data set.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hyperface.annotations.readers.dataset_files import ImageFolder, files_like
from hyperface.annotations.readers.labeling import annotated_face_68, mark_missing, with_fits
from hyperface.annotations.readers.tables import numbers, read_table
from hyperface.annotations.record import AnnotatedImage, SkipReport

NAME = "youtube_faces"
LAYOUT = "training_frames_keypoints.csv beside training/ (YouTube Faces key points)"
SOURCE = "Tel Aviv University, key points added by others; research use"
TABLE_SUFFIX = "_frames_keypoints.csv"
NUM_VALUES = 2 * 68
FRAME_NUMBER = re.compile(r"_\d+$")


def recognizes(folder: Path) -> bool:
    """Whether the folder has a table of key points."""
    return bool(files_like(folder, f"*{TABLE_SUFFIX}"))


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the frames, in the order of the tables."""
    return with_fits(_annotated(folder, skipped), skipped, places_hidden_points=True)


def _annotated(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    images = ImageFolder(folder, NAME, skipped)
    for path in files_like(folder, f"*{TABLE_SUFFIX}"):
        part = path.name[: -len(TABLE_SUFFIX)]
        # A published test set is never trained on.
        split = "validation" if part.lower() == "test" else None
        for number, cells in read_table(path).rows:
            where = f"{path.name} line {number}"
            try:
                file, *words = cells or [""]
                values = numbers(words)
            except ValueError:
                skipped.add("row that is not a name and numbers", where)
                continue
            if len(values) != NUM_VALUES:
                skipped.add(f"row without {NUM_VALUES} numbers", where)
                continue
            if (image := images.find(f"{part}/{file}")) is None:
                continue
            points = mark_missing(values.reshape(-1, 2)) + 0.5  # pixels counted from 0
            # The names have no prefix for the data set: these are LFW's people, who must be
            # recognized as the same people in both data sets.
            person = FRAME_NUMBER.sub("", image.path.stem)
            face = annotated_face_68(points, image, skipped, person=person)
            yield replace(image, faces=(face,), split=split)
