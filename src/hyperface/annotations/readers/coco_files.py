"""The folders of COCO annotation files and of their images, by the program that wrote them.

| written by | annotation file | images |
|---|---|---|
| `data.py convert` | `coco.json` | as named |
| COCO | `annotations/person_keypoints_train2017.json` | `train2017/` |
| CVAT | `annotations/person_keypoints_default.json` | `images/`, `images/default/` |
| Label Studio | `result.json` | `images/` |
| Roboflow | `train/_annotations.coco.json`, `valid/`, `test/` | beside it |
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hyperface.annotations.readers.dataset_files import files_like, read_json
from hyperface.errors import UserError

PARTS = ("train", "valid", "val", "test")  # Roboflow's folders
_PLAIN = ("coco.json", "result.json", "_annotations.coco.json")  # in the data set's own folder
_TASKS = ("person_keypoints_", "instances_")  # the first wins where both are of one part
_NO_BOXES = ("captions_", "image_info_", "labels_", "panoptic_", "stuff_")
_HEAD_BYTES = 4096
# The first key of the file; any of COCO's may be first.
_HEAD = re.compile(rb'\s*\{\s*"(info|licenses|images|annotations|categories|type)"\s*:')
_TRAIN, _HELD_OUT = frozenset({"train", "training"}), frozenset({"val", "valid", "test"})
_HELD_OUT |= {"validation", "dev"}


@dataclass(frozen=True)
class CocoFile:
    """One annotation file."""

    path: Path
    places: tuple[str, ...]  # folders of its images below the data set's, in the order to look
    split: str | None  # as in `AnnotatedImage`


def coco_files(folder: Path) -> list[CocoFile]:
    """The annotation files of a data set; empty if the folder does not have COCO's layout.

    If there are files for training and for validation or testing, they give the split. A training
    file alone does not, so that a part of it can be held out.
    """
    found = list(_found(folder))
    splits = [_split(part) for _, part, _ in found]
    if None in splits or "validation" not in splits:
        splits = [None if split == "train" else split for split in splits]
    return [CocoFile(path, places, s) for (path, _, places), s in zip(found, splits, strict=True)]


def load_coco(path: Path) -> dict:
    """Reads an annotation file.

    Raises:
        UserError: It cannot be read, or is not JSON in COCO's format.
    """
    content = read_json(path, "export it again")
    lists = ("images", "annotations", "categories")
    if not isinstance(content, dict) or not all(
        isinstance(content.get(key, []), list) for key in lists
    ):
        raise UserError(
            f"{path} is JSON, but not of COCO's form, which is an object with the lists "
            f"{', '.join(lists)}; export it again as COCO key points."
        )
    return content


def _found(folder: Path) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Each annotation file with the name of its part and the folders of its images."""
    for name in _PLAIN:
        yield from ((path, "", ("", "images")) for path in files_like(folder, name) if _fits(path))
    in_folder = {
        path.stem.lower(): path for path in files_like(folder / "annotations", "*.json")
    }  # fmt: skip
    for stem, path in sorted(in_folder.items()):
        part = _part(stem)
        if part is None or not _fits(path):
            continue
        if stem.startswith(_TASKS[1]) and f"{_TASKS[0]}{part}" in in_folder:
            continue
        written = path.stem[len(stem) - len(part) :]
        yield path, part, (f"images/{written}", "images", written, "")
    for part in PARTS:
        for path in files_like(folder / part, _PLAIN[-1]):
            if _fits(path):
                yield path, part, (part, f"{part}/images", "")


def _part(stem: str) -> str | None:
    """`person_keypoints_train2017` -> `train2017`; None of a file without boxes and points."""
    if stem.startswith(_NO_BOXES):
        return None
    return next((stem.removeprefix(task) for task in _TASKS if stem.startswith(task)), stem)


def _split(part: str) -> str | None:
    words = set(re.findall(r"[a-z]+", part))
    if words & _HELD_OUT:
        return "validation"
    return "train" if words & _TRAIN else None


def _fits(path: Path) -> bool:
    """Whether the beginning of a file is that of a COCO file; large files are not read whole."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return _HEAD.match(head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")) is not None
