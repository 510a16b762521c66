"""Step: find the faces of annotated pictures, once; what was found is kept in a file."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hyperface.detection.answers import DetectedFace
from hyperface.detection.hyperface import HyperFace
from hyperface.errors import UserError
from hyperface.pictures.reading import UnreadablePicture
from hyperface.predictions.lookup import Predictions
from hyperface.predictions.reading import faces_of_row
from hyperface.predictions.results import Results, read_rows
from hyperface.predictions.rows import SKIPPED, found_row, skipped_row
from hyperface.records.pixels import read_pixels
from hyperface.records.record import Picture, Rejects
from hyperface.runs.progress import progress

Faces = list[DetectedFace]
LEAST_FITTING = 0.05  # of a data set's pictures have a row, or the names do not fit


def find_faces(
    detector: HyperFace, pictures: Sequence[Picture], folder: Path, rejects: Rejects
) -> list[Faces]:
    """Looks at every picture that has no row yet; a kill loses one picture.

    Args:
        detector: Finds the faces.
        pictures: In their stored frame, as they are annotated.
        folder: Of the rows, `faces.jsonl`; of this detector with these settings alone.
        rejects: Told which pictures cannot be looked at; they count as pictures without a find.

    Returns:
        For each picture its faces.
    """
    results = Results(folder)
    results.forget_unreadable()
    new = [picture for picture in pictures if not results.count(name_of(picture))]
    for picture in progress(new, description="pictures"):
        results.add(_look_at(detector, picture))
    return faces_of_rows(results, pictures, rejects)


def faces_of_rows(results: Results, pictures: Sequence[Picture], rejects: Rejects) -> list[Faces]:
    """What was found in each of some pictures, all of which have a row."""
    rows = {row["image"]: row for row in results.rows()}
    return [_faces(rows[name_of(picture)], results.path, rejects) for picture in pictures]


def median_seconds(folder: Path) -> float:
    """How long a picture took, of those kept in a folder; NaN of none."""
    rows = [row for row in Results(folder).rows() if row["status"] != SKIPPED]
    return float(np.median([row["seconds"] for row in rows])) if rows else float("nan")


def read_faces(path: Path, pictures: Sequence[Picture], rejects: Rejects) -> list[Faces]:
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


def _faces(row: dict, path: Path, rejects: Rejects) -> Faces:
    if row.get("status") == SKIPPED:
        rejects.add(f"{row.get('reason')}, taken as nothing found", row["image"])
    return faces_of_row(row, path)


def name_of(picture: Picture) -> str:
    """How the rows call an annotated picture."""
    return f"{picture.source}/{picture.name}"


def _look_at(detector: HyperFace, picture: Picture) -> dict:
    start = time.perf_counter()
    try:
        image = read_pixels(picture)
    except UnreadablePicture as error:
        return skipped_row(name_of(picture), error.reason)
    faces = detector.detect(image)
    seconds = time.perf_counter() - start
    return found_row(name_of(picture), image.shape[1::-1], faces, seconds)
