"""COCO key points, as `data.py convert`, CVAT, Label Studio and Roboflow write them.

`coco_files.py` lists where the files are, `coco_points.py` which key points are landmarks. The
format is interpreted as follows:

- Coordinates of boxes start at the corner of the image, as in the project. So do the key points of
  the labeling programs; in COCO itself and in `data.py convert`, the first pixel's center is 0.
- Flags are 0 not labeled, 1 hidden, 2 visible. In a file without any 2, a 1 means labeled.
- 'Left' in names such as 'left_eye' means the person's left in COCO, but the image's left in many
  other files. The geometry of most faces shows which is meant (the mouth is below the eyes); if no
  face shows it, COCO's meaning is used. In the project's own names, left is the image's left.
- A box is that of a face if the category is called a face ('face', 'Human face', 'faces'); the box
  of a person encloses the body and is not used, nor is a box that only encloses the key points.
- Label Studio stores the points of a face and its rectangle separately: points inside the box of a
  face without points belong to this face.
- A crowd or an ignored region is neither a face to find nor background.
- The faces of an image are not all annotated, unless `"complete": true` is in the image's entry,
  as `data.py convert` writes it, or in the file's `info`.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.coco_annotations import HIDDEN, Annotations
from hyperface.annotations.readers.coco_faces import Annotation
from hyperface.annotations.readers.coco_files import CocoFile, coco_files, load_coco
from hyperface.annotations.readers.codes import code_of
from hyperface.annotations.readers.dataset_files import ImageFolder
from hyperface.annotations.readers.labeling import (
    annotated_face,
    annotated_face_68,
    usable_boxes,
    with_fits,
)
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport

NAME = "coco"
LAYOUT = "coco.json, result.json, annotations/*.json or train/_annotations.coco.json (COCO)"
SOURCE = "yours, exported by CVAT, Label Studio, Roboflow or `data.py convert`"


def recognizes(folder: Path) -> bool:
    """Whether the folder has an annotation file that begins like those of COCO."""
    return bool(coco_files(folder))


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, file by file.

    Raises:
        UserError: A file is not JSON of COCO's form.
    """
    folder = folder.absolute()
    images = ImageFolder(folder, folder.name.lower() or NAME, skipped)
    for file in coco_files(folder):
        content = load_coco(file.path)
        annotations = Annotations(content, file.path.name, skipped)
        yield from with_fits(
            _annotated(images, file, content, annotations, skipped),
            skipped,
            places_hidden_points=annotations.are_68_without_hidden,
        )


def _annotated(
    images: ImageFolder,
    file: CocoFile,
    content: dict,
    annotations: Annotations,
    skipped: SkipReport,
) -> Iterator[AnnotatedImage]:
    """The images of one file; `with_fits` adds boxes and poses."""
    ids: set[str | None] = set()
    everything = _complete(content.get("info"))
    for number, entry in enumerate(content.get("images", []), start=1):
        where = f"{file.path.name} image {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
            skipped.add("image without a file name", where)
            continue
        image_id = code_of(entry.get("id"))
        if image_id is None or image_id in ids:
            skipped.add("image without a unique id", where)
            continue
        ids.add(image_id)
        if (image := images.find(entry["file_name"], file.places)) is None:
            continue
        if not _same_size(entry, image.width, image.height):
            skipped.add("image whose width and height are not those of its annotation", image.name)
            continue
        found = annotations.by_image.get(image_id, [])
        faces = tuple(
            _face(each, image, annotations, skipped) for each in found if not each.ignored
        )
        ignored = _ignored(found, image, skipped)
        complete, split = everything or _complete(entry), entry.get("split")
        if not faces and not complete and not len(ignored):
            skipped.add("image without faces that is not marked as complete", image.name)
            continue
        yield replace(
            image,
            faces=faces,
            complete=complete
            and len(faces) + len(ignored) == len(found)  # the place of every face is known
            and image_id not in annotations.faults,
            split=split if split in ("train", "validation") else file.split,
            ignored_xyxy=ignored,
        )
    for image_id, entries in annotations.by_image.items():
        for _ in entries if image_id not in ids else ():
            skipped.add("annotation of an image that is not listed", f"image {image_id}")


def _face(
    each: Annotation, image: AnnotatedImage, annotations: Annotations, skipped: SkipReport
) -> Face:
    visibility = np.where(each.placed, np.float32(1), np.float32(np.nan))
    if annotations.tells_hidden:
        visibility[each.flags == HIDDEN] = 0
    labels = {**each.labels, "visibility": visibility, "published_box_xyxy": each.box_xyxy}
    if each.key_points is not None and each.key_points.is_68:
        return annotated_face_68(each.points_68, image, skipped, **labels)
    return annotated_face(each.landmarks, image, skipped, **labels)


def _ignored(found: list[Annotation], image: AnnotatedImage, skipped: SkipReport) -> np.ndarray:
    """(M, 4) boxes."""
    boxes = np.array([each.box_xyxy for each in found if each.ignored], np.float32).reshape(-1, 4)
    return boxes[usable_boxes(boxes, image, skipped)]


def _complete(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("complete") is True


def _same_size(entry: dict, width: int, height: int) -> bool:
    """Whether the width and height in the file, if any, match the image."""
    told = [code_of(entry.get(key)) for key in ("width", "height")]
    return None in told or "0" in told or told == [str(width), str(height)]
