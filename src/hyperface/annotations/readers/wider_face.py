"""WIDER FACE: crowds and scenes in which every face has a box.

`wider_face_split/wider_face_{train,val}_bbx_gt.txt`: path, count, then for each face x, y, width,
height, blur, expression, illumination, invalid, occlusion, pose; some copies lack some of the last
six. A count of 0 is followed by a row of zeros. The images lie in `WIDER_train/images` and
`WIDER_val/images`. Invalid faces, faces with an unknown flag, and faces that are too small to be
seen (a box smaller than 8 x 8 pixels) are ignored. If only the training list exists, it has no
prescribed split.

Boxes contain forehead, chin and cheek, as the set's authors say, and are higher than wide.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hyperface.annotations.readers.codes import flags_of
from hyperface.annotations.readers.dataset_files import (
    SPLIT_OF_PART,
    ImageFolder,
    file_named,
    tables_with_splits,
)
from hyperface.annotations.readers.labeling import boxed_faces, fitted
from hyperface.annotations.readers.tables import named_blocks, rows_of_numbers
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.geometry.boxes import xywh_to_xyxy
from hyperface.geometry.rectangle import BoxRule

NAME = "wider_face"
LAYOUT = "wider_face_split/ beside WIDER_train/ and WIDER_val/ (WIDER FACE)"
SOURCE = "The Chinese University of Hong Kong; CC BY-NC-ND 4.0"
NUM_VALUES, INVALID = 4, 7
MIN_SIDE = 8  # pixels; the square root of the area of the smallest box that is not ignored
# Measured on the faces of 20 pixels and more that the weights of this project find, against the
# squares around their landmarks; docs/data-sets.md has the IoU before and after.
BOX_RULE = BoxRule(side=0.88, down=0.09)


def recognizes(folder: Path) -> bool:
    """Whether the folder has one of WIDER FACE's lists."""
    return any(_list(folder, part) is not None for part in SPLIT_OF_PART)


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, first those to train on."""
    images = ImageFolder(folder, NAME, skipped)
    tables = {part: _list(folder, part) for part in SPLIT_OF_PART}
    for part, table, split in tables_with_splits(tables):
        for where, written, lines in named_blocks(table, skipped):
            try:
                rows = rows_of_numbers(lines, NUM_VALUES)
            except ValueError:
                skipped.add("face without a box of four numbers", where)
                continue
            places = (f"WIDER_{part}/images", f"WIDER_{part}/WIDER_{part}/images", "images", "")
            if (image := images.find(written, places)) is not None:
                flags = [(line.split()[INVALID:] or ["0"])[0] for line in lines]
                ignored = flags_of(flags, "invalid that is neither 0 nor 1", image.name, skipped)
                sizes = rows[:, 2:]
                ignored |= (sizes > 0).all(axis=1) & (sizes.prod(axis=1) < MIN_SIDE**2)
                boxes = xywh_to_xyxy(rows)
                image = boxed_faces(image, boxes, ignored, skipped=skipped, rule=BOX_RULE)
                yield replace(image, split=split)


def _list(folder: Path, part: str) -> Path | None:
    name = f"wider_face_{part}_bbx_gt.txt"
    return file_named(folder, f"wider_face_split/{name}", name)
