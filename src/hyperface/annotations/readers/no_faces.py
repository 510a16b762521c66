"""Images without any face, of which every region is background.

They are in a folder called `no_faces`, in one with a file called `NO_FACES`, or in one that DATA
names as `no_faces:/path`, including its sub-folders.
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
