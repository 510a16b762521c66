"""CelebA: celebrities with a box, five points, forty attributes and a partition.

`list_landmarks_celeba.txt` and `list_bbox_celeba.txt` belong to the original images,
`list_landmarks_align_celeba.txt` to the aligned copies. `list_attr_celeba.txt` (column Male),
`list_eval_partition.txt` and `identity_CelebA.txt` are used if they exist. Copies of the tables as
`.csv` are read too. The files lie in the folder itself, in `Anno/` and in `Eval/`. Images may show
other people without annotation.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.celeba_tables import columns_by_image, rows_of, stem_of
from hyperface.annotations.readers.codes import code_of, gender_of, label_of
from hyperface.annotations.readers.dataset_files import ImageFolder, file_named
from hyperface.annotations.readers.labeling import NO_BOX, annotated_face, fitted, mark_missing
from hyperface.annotations.readers.tables import numbers
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.geometry.landmarks import from_5

NAME = "celeba"
LAYOUT = "list_landmarks_celeba.txt beside img_celeba/, or list_landmarks_align_celeba.txt (CelebA)"
SOURCE = "The Chinese University of Hong Kong; non-commercial research use"
TABLE_FOLDERS = ("", "Anno/", "Eval/")
IN_THE_WILD, ALIGNED = "list_landmarks_celeba", "list_landmarks_align_celeba"
# The image folders of each table of points, in the order in which they are tried.
IMAGES = (
    (IN_THE_WILD, "img_celeba/img_celeba"),
    (IN_THE_WILD, "img_celeba"),
    (IN_THE_WILD, "Img/img_celeba"),
    (ALIGNED, "img_align_celeba/img_align_celeba"),
    (ALIGNED, "img_align_celeba"),
    (ALIGNED, "Img/img_align_celeba"),
    (ALIGNED, "img_align_celeba_png"),
    (ALIGNED, "Img/img_align_celeba_png"),
)
POINTS = tuple(
    f"{point}_{axis}"
    for point in ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
    for axis in "xy"
)
BOX = ("x_1", "y_1", "width", "height")
_NAMES = """
5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose
Black_Hair Blond_Hair Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee
Gray_Hair Heavy_Makeup High_Cheekbones Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard
Oval_Face Pale_Skin Pointy_Nose Receding_Hairline Rosy_Cheeks Sideburns Smiling Straight_Hair
Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace Wearing_Necktie Young
"""
ATTRIBUTES = tuple(_NAMES.split())
# The used columns and all published columns, by table.
LABELS = {
    "list_attr_celeba": (("Male",), ATTRIBUTES),
    "list_eval_partition": (("partition",), ("partition",)),
    "identity_CelebA": (("identity",), ("identity",)),
    "list_bbox_celeba": (BOX, BOX),
}
SPLIT_OF_PART = {
    **dict.fromkeys(("0", "train", "training"), "train"),
    **dict.fromkeys(("1", "valid", "val", "validation", "2", "test", "testing"), "validation"),
}
GENDER_OF_MALE = {
    **dict.fromkeys(("1", "true", "yes", "m", "male"), 0.0),
    **dict.fromkeys(("false", "no", "f", "female"), 1.0),
}


def recognizes(folder: Path) -> bool:
    """Whether the folder has one of CelebA's tables of points."""
    return any(_table(folder, name) is not None for name in (IN_THE_WILD, ALIGNED))


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the original images or, if these are missing, the aligned ones, in table order."""
    table, path, place = _points_and_images(folder)
    tables = {
        name: columns_by_image(_table(folder, name), *columns, skipped)
        for name, columns in LABELS.items()
        if name != "list_bbox_celeba" or table == IN_THE_WILD
    }
    males = gender_of_male(words[0] for words in tables["list_attr_celeba"].values())
    images = ImageFolder(folder, NAME, skipped)
    labeled: Counter[str] = Counter()
    for where, written, words in _points(path):
        if words is None:
            skipped.add(f"row without {len(POINTS) // 2} points", where)
            continue
        try:
            points = mark_missing(_numbers(words).reshape(-1, 2)) + 0.5  # pixels counted from 0
        except ValueError:
            skipped.add("row with a value that is not a number", where)
            continue
        stem = stem_of(written)
        file = f"{stem}.png" if place.endswith("png") else written
        if (image := images.find(file, [place])) is None:
            continue
        told = {table: rows[stem] for table, rows in tables.items() if stem in rows}
        labeled.update(["", *told])
        male, part, person = (
            told.get(name, [None])[0]
            for name in ("list_attr_celeba", "list_eval_partition", "identity_CelebA")
        )
        name = image.name
        split = label_of(part, SPLIT_OF_PART, "unknown part of the partition", name, skipped)
        face = annotated_face(
            from_5(points),
            image,
            skipped,
            gender=gender_of(male, males, "Male that is neither yes nor no", name, skipped),
            person=f"celeba {person}" if code_of(person) is not None else None,
            published_box_xyxy=_box_xyxy(told.get("list_bbox_celeba"), name, skipped),
        )
        yield replace(image, faces=(face,), split=split)
    for table, rows in tables.items():
        if rows and labeled[""] and not labeled[table]:
            skipped.add("table without a row that matches an image", table)


def _table(folder: Path, name: str) -> Path | None:
    places = (f"{place}{name}{end}" for place in TABLE_FOLDERS for end in (".txt", ".csv"))
    return file_named(folder, *places)


def gender_of_male(words: Iterable[str]) -> dict[str, float]:
    """The meaning of each code in the column Male, given all codes that occur in it.

    The published codes are 1 and -1; some copies have 0 instead of -1. If both occur, 0 means
    unknown.
    """
    return GENDER_OF_MALE | {"-1" if "-1" in set(map(code_of, words)) else "0": 1.0}


def _points_and_images(folder: Path) -> tuple[str, Path, str]:
    """The name of the table whose images exist, its file, and the folder of the images."""
    known = [
        (table, path, place)
        for table, place in IMAGES
        if (path := _table(folder, table)) is not None
    ]
    return next((each for each in known if (folder / each[2]).is_dir()), known[0])


def _points(path: Path) -> Iterator[tuple[str, str, list[str] | None]]:
    try:
        yield from rows_of(path, POINTS, POINTS)
    except ValueError as error:
        raise UserError(f"{path} is a {error}; copy it again from its source.") from error


def _box_xyxy(words: list[str] | None, name: str, skipped: SkipReport) -> np.ndarray:
    try:
        x, y, width, height = _numbers(words or ["", "", "", ""])
    except ValueError:
        skipped.add("box with a value that is not a number, treated as missing", name)
        return NO_BOX
    return np.array([x, y, x + width, y + height], np.float32)


def _numbers(words: list[str]) -> np.ndarray:
    """As `numbers`, but NaN for an empty cell."""
    return numbers([word if code_of(word) is not None else "nan" for word in words])
