"""Command: convert any data set to the project's own format, or to COCO key points."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from hyperface.annotations.digest import digest_of
from hyperface.annotations.finding import read_all
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.annotations.writers.coco_writer import write_coco
from hyperface.annotations.writers.own_writers import write_own_faces, write_own_table
from hyperface.errors import UserError
from hyperface.images.decoding import is_sample_file
from hyperface.images.reading import UnreadableImage
from hyperface.images.writing import save_image
from hyperface.utils.files import atomic_write
from hyperface.utils.output_dir import output_dir
from hyperface.utils.progress import progress

FORMATS: dict[str, Callable[[Path, Sequence[tuple[str, AnnotatedImage]]], None]] = {
    "json": write_own_faces,
    "csv": write_own_table,
    "coco": write_coco,
}
IMAGES = "images"  # the folder in the new data set
SETTINGS = "conversion.json"


def convert_data(
    data: str, base: Path, folder: Path, form: str, link: bool
) -> tuple[int, int, SkipReport]:
    """Writes data sets in another format, with their images.

    `data` is given like DATA in config.py. Relative paths start from the current folder or from
    `base`. Existing images are kept, so an interrupted conversion resumes.

    Returns:
        The numbers of images and of faces written, and what could not be used.

    Raises:
        UserError: Nothing can be read, or the folder has other content.
    """
    images, skipped = read_all(data, base)
    if any(is_sample_file(image.path) for image in images):
        raise UserError(
            f"{data} has sample files, whose regions are cropped and stretched: convert the data "
            "that they were made from."
        )
    settings = {"data": data, "format": form, "link": link, "records": digest_of(images)}
    with output_dir(folder, SETTINGS, settings):
        written = []
        for image in progress(images, description="images"):
            file = file_name(image)
            try:
                _bring(image, folder / file, link)
            except UnreadableImage as error:
                skipped.add(error.reason, image.name)
            else:
                written.append((file, image))
        if not written:
            raise UserError(f"No image of {data} can be read; see `data.py check`.")
        FORMATS[form](folder, written)
    return len(written), sum(len(image.faces) for _, image in written), skipped


def file_name(image: AnnotatedImage) -> str:
    """The path of an image's file in the new data set, relative to its folder."""
    suffix = "" if image.frame is None else ".png"  # lossless for frames
    return f"{IMAGES}/{image.source}/{image.name}{suffix}"


def _bring(image: AnnotatedImage, target: Path, link: bool) -> None:
    if target.exists():  # complete, because it was written atomically
        return
    if image.frame is not None:
        save_image(target, read_pixels(image))
        return
    if link:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(image.path.absolute())
        return
    with atomic_write(target) as aside:
        shutil.copyfile(image.path, aside)
