"""Step: find the faces of annotated pictures, once; what was found is kept in a file."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import Picture, SkipReport
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError, naming
from hyperface.images.reading import UnreadablePicture
from hyperface.predictions.identity import file_at, place_on_disk, with_content
from hyperface.predictions.lookup import Predictions
from hyperface.predictions.reading import faces_of_row
from hyperface.predictions.results import Results, read_rows
from hyperface.predictions.rows import SKIPPED, Key, found_row, key_of, skipped_row
from hyperface.utils.progress import progress

EXAMPLES = 5  # names that are said

Faces = list[DetectedFace]
LEAST_FITTING = 0.05  # of a data set's pictures have a row, or the names do not fit


def find_faces(
    detector: FaceDetector,
    pictures: Sequence[Picture],
    folder: Path,
    rejects: SkipReport,
    say: Callable[[str], None] = print,
) -> list[Faces]:
    """Looks at every picture that has no row yet, or has changed; a kill loses one picture.

    Args:
        detector: Finds the faces.
        pictures: In their stored frame, as they are annotated.
        folder: Of the rows, `faces.jsonl`; of this detector with these settings alone.
        rejects: Told which pictures cannot be looked at; they count as pictures without a find.
        say: Told how many have changed since they were looked at.

    Returns:
        For each picture its faces.

    Raises:
        UserError: Not one picture can be looked at, or the network's answers are no numbers.
    """
    results = Results(folder)
    say_changed(results.reconcile(files_of(pictures)), say)
    new = [picture for picture in pictures if not results.count(*file_key(picture))]
    for picture in progress(new, description="pictures"):
        results.add(_look_at(detector, picture))
    return faces_of_rows(results, pictures, rejects)


def faces_of_rows(
    results: Results, pictures: Sequence[Picture], rejects: SkipReport
) -> list[Faces]:
    """What was found in each of some pictures, all of which have a row.

    Raises:
        UserError: None of them could be looked at: every figure would be 0.
    """
    by_key = {key_of(row): row for row in results.rows()}
    rows = [by_key[file_key(picture)] for picture in pictures]
    if rows and all(row["status"] == SKIPPED for row in rows):
        raise UserError(
            f"None of the {len(rows):,} pictures can be looked at ({rows[0]['image']}: "
            f"{rows[0]['reason']}); give other data."
        )
    return [_faces(row, results.path, rejects) for row in rows]


def median_seconds(folder: Path) -> float:
    """How long a picture took, of those kept in a folder; NaN of none."""
    rows = [row for row in Results(folder).rows() if row["status"] != SKIPPED]
    return float(np.median([row["seconds"] for row in rows])) if rows else float("nan")


def read_faces(path: Path, pictures: Sequence[Picture], rejects: SkipReport) -> list[Faces]:
    """What any program found, from JSON Lines in the form of `hyperface.predictions.rows`.

    Args:
        path: The file.
        pictures: To look up.
        rejects: Told which pictures have no row, or one that says that they could not be looked
            at; they count as pictures without a find.

    Returns:
        For each picture its faces.

    Raises:
        UserError: A row cannot be used, or of a data set hardly any picture has one.
    """
    predictions = Predictions(read_rows(path, "see src/hyperface/predictions/rows.py"), path)
    rows = [predictions.row(picture) for picture in pictures]
    _check_that_rows_fit(rows, pictures, predictions.example, path)
    found = []
    for row, picture in zip(rows, pictures, strict=True):
        if row is None:
            rejects.add("no row, taken as nothing found", picture.name)
        found.append([] if row is None else _faces(row, path, rejects))
    return found


def _check_that_rows_fit(
    rows: Sequence[dict | None], pictures: Sequence[Picture], example: str | None, path: Path
) -> None:
    """Says how many pictures of each data set have no row; hardly any with one is a mistake."""
    totals = Counter(picture.source for picture in pictures)
    missing: defaultdict[str, list[Picture]] = defaultdict(list)
    for row, picture in zip(rows, pictures, strict=True):
        if row is None:
            missing[picture.source].append(picture)
    for source, without in missing.items():
        count, total = len(without), totals[source]
        if total - count < LEAST_FITTING * total:
            raise UserError(
                f"{path} has a row for {total - count} of the {total} pictures of {source} that "
                "are to be judged, so nothing can be said of it: "
                + (f"its first row is about {example!r}" if example else "it has no row at all")
                + f", a picture without one is {str(without[0].path)!r}; the ends of both must "
                "agree, at least in the name of the file, or judge other pictures (--data)."
            )
        print(f"{path} has no row for {count} of the {total} pictures of {source}, taken as "
              f"nothing found, such as {without[0].name}")  # fmt: skip


def _faces(row: dict, path: Path, rejects: SkipReport) -> Faces:
    if row.get("status") == SKIPPED:
        rejects.add(f"{row.get('reason')}, taken as nothing found", row["image"])
    return faces_of_row(row, path)


def name_of(picture: Picture) -> str:
    """How the rows call an annotated picture."""
    return f"{picture.source}/{picture.name}"


def files_of(pictures: Sequence[Picture]) -> list[tuple[str, Path]]:
    """How the rows call each picture, and its file."""
    return [(name_of(picture), picture.path) for picture in pictures]


def file_key(picture: Picture) -> Key:
    """What the row of an annotated picture is known by (`rows.key_of`)."""
    return name_of(picture), place_on_disk(picture.path)


def say_changed(images: Sequence[str], say: Callable[[str], None]) -> None:
    """Says which files have changed, with a few of their names."""
    if images:
        more = ", ..." if len(images) > EXAMPLES else ""
        names = ", ".join(images[:EXAMPLES])
        say(f"changed since: {len(images):,} ({names}{more}), looked at anew")


def _look_at(detector: FaceDetector, picture: Picture) -> dict:
    start = time.perf_counter()
    name, file = name_of(picture), file_at(picture.path)
    try:
        image = read_pixels(picture)
    except UnreadablePicture as error:
        return skipped_row(name, error.reason, file=file)
    with naming(name):
        faces = detector.detect(image)
    seconds = time.perf_counter() - start
    file = with_content(file, picture.path)
    return found_row(name, image.shape[1::-1], faces, seconds, file=file)
