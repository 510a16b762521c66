"""Command: sample files of annotated data sets, or of images and videos without annotation."""

from dataclasses import asdict, replace
from itertools import count
from pathlib import Path

from hyperface.annotations.digest import digest_of
from hyperface.annotations.finding import find_readers, read_all
from hyperface.annotations.readers import video_300vw
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.annotations.unlabeled import unlabeled_images
from hyperface.errors import UserError
from hyperface.images.writing import save_image
from hyperface.samples.building import SampleSettings, build_samples
from hyperface.samples.shards import read_shard, shard_path
from hyperface.steps.data import split_readable
from hyperface.utils.files import find_path
from hyperface.utils.output_dir import output_dir
from hyperface.visualization.grid import TILE, fit_square, image_grid

SETTINGS = "samples.json"
FORMER_NAMES = {"most": "max_regions"}  # of entries in it
SHEET, SHEET_REGIONS = "regions.jpg", 48


def create_samples(
    data: str,
    base: Path,
    folder: Path,
    settings: SampleSettings,
    every: int,
    workers: int,
    fingerprints: Path,
) -> tuple[int, int, SkipReport]:
    """Fills a folder with sample files, and draws the first regions.

    `data` is given like DATA in config.py, or is an image, a video, or a folder of them. Relative
    paths start from the current folder or from `base`.

    Returns:
        The number of regions, the number of faces among them, and what could not be used.

    Raises:
        UserError: There is nothing that can be read, or the folder has other content.
    """
    images, skipped = _images(data, base, every, folder)
    if any(image.faces or image.complete for image in images):
        images = _split(images, settings, fingerprints, skipped)
    claim = {"data": data, "every": every, "records": digest_of(images), **asdict(settings)}
    with output_dir(folder, SETTINGS, claim, FORMER_NAMES):
        regions, faces, broken = build_samples(folder, images, settings, workers)
        for reason, names in broken.names.items():
            for name in names:
                skipped.add(reason, name)
        if not regions:
            (folder / SETTINGS).unlink()  # an empty folder belongs to no settings
            lines = "; ".join(skipped.lines()) or "no proposal"
            raise UserError(f"No region of {data} could be cropped: {lines}.")
        _draw_sheet(folder)
    return regions, faces, skipped


def _images(
    data: str, base: Path, every: int, out: Path
) -> tuple[list[AnnotatedImage], SkipReport]:
    """The images of annotated data sets, or, if there are none, images without annotation."""
    place = find_path(data, base)
    if place and (place.is_file() or not find_readers(place, SkipReport())):
        skipped = SkipReport()
        images = list(unlabeled_images(place, every, skipped, out))
        if not images:
            lines = "; ".join(skipped.lines()) or "none was found"
            raise UserError(f"No image or video can be read under {place}: {lines}.")
        return images, skipped
    images, skipped = read_all(data, base, {video_300vw.NAME: {"every": every}})
    return images, skipped


def _split(
    images: list[AnnotatedImage], settings: SampleSettings, fingerprints: Path, skipped: SkipReport
) -> list[AnnotatedImage]:
    """The images that can be read, with their side of the split (None for neither side).

    The split is stored, because regions of one image or person cannot be recognized later.
    """
    sound, training, validation = split_readable(
        images, settings.validation_fraction, settings.split_seed, fingerprints, skipped
    )
    sides = dict.fromkeys(training, "train") | dict.fromkeys(validation, "validation")
    return [replace(image, split=sides.get(row)) for row, image in enumerate(sound)]


def _draw_sheet(folder: Path) -> None:
    """Draws regions of the first shard that is not empty, with their labels."""
    shards = (read_shard(shard_path(folder, number))[0] for number in count())
    arrays = next(arrays for arrays in shards if len(arrays["images"]))
    captions = []
    for (face, labeled), overlap in zip(arrays["detection"], arrays["overlap"], strict=True):
        kind = ("face" if face else "no face") if labeled else "not labeled"
        captions.append(f"{kind}, IoU {overlap:.2f}")
    tiles = [fit_square(image, TILE) for image in arrays["images"][:SHEET_REGIONS]]
    save_image(folder / SHEET, image_grid(tiles, captions[:SHEET_REGIONS]))
