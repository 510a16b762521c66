"""Pascal VOC: images in `JPEGImages/`, and beside them `Annotations/` with an XML file for each.

LabelImg, CVAT and Roboflow write it; the folders may also be `images/` and `annotations/`. Every
`object` has a `name` and a `bndbox` with xmin, ymin, xmax, ymax, which count pixels from 1 and are
inclusive. Objects whose name contains face or mask (`face`, `with_mask`, `without_mask`) are faces;
a difficult one is neither to be found nor background. Other objects are skipped, since a head or a
person has a different box. Other people may be in the image, without annotation.

Such boxes run from the hairline to the chin, and are higher than wide.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np

from hyperface.annotations.readers.dataset_files import ImageFolder, files_like, images_in
from hyperface.annotations.readers.labeling import boxed_faces, fitted
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.geometry.rectangle import BoxRule
from hyperface.utils.text import composed

NAME = "voc"
LAYOUT = "Annotations/*.xml beside JPEGImages/ (Pascal VOC)"
SOURCE = "yours, or any set of faces in Pascal VOC's format"
IMAGE_FOLDERS, XML_FOLDERS = ("JPEGImages", "images"), ("Annotations", "annotations")
FACE_NAME = re.compile(r"\bfaces?\b|mask", re.IGNORECASE)
EDGES = ("xmin", "ymin", "xmax", "ymax")
MAX_BYTES = 10_000_000  # maximum size of an annotation file
# Measured on masked faces that the weights of this project find, against the squares around their
# landmarks; docs/data-sets.md has the IoU before and after.
BOX_RULE = BoxRule(side=0.88, down=-0.06)


def recognizes(folder: Path) -> bool:
    """Whether there are a folder of images and one of annotations in XML."""
    found = _folders(folder)
    return found is not None and bool(files_like(found[1], "*.xml"))


@fitted
def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images that have a face, in order of their annotations' names."""
    folder = folder.absolute()
    if (found := _folders(folder)) is None:
        return
    images, xmls = found
    here = [path.name for path in images_in(images, skipped)]
    by_name, by_stem = set(here), {composed(Path(name).stem): name for name in here}
    unused = set(here)
    finder = ImageFolder(folder, folder.name.lower() or NAME, skipped)
    for path in files_like(xmls, "*.xml"):
        try:
            root = _load(path)
            # The name in the file may be outdated; the name of the annotation file matches.
            written = PurePosixPath((root.findtext("filename") or "").replace("\\", "/")).name
            file = by_stem.get(composed(path.stem)) or written or f"{path.stem}.jpg"
            if file not in by_name and written:
                file = by_stem.get(composed(Path(written).stem), written)
            if (image := finder.find(f"{images.name}/{file}")) is None:
                continue
            unused.discard(PurePosixPath(image.name).name)
            boxes, difficult = _faces(root, image, skipped)
        except ValueError as error:
            skipped.add(str(error), path.name)
            continue
        image = boxed_faces(image, boxes, difficult, skipped=skipped, rule=BOX_RULE)
        yield replace(image, complete=False)  # faces in the background are often not annotated
    for name in sorted(unused):
        skipped.add("image without an annotation that can be used", name)


def is_face(name: str) -> bool:
    """Whether an object's name is that of a face."""
    return bool(FACE_NAME.search(re.sub(r"[\W_]+", " ", name)))


def parse_xml(content: bytes) -> Element:
    """Parses untrusted XML: no entity is expanded, and no file is loaded.

    Raises:
        ValueError: It is not well-formed, or declares entities, as no annotation does.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        raise ValueError("annotation that is not XML") from error


def _refuse(*_: object) -> None:
    raise ValueError("annotation that declares entities, refused")


def _folders(folder: Path) -> tuple[Path, Path] | None:
    """The folders of images and of annotations."""
    images = next((folder / name for name in IMAGE_FOLDERS if (folder / name).is_dir()), None)
    xmls = next((folder / name for name in XML_FOLDERS if (folder / name).is_dir()), None)
    return (images, xmls) if images and xmls else None


def _load(path: Path) -> Element:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("annotation file that is too large")
        root = parse_xml(path.read_bytes())
    except OSError:
        raise ValueError("unreadable annotation") from None
    if root.tag != "annotation":
        raise ValueError("XML that is not a Pascal VOC annotation")
    return root


def _faces(
    root: Element, image: AnnotatedImage, skipped: SkipReport
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 4) boxes xyxy of the faces, and (N,) bool, which of them are difficult.

    Raises:
        ValueError: The annotation belongs to an image of another size, or has no face.
    """
    stated = [_number(root.find("size"), side) for side in ("width", "height")]
    if all(value > 0 for value in stated) and stated != [image.width, image.height]:
        raise ValueError("annotation of an image of another size")
    boxes, difficult = [], []
    for entry in root.iterfind("object"):
        called = (entry.findtext("name") or "").strip()
        if not is_face(called):
            skipped.add(f"object that is not a face: {called[:30] or 'without a name'}", image.name)
            continue
        edges = [_number(entry.find("bndbox"), edge) for edge in EDGES]
        if not np.isfinite(edges).all():
            skipped.add("face without a box of four numbers", image.name)
            continue
        boxes.append(np.array(edges) - (1, 1, 0, 0))  # counted from 1, the last pixel included
        difficult.append((entry.findtext("difficult") or "").strip() == "1")
    if not boxes:
        raise ValueError("annotation without a usable face")
    return np.array(boxes), np.array(difficult, bool)


def _number(parent: Element | None, tag: str) -> float:
    """The number in a tag; NaN where there is none."""
    try:
        return float((parent.findtext(tag) if parent is not None else None) or "nan")
    except ValueError:
        return float("nan")
