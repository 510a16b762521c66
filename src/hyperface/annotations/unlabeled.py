"""Images and videos without annotations, as records without faces."""

from collections.abc import Iterator
from pathlib import Path

from hyperface.annotations.readers.dataset_files import NO_PERMISSION, why_skipped
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.images.reading import IMAGE_SUFFIXES, UnreadableImage, read_size
from hyperface.images.video import VIDEO_SUFFIXES, is_video, read_facts
from hyperface.utils.files import OUTPUT_FOLDER, files_below

SOURCE = "unlabeled"


def unlabeled_images(
    place: Path, every: int, skipped: SkipReport, leave_out: Path | None = None
) -> Iterator[AnnotatedImage]:
    """Finds images and videos, in the order of their names; it is unknown whether they show faces.

    Args:
        place: An image, a video, or a folder with any of them below it.
        every: Frames 0, `every`, 2 `every`, ... of a video are used.
        skipped: Records what cannot be read.
        leave_out: A folder to skip.

    Raises:
        UserError: There is no such file or folder.
    """
    if not place.exists():
        raise UserError(f"There is no file or folder {place}.")
    base = place if place.is_dir() else place.parent

    def failed(folder: Path) -> None:
        skipped.add(NO_PERMISSION, str(folder))

    def left_out(reason: str, path: Path) -> None:
        if reason == OUTPUT_FOLDER:  # hidden files and links in a circle are of no interest
            skipped.add(reason, str(path))

    known = IMAGE_SUFFIXES | VIDEO_SUFFIXES
    found = [place] if place.is_file() else files_below(place, leave_out, failed, left_out)
    for path in found:
        video = is_video(path)
        name = path.relative_to(base).as_posix()
        if place.is_dir() and not video and path.suffix.lower() not in known:
            if reason := why_skipped(path):
                skipped.add(reason, name)
            continue
        try:
            if video:
                yield from _frames(path, name, every)
            else:
                yield AnnotatedImage(path, name, SOURCE, *read_size(path))
        except UnreadableImage as error:
            skipped.add(error.reason, name)


def _frames(path: Path, name: str, every: int) -> Iterator[AnnotatedImage]:
    facts = read_facts(path)
    if not facts.frames:
        raise UnreadableImage("video without frames")
    for number in range(0, facts.frames, every):
        frame = f"{name}/{number + 1:06d}"
        yield AnnotatedImage(path, frame, SOURCE, facts.width, facts.height, frame=number)
