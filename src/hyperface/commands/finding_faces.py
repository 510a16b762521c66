"""Detects the faces in annotated images; the detections are stored in files."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.predictions.detection_loop import Source, detect_images, print_changed
from hyperface.predictions.identity import place_on_disk
from hyperface.predictions.lookup import Predictions
from hyperface.predictions.row_files import Results, read_rows
from hyperface.predictions.rows import SKIPPED, Key, faces_of_row, key_of
from hyperface.utils.progress import progress

Faces = list[DetectedFace]
# Minimum share of a data set's images with a row; below it, the names do not match.
MIN_MATCHED_SHARE = 0.05


def find_faces(
    detectors: Mapping[str, FaceDetector],
    images: Sequence[AnnotatedImage],
    folder: Path,
    skipped: SkipReport,
) -> dict[str, list[Faces]]:
    """Detects faces in every image that has no row yet, or that has changed.

    Args:
        detectors: Detectors by name. Shared proposals and networks run once for each image.
        images: The annotated images, read without EXIF rotation.
        folder: Folder of the rows, `faces.jsonl`, with a sub-folder for each name that is not "".
        skipped: Records which images cannot be read; they count as images without detections.

    Returns:
        The faces in each image, by name of the detector.

    Raises:
        UserError: No image can be read, or the network's outputs are not finite.
    """
    kept = {name: Results(folder / name.replace(" ", "_")) for name in detectors}
    files = [(_name(image), image.path) for image in images]
    changed = {name for results in kept.values() for name in results.remove_outdated(files)}
    print_changed(sorted(changed))
    new = [
        image
        for image in images
        if not all(results.count(*_key(image)) for results in kept.values())
    ]
    sources = (Source(_name(image), partial(read_pixels, image), image.path) for image in new)
    detections = detect_images(sources, *detectors.values())
    detections = progress(detections, len(new) * len(kept), "images")
    for name, found in zip(cycle(kept), detections, strict=False):
        if not kept[name].count(*key_of(found.row)):
            kept[name].add(found.row)
    faces: dict[str, list[Faces]] = {}
    for name, results in kept.items():
        report = SkipReport() if faces else skipped  # counted once, not for every detector
        faces[name] = _faces_of_images(results, images, report)
    return faces


def _faces_of_images(
    results: Results, images: Sequence[AnnotatedImage], skipped: SkipReport
) -> list[Faces]:
    """The detections in images, each of which has a row."""
    by_key = {key_of(row): row for row in results.rows()}
    rows = [by_key[_key(image)] for image in images]
    if rows and all(row["status"] == SKIPPED for row in rows):  # every metric would be 0
        raise UserError(
            f"None of the {len(rows):,} images can be read ({rows[0]['image']}: "
            f"{rows[0]['reason']}); give other data."
        )
    return [_faces(row, results.path, skipped) for row in rows]


def median_seconds(folder: Path) -> float:
    """The median seconds per image over the rows in a folder; NaN without rows."""
    rows = [row for row in Results(folder).rows() if row["status"] != SKIPPED]
    return float(np.median([row["seconds"] for row in rows])) if rows else float("nan")


def read_faces(path: Path, images: Sequence[AnnotatedImage], skipped: SkipReport) -> list[Faces]:
    """The detections of any program in images, from JSON Lines in the format of `predictions.rows`.

    `skipped` records images that have no row, or whose row says that they could not be read; they
    count as images without detections.

    Raises:
        UserError: A row cannot be used, or hardly any image of a data set has a row.
    """
    read = read_rows(path, "see src/hyperface/predictions/rows.py")
    predictions = Predictions(read, path, images)
    rows = [predictions.row(image) for image in images]
    _check_that_rows_fit(rows, images, predictions.example, path)
    found = []
    for row, image in zip(rows, images, strict=True):
        if row is None:
            skipped.add("no row, counted as no detections", image.name)
        found.append([] if row is None else _faces(row, path, skipped))
    return found


def _check_that_rows_fit(
    rows: Sequence[dict | None], images: Sequence[AnnotatedImage], example: str | None, path: Path
) -> None:
    """Prints how many images of each data set have no row; raises if hardly any has a row."""
    totals = Counter(image.source for image in images)
    missing: defaultdict[str, list[AnnotatedImage]] = defaultdict(list)
    for row, image in zip(rows, images, strict=True):
        if row is None:
            missing[image.source].append(image)
    for source, without in missing.items():
        count, total = len(without), totals[source]
        if total - count < MIN_MATCHED_SHARE * total:
            raise UserError(
                f"{path} has rows for only {total - count} of the {total} evaluated images of "
                f"{source}, so the metrics would be meaningless: "
                + (f"its first row describes {example!r}" if example else "it has no rows")
                + f", an image without a row is {str(without[0].path)!r}; the two "
                "must have the same file name, and so must the folders that both of them name: fix "
                "the paths, or give other --data."
            )
        print(f"{path} has no row for {count} of the {total} images of {source}, such as "
              f"{without[0].name}; they count as images without detections")  # fmt: skip


def _faces(row: dict, path: Path, skipped: SkipReport) -> Faces:
    if row.get("status") == SKIPPED:
        skipped.add(f"{row.get('reason')}, counted as no detections", row["image"])
    return faces_of_row(row, path)


def _name(image: AnnotatedImage) -> str:
    """The name of an annotated image in the rows."""
    return f"{image.source}/{image.name}"


def _key(image: AnnotatedImage) -> Key:
    """The key of an annotated image's row (`rows.key_of`)."""
    return _name(image), place_on_disk(image.path)
