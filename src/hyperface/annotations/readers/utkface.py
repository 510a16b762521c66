"""UTKFace: aligned and cropped faces, with age, gender and race in the file names.

`26_1_0_20170117153813815.jpg.chip.jpg` shows a woman of 26. There are neither boxes nor points, but
the crops of 200 x 200 pixels are aligned: the centers of the eyes lie at about (60, 59) and
(138, 59), and the project's square of the face (FaceRectCalculator over its landmarks) is (12, 17)
to (185, 190).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.codes import gender_of
from hyperface.annotations.readers.dataset_files import ImageFolder, images_in
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport

NAME = "utkface"
LAYOUT = "age_gender_race_date.jpg.chip.jpg crops (UTKFace, aligned and cropped)"
SOURCE = "University of Tennessee, Knoxville; non-commercial research use"
FILE_NAME = re.compile(r"\d{1,3}_(?P<gender>[^_]*)_(?P<race>[^_]*)_\d{8,}\.")
GENDER_OF_CODE = {"0": 0.0, "1": 1.0}
RACE_OF_CODE = {"0": "White", "1": "Black", "2": "Asian", "3": "Indian", "4": "other race"}
CROP_SIDE = 200
# The median of the boxes that the project's weights, trained on other data sets, find in 477 crops.
# Its mean IoU with these boxes is 0.84.
FACE_XYXY = np.array([12, 17, 185, 190], np.float32)
NAMES_CHECKED = 50


def recognizes(folder: Path) -> bool:
    """Whether most of the folder's first images have UTKFace's names (a few are misspelt)."""
    names = [path.name for path in images_in(folder)[:NAMES_CHECKED]]
    matches = filter(None, map(FILE_NAME.match, names))
    return 2 * sum(match["gender"] in GENDER_OF_CODE for match in matches) > len(names)


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the crops, in order of their names."""
    images = ImageFolder(folder, NAME, skipped)
    for path in images_in(folder, skipped):
        if (match := FILE_NAME.match(path.name)) is None:
            skipped.add("file name without age_gender_race_date", path.name)
            continue
        if (image := images.find(path.name)) is None:
            continue
        if image.width != image.height:
            skipped.add("not a square aligned crop", path.name)
            continue
        fault = "gender that is neither 0 nor 1"
        gender = gender_of(match["gender"], GENDER_OF_CODE, fault, path.name, skipped)
        box = FACE_XYXY * np.float32(image.width / CROP_SIDE)
        face = Face(box, gender=gender, group=RACE_OF_CODE.get(match["race"]))
        # The crop shows hardly anything but this face, so no unannotated face can be taken for
        # background: corners, hair and parts of the face are safe negatives.
        yield replace(image, faces=(face,), complete=True)
