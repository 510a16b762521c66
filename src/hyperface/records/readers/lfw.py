"""LFW: one person's face in the middle of each picture, `Name/Name_0001.jpg`.

The pictures are a face detector's squares, made 2.2 times as large; so the box is known, and
nothing else. `male_names.txt` and `female_names.txt`, one picture a line, give the gender where
they are there, beside the people's folders or above them. Other people may be in the background.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.records.readers.files import pictures_in, size_of_named
from hyperface.records.readers.tables import numbered_lines
from hyperface.records.record import Face, Picture, Rejects

NAME = "lfw"
LAYOUT = "Name/Name_0001.jpg, with male_names.txt and female_names.txt (LFW)"
SOURCE = "University of Massachusetts, Amherst; research use"
GENDER_OF_LIST = {"male_names.txt": 0.0, "female_names.txt": 1.0}
ENLARGED = 2.2  # the picture's side over the detected square's
FOLDERS_TO_JUDGE_BY = 20


def recognises(folder: Path) -> bool:
    """Whether most of the first sub-folders hold pictures named after them."""
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir())[:FOLDERS_TO_JUDGE_BY]
    named = sum(any(path.glob(f"{_escaped(path.name)}_[0-9][0-9][0-9][0-9].*"))
                for path in subfolders)  # fmt: skip
    return 2 * named > len(subfolders)


def read(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    """Yields the pictures, person by person."""
    genders = _genders(folder, rejects)
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in pictures_in(person, rejects):
            size = size_of_named(folder, f"{person.name}/{path.name}", rejects)
            if size is None:
                continue
            name, width, height = size
            centre = np.array([width, height]) / 2
            half = centre / ENLARGED
            box = np.float32([*(centre - half), *(centre + half)])
            gender = genders.get(path.stem)
            gender = float("nan") if gender is None else gender
            face = Face(box, gender=gender, person=person.name, published_box_xyxy=box)
            yield Picture(folder / name, name, NAME, width, height, (face,))


def _genders(folder: Path, rejects: Rejects) -> dict[str, float]:
    """By picture without its suffix; one that is in both lists has none."""
    genders: dict[str, float] = {}
    for name, gender in GENDER_OF_LIST.items():
        places = (folder / name, folder.parent / name)
        for path in [place for place in places if place.is_file()][:1]:
            for _, line in numbered_lines(path):
                stem = Path(line.replace("\\", "/")).stem
                if genders.setdefault(stem, gender) not in (gender, None):
                    rejects.add("picture in both gender lists, its gender taken as missing", stem)
                    genders[stem] = None
    return genders


def _escaped(name: str) -> str:
    """A name in which a pattern's letters mean themselves."""
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in name)
