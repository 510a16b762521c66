"""Images without any face: every region of them is background.

A folder called `no_faces`, one with a file called `NO_FACES` in it, or one that DATA names as
`no_faces:/path`; its sub-folders count too.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hyperface.annotations.readers.dataset_files import ImageFolder, folders_below, images_in
from hyperface.annotations.record import AnnotatedImage, SkipReport

NAME = "no_faces"
LAYOUT = "a folder called no_faces, or with a file NO_FACES in it, or no_faces:/path"
SOURCE = "yours; any images without a face"
MARKER = "NO_FACES"


def recognizes(folder: Path) -> bool:
    """Whether the folder is marked as one without faces."""
    return folder.absolute().name == NAME or (folder / MARKER).is_file()


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, folder by folder, in order of their names."""
    images = ImageFolder(folder, NAME, skipped)
    for parent in folders_below(folder, skipped):
        for path in images_in(parent, skipped):
            if (image := images.find(path.relative_to(folder).as_posix())) is not None:
                yield replace(image, complete=True)
