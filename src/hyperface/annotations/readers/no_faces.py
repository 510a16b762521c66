"""Images without any face: every region of them is background.

A folder called `no_faces`, one with a file called `NO_FACES` in it, or one that DATA names as
`no_faces:/path`; its sub-folders count too.
"""

from collections.abc import Iterator
from pathlib import Path

from hyperface.annotations.readers.files import folders_below, images_in, size_of_named
from hyperface.annotations.record import AnnotatedImage, SkipReport

NAME = "no_faces"
LAYOUT = "a folder called no_faces, or with a file NO_FACES in it, or no_faces:/path"
SOURCE = "yours; any images without a face"
MARKER = "NO_FACES"


def recognizes(folder: Path) -> bool:
    """Whether somebody says that the folder's images show no faces."""
    return folder.absolute().name == NAME or (folder / MARKER).is_file()


def read(folder: Path, rejects: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, folder by folder, in order of their names."""
    for parent in folders_below(folder, rejects):
        for path in images_in(parent, rejects):
            name = path.relative_to(folder).as_posix()
            size = size_of_named(folder, name, rejects)
            if size is not None:
                _, width, height = size
                yield AnnotatedImage(path, name, NAME, width, height, faces=(), complete=True)
