"""LFW: one person's face in the middle of each image, `Name/Name_0001.jpg`.

The images are squares of a face detector, enlarged 2.2 times, so only the box is known.
`male_names.txt` and `female_names.txt`, with one image per line, give the gender if they exist in
the folder of the people's folders or above it. A line is the image's name with or without folder
and suffix or, as in `people.txt`, the person's name with the number of the image; more words may
follow. Other people may be in the background.
"""

import glob
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import ImageFolder, images_in
from hyperface.annotations.readers.tables import numbered_lines
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.images.reading import IMAGE_SUFFIXES
from hyperface.utils.text import composed

NAME = "lfw"
LAYOUT = "Name/Name_0001.jpg, with male_names.txt and female_names.txt (LFW)"
SOURCE = "University of Massachusetts, Amherst; research use"
GENDER_OF_LIST = {"male_names.txt": 0.0, "female_names.txt": 1.0}
CROP_SCALE = 2.2  # side of the image, in sides of the detected square
FOLDERS_CHECKED = 20


def recognizes(folder: Path) -> bool:
    """Whether most of the first sub-folders hold images named after them."""
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir())[:FOLDERS_CHECKED]
    named = sum(any(path.glob(f"{glob.escape(path.name)}_[0-9][0-9][0-9][0-9].*"))
                for path in subfolders)  # fmt: skip
    return 2 * named > len(subfolders)


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, person by person."""
    genders = _genders(folder, skipped)
    images = ImageFolder(folder, NAME, skipped)
    fitting = 0
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in images_in(person, skipped):
            if (image := images.find(f"{person.name}/{path.name}")) is None:
                continue
            center = np.array([image.width, image.height]) / 2
            half = center / CROP_SCALE
            box = np.array([*(center - half), *(center + half)], np.float32)
            stem = composed(path.stem.lower())
            gender = genders.get(stem, float("nan"))
            fitting += stem in genders
            face = Face(box, gender=gender, person=person.name, published_box_xyxy=box)
            yield replace(image, faces=(face,))
    if genders and not fitting:
        fault = "gender lists without a name that matches an image"
        skipped.add(fault, " and ".join(GENDER_OF_LIST))


def _genders(folder: Path, skipped: SkipReport) -> dict[str, float]:
    """The gender by image name without suffix, in lower case; NaN if it is in both lists."""
    genders: dict[str, float] = {}
    for name, gender in GENDER_OF_LIST.items():
        for path in _lists(folder, name):
            for _, line in numbered_lines(path):
                stem = _listed(line)
                key = composed(stem.lower())
                if genders.setdefault(key, gender) == 1 - gender:
                    skipped.add("image in both gender lists, its gender treated as missing", stem)
                    genders[key] = float("nan")
    return genders


def _lists(folder: Path, name: str) -> list[Path]:
    """The lists of that name (case is ignored) in the folder or, if there are none, above it."""
    found: list[Path] = []
    for place in (folder, folder.parent):
        with suppress(OSError):  # what lies above need not be the user's
            found += [path for path in sorted(place.iterdir())
                      if path.name.lower() == name and path.is_file()]  # fmt: skip
    return found[:1]


def _listed(line: str) -> str:
    """The image that a line names, without its suffix."""
    first, *words = re.split(r"[\s,;]+", line.strip())
    name = first.replace("\\", "/").rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if f"{dot}{suffix}".lower() in IMAGE_SUFFIXES:
        return stem
    numbered = words and words[0].isdecimal() and not re.search(r"_\d{4}$", name)
    return f"{name}_{int(words[0]):04}" if numbered else name
