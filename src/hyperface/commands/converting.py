"""Command: any data set in the project's own format, or as COCO key points."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from hyperface.annotations.digest import digest_of
from hyperface.annotations.finding import read_all
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import Picture, SkipReport
from hyperface.annotations.writers.coco import write_coco
from hyperface.annotations.writers.own_faces import write_own_faces
from hyperface.annotations.writers.own_table import write_own_table
from hyperface.errors import UserError
from hyperface.images.reading import UnreadablePicture
from hyperface.images.writing import save_picture
from hyperface.utils.files import atomic_write
from hyperface.utils.output_dir import output_dir
from hyperface.utils.progress import progress

FORMATS: dict[str, Callable[[Path, Sequence[tuple[str, Picture]]], None]] = {
    "json": write_own_faces,
    "csv": write_own_table,
    "coco": write_coco,
}
PICTURES = "images"  # the folder in the new data set
SETTINGS = "conversion.json"


def convert_data(
    data: str, base: Path, folder: Path, form: str, link: bool
) -> tuple[int, int, SkipReport]:
    """Writes data sets in another form, with their pictures.

    Pictures that are there already are kept, so a killed conversion goes on.

    Args:
        data: As DATA in the config.
        base: What relative paths start from.
        folder: The new data set's.
        form: One of `FORMATS`.
        link: Link to the pictures instead of copying them.

    Returns:
        How many pictures and how many faces were written, and what could not be used.

    Raises:
        UserError: Nothing can be read, or the folder holds something else.
    """
    pictures, rejects, _ = read_all(data, base)
    settings = {"data": data, "format": form, "link": link, "records": digest_of(pictures)}
    with output_dir(folder, SETTINGS, settings):
        written = []
        for picture in progress(pictures, description="pictures"):
            file = file_name(picture)
            try:
                _bring(picture, folder / file, link)
            except UnreadablePicture as error:
                rejects.add(error.reason, picture.name)
            else:
                written.append((file, picture))
        if not written:
            raise UserError(f"No picture of {data} can be read; see `data.py check`.")
        FORMATS[form](folder, written)
    return len(written), sum(len(picture.faces) for _, picture in written), rejects


def file_name(picture: Picture) -> str:
    """Where a picture's file is in the new data set, below its folder."""
    suffix = "" if picture.frame is None else ".png"  # a frame loses nothing more
    return f"{PICTURES}/{picture.source}/{picture.name}{suffix}"


def _bring(picture: Picture, target: Path, link: bool) -> None:
    if target.exists():  # whole, because it was written aside
        return
    if picture.frame is not None:
        save_picture(target, read_pixels(picture))
        return
    if link:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(picture.path.absolute())
        return
    with atomic_write(target) as aside:
        shutil.copyfile(picture.path, aside)
