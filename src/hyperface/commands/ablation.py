"""Command: what each stage is worth, by the results on whole images without it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.commands.finding_faces import (
    Faces,
    faces_of_rows,
    file_key,
    files_of,
    name_of,
    say_changed,
)
from hyperface.detection.detector import FaceDetector
from hyperface.detection.pipeline import DetectionSettings
from hyperface.detection.region_predictions import DetectedFace, RegionPredictions, join
from hyperface.errors import naming
from hyperface.evaluation.whole_images import SetResults, evaluate_sets
from hyperface.images.reading import UnreadableImage
from hyperface.predictions.identity import file_at, with_content
from hyperface.predictions.results import Results
from hyperface.predictions.rows import found_row, skipped_row
from hyperface.utils.progress import progress

PRECISION = "average precision"
# Of all data sets together, beside the average precision of each.
OTHER_METRICS = ("error / face size", "yaw error", "accuracy")


@dataclass(frozen=True)
class Mode:
    """One way to find faces.

    Attributes:
        name: As the table has it.
        detector: Whose proposals and network.
        settings: How regions become faces.
    """

    name: str
    detector: FaceDetector
    settings: DetectionSettings


def ablation(
    full: FaceDetector, others: Mapping[str, FaceDetector], settings: DetectionSettings
) -> list[Mode]:
    """The paper's algorithm, the same without its stages, and other detectors by name."""
    return [
        Mode("full", full, settings),
        Mode("without IRP", full, replace(settings, rounds=0)),
        Mode("without L-NMS", full, replace(settings, suppression="regions")),
        Mode("mean for median", full, replace(settings, combine="mean")),
        Mode("nested faces kept", full, replace(settings, nested=1.0)),
        *(Mode(name, detector, settings) for name, detector in others.items()),
    ]


def find_in_modes(
    modes: Sequence[Mode],
    images: Sequence[AnnotatedImage],
    folder: Path,
    rejects: SkipReport,
    say: Callable[[str], None] = print,
) -> dict[str, list[Faces]]:
    """Finds faces in every image in every way, each region asked about once a detector.

    Args:
        modes: How to find them.
        images: With their faces.
        folder: Where what was found is kept, a folder a mode; a kill loses one image.
        rejects: Told which images cannot be read.
        say: Told how many have changed since they were looked at.

    Returns:
        By mode, for each image its faces.
    """
    kept = {mode.name: Results(folder / mode.name.replace(" ", "_")) for mode in modes}
    changed = [pixels for each in kept.values() for pixels in each.reconcile(files_of(images))]
    say_changed(sorted(set(changed)), say)

    def is_in(mode: str, image: AnnotatedImage) -> bool:
        return kept[mode].count(*file_key(image)) > 0

    new = [image for image in images if not all(is_in(mode, image) for mode in kept)]
    for image in progress(new, description="images"):
        for mode, row in _rows(modes, image):
            if not is_in(mode.name, image):
                kept[mode.name].add(row)
    found: dict[str, list[Faces]] = {}
    for name, results in kept.items():
        told = SkipReport() if found else rejects  # the same images in every mode: told once
        found[name] = faces_of_rows(results, images, told)
    return found


def _rows(modes: Sequence[Mode], image: AnnotatedImage) -> Iterator[tuple[Mode, dict]]:
    name, file = name_of(image), file_at(image.path)
    try:
        pixels = read_pixels(image)
    except UnreadableImage as error:
        yield from ((mode, skipped_row(name, error.reason, file=file)) for mode in modes)
        return
    file = with_content(file, image.path)
    known: dict[int, tuple[np.ndarray, Memory]] = {}
    for mode in modes:
        start = time.perf_counter()
        if id(mode.detector) not in known:
            memory = Memory(partial(mode.detector.score, pixels))
            with naming(name):
                known[id(mode.detector)] = mode.detector.propose(pixels), memory
        proposals, memory = known[id(mode.detector)]
        with naming(name):
            faces = mode.detector.faces(pixels, proposals, mode.settings, memory)
        seconds = time.perf_counter() - start
        yield mode, found_row(name, pixels.shape[1::-1], faces, seconds, file=file)


class Memory:
    """Asks about each region of an image once.

    Args:
        score: Asks the network.
    """

    def __init__(self, score: Callable[[np.ndarray], RegionPredictions]) -> None:
        self._score = score
        self._answers = join([])
        self._rows: dict[tuple[int, ...], int] = {}

    def __call__(self, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The answers for (N, 4) int regions, in their order."""
        keys = list(map(tuple, regions_xyxy.tolist()))
        new = list(dict.fromkeys(key for key in keys if key not in self._rows))
        if new:
            self._rows |= {key: len(self._rows) + number for number, key in enumerate(new)}
            self._answers = join([self._answers, self._score(np.array(new))])
        return self._answers.rows(np.array([self._rows[key] for key in keys], int))


def evaluate_modes(
    found: Mapping[str, Sequence[Sequence[DetectedFace]]], images: Sequence[AnnotatedImage]
) -> dict[str, list[SetResults]]:
    """Evaluates what was found in some images in every mode, as `evaluate_sets`."""
    return {name: evaluate_sets(images, faces) for name, faces in found.items()}


def ablation_table(
    modes: Mapping[str, Sequence[SetResults]], threshold: float
) -> tuple[list[str], list[list]]:
    """The results of every mode.

    Args:
        modes: By mode, of each data set.
        threshold: Score from which a detection is counted as found or wrong.

    Returns:
        Columns, and a row a mode: average precision of each data set, other results of all.
    """
    columns, rows = [], []
    for name, results in modes.items():
        everything = results[0]  # all data sets, or the only one
        measured = [each for each in results if each.results]
        others = {metric: _value(everything, metric) for metric in OTHER_METRICS}
        sure = [(each.right, each.scores >= threshold) for each in everything.matched]
        columns = [
            *("mode", *(f"{each.data}: {PRECISION}, %" for each in measured), *others),
            *(f"found at {threshold:g}", "wrong"),
        ]
        rows.append(
            [
                *(name, *(_value(each, PRECISION) for each in measured), *others.values()),
                int(sum((right & shown).sum() for right, shown in sure)),
                int(sum((~right & shown).sum() for right, shown in sure)),
            ]
        )
    return columns, rows


def _value(results: SetResults, name: str) -> str:
    """A metric's value with its interval: with misses as failures, or, of an error, without."""
    result = next((each for each in results.results if each.name == name), None)
    return "" if result is None else str(result.estimate)
