"""Makes data/people, the real people that come with the project, out of FairFace and Pointing'04.

    python src/tools/make_people.py /data/fairface+points:/data/teacher_points+/data/pointing04

It takes faces with 19 landmarks (`teacher_points`) from FairFace, equally many of each race and
gender, and equally many images of each person from Pointing'04, with every pan among them. The
same data and seed give the same files.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import csv
import shutil
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from hyperface.annotations.finding import read_all
from hyperface.annotations.readers import fairface, pointing04
from hyperface.annotations.record import AnnotatedImage
from hyperface.annotations.writers.own_writers import image_entry, write_entries
from hyperface.errors import UserError
from hyperface.geometry.pose import ANGLES
from hyperface.images.writing import save_image
from hyperface.utils.command import exit_status
from hyperface.visualization.contact_sheet import contact_sheet

PROJECT = Path(__file__).resolve().parents[2]
FAIRFACE, POINTING04 = 400, 200  # images
HELD_OUT_OF = 5  # one of this number of people is held out
MAX_BYTES = 8_000_000
SHEET_IMAGES = 35
LICENCE = (
    "fairface: FairFace (K. Karkkainen and J. Joo), CC BY 4.0; pointing04: Pointing'04 "
    "(N. Gourier, D. Hall, J. Crowley), free to use if the article is cited. See README.md."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the data set; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FairFace with its points, and Pointing'04, joined by +")
    add = parser.add_argument
    add("--out", type=Path, default=PROJECT / "data" / "people", metavar="DIR",
        help="output folder (default: data/people)")  # fmt: skip
    add("--sheet", type=Path, default=PROJECT / "images" / "people.jpg", metavar="FILE.jpg",
        help="sheet of some images with their labels (default: images/people.jpg)")  # fmt: skip
    add("--seed", type=int, default=1, metavar="N",
        help="seed of the choice of images (default: 1)")  # fmt: skip
    options = parser.parse_args(arguments)
    return exit_status(lambda: make_people(options.data, options.out, options.sheet, options.seed))


def make_people(data: str, out: Path, sheet: Path, seed: int) -> None:
    """Writes the folder's images and `faces.json`, and draws some of them.

    Raises:
        UserError: One of the two sets lacks images, or they are too large together.
    """
    images, _ = read_all(data, Path.cwd())
    rng = np.random.default_rng(seed)
    shuffled = [images[row] for row in rng.permutation(len(images))]
    chosen = sorted(
        [*_of_fairface(shuffled), *_of_pointing04(shuffled)],
        key=lambda pair: (pair[0].source, pair[0].name),
    )
    total = sum(image.path.stat().st_size for image, _ in chosen)
    if total > MAX_BYTES:
        raise UserError(f"The images have {total:,} bytes, but at most {MAX_BYTES:,} are allowed.")
    entries = []
    for image, attributes in chosen:
        file = f"{image.source}/{Path(image.name).name}"
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image.path, out / file)
        entry = image_entry(file, image)
        if attributes:
            entry["faces"][0]["attributes"] = attributes
        entries.append(entry)
    write_entries(out, entries, LICENCE)
    shown, _ = read_all(str(out), Path.cwd())
    save_image(sheet, contact_sheet(shown, SHEET_IMAGES, seed))
    print(f"{len(chosen)} images, {total:,} bytes, in {out}; {sheet} shows some")


def _of_fairface(images: Iterable[AnnotatedImage]) -> Iterator[tuple[AnnotatedImage, dict]]:
    """Faces with landmarks, in turn of each race and gender; nobody is in two of the crops."""
    of_set = [
        image
        for image in images
        if image.source == fairface.NAME and np.isfinite(image.faces[0].landmarks).any()
    ]
    told: dict[str, dict] = {}
    for folder in {_folder(image) for image in of_set}:
        told |= _rows(folder)
    keys = [(told[image.name]["race"], told[image.name]["gender"]) for image in of_set]
    for image, turn in _in_turn(of_set, keys, FAIRFACE):
        row = told[image.name]
        person = f"{fairface.NAME} {Path(image.name).stem}"
        yield _named(image, person, turn), {"age": row["age"], "race": row["race"]}


def _of_pointing04(images: Iterable[AnnotatedImage]) -> Iterator[tuple[AnnotatedImage, dict]]:
    """Images of every person, in turn of the pans."""
    by_person: dict[str, list[AnnotatedImage]] = {}
    for image in images:
        if image.source == pointing04.NAME:
            by_person.setdefault(image.faces[0].person or "", []).append(image)
    if not by_person:
        raise UserError("The data has no image of Pointing'04; join its folder to the others.")
    for number, (person, theirs) in enumerate(by_person.items()):
        pans = [round(float(image.faces[0].pose[ANGLES.index("yaw")]), 3) for image in theirs]
        for image, _ in _in_turn(theirs, pans, POINTING04 // len(by_person)):
            yield _named(image, person, number), {}


def _named(image: AnnotatedImage, person: str, number: int) -> AnnotatedImage:
    """The image of a person, held out where the person is one of the first of so many."""
    split = "train" if number % HELD_OUT_OF else "validation"
    faces = tuple(replace(face, person=person) for face in image.faces)
    return replace(image, faces=faces, split=split)


def _in_turn(
    images: Sequence[AnnotatedImage], keys: Sequence[Hashable], count: int
) -> Iterator[tuple[AnnotatedImage, int]]:
    """Images by turns of every key, in their order, with the number of the turn.

    Raises:
        UserError: There are too few.
    """
    if len(images) < count:
        raise UserError(f"{count} images are needed, but the data has only {len(images)}.")
    by_key: dict[Hashable, list[AnnotatedImage]] = {}
    for image, key in zip(images, keys, strict=True):
        by_key.setdefault(key, []).append(image)
    turns = max(map(len, by_key.values()))
    order = (
        (some[turn], turn) for turn in range(turns) for some in by_key.values() if turn < len(some)
    )
    yield from islice(order, count)


def _folder(image: AnnotatedImage) -> Path:
    """The data set's, of an image of it."""
    return image.path.parents[len(Path(image.name).parts) - 1]


def _rows(folder: Path) -> dict[str, dict]:
    """The rows of FairFace's tables, by the images' names."""
    rows: dict[str, dict] = {}
    for path in sorted(folder.glob("fairface_label_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows |= {row["file"]: row for row in csv.DictReader(file)}
    return rows


if __name__ == "__main__":
    sys.exit(main())
