"""Command: how well faces are found in whole held-out pictures, stage by stage."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hyperface.detection.answers import Answers, DetectedFace, join
from hyperface.detection.hyperface import HyperFace
from hyperface.detection.pipeline import DetectionSettings
from hyperface.evaluation.detections import (
    DetectionFigure,
    JudgedPicture,
    detection_figure,
    judge_picture,
)
from hyperface.pictures.reading import UnreadablePicture
from hyperface.records.pixels import read_pixels
from hyperface.records.record import Picture, Rejects
from hyperface.runs.progress import progress

ALL = "all data sets"


@dataclass
class Mode:
    """One way to find faces, and what it came to.

    Attributes:
        name: As the table has it.
        detector: Whose proposals.
        settings: How regions become faces.
        judged: By data set, its pictures.
        seconds: By picture; NaN where an earlier mode had asked the network already.
    """

    name: str
    detector: HyperFace
    settings: DetectionSettings
    judged: dict[str, list[JudgedPicture]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def figures(self, threshold: float) -> dict[str, DetectionFigure]:
        """By data set and for all together."""
        every = [each for some in self.judged.values() for each in some]
        groups = {ALL: every} | dict(sorted(self.judged.items()))
        return {name: detection_figure(judged, threshold) for name, judged in groups.items()}


def ablation(full: HyperFace, fast: HyperFace | None, settings: DetectionSettings) -> list[Mode]:
    """The paper's algorithm, the same without its stages, and the fast mode."""
    modes = [
        Mode("full", full, settings),
        Mode("without IRP", full, replace(settings, rounds=0)),
        Mode("without L-NMS", full, replace(settings, suppression="regions")),
        Mode("mean for median", full, replace(settings, combine="mean")),
    ]
    return modes if fast is None else [*modes, Mode("fast", fast, settings)]


def judge_modes(modes: Sequence[Mode], pictures: Sequence[Picture], rejects: Rejects) -> None:
    """Finds faces in every picture in every way, each region asked about once a detector.

    Args:
        modes: Get what they found.
        pictures: Held out, with their faces.
        rejects: Told which cannot be read.
    """
    for picture in progress(pictures, description="pictures"):
        try:
            image = read_pixels(picture)
        except UnreadablePicture as error:
            rejects.add(error.reason, picture.name)
            continue
        for mode, faces, seconds in _found(modes, image):
            boxes = np.array([face.box_xyxy for face in faces]).reshape(-1, 4)
            scores = np.array([face.score for face in faces])
            judged = judge_picture(boxes, scores, picture)
            mode.judged.setdefault(picture.source, []).append(judged)
            mode.seconds.append(seconds)


def _found(
    modes: Sequence[Mode], image: np.ndarray
) -> Iterator[tuple[Mode, list[DetectedFace], float]]:
    known: dict[int, tuple[np.ndarray, Memory]] = {}
    for mode in modes:
        start, fresh = time.perf_counter(), id(mode.detector) not in known
        if fresh:
            memory = Memory(lambda regions, mode=mode: mode.detector.score(image, regions))
            known[id(mode.detector)] = mode.detector.propose(image), memory
        proposals, memory = known[id(mode.detector)]
        faces = mode.detector.faces(image, proposals, mode.settings, memory)
        yield mode, faces, time.perf_counter() - start if fresh else float("nan")


class Memory:
    """Asks about each region of a picture once.

    Args:
        score: Asks the network.
    """

    def __init__(self, score: Callable[[np.ndarray], Answers]) -> None:
        self._score = score
        self._answers = join([])
        self._rows: dict[tuple[int, ...], int] = {}

    def __call__(self, regions_xyxy: np.ndarray) -> Answers:
        """The answers for (N, 4) int regions, in their order."""
        keys = list(map(tuple, regions_xyxy.tolist()))
        new = list(dict.fromkeys(key for key in keys if key not in self._rows))
        if new:
            self._rows |= {key: len(self._rows) + number for number, key in enumerate(new)}
            self._answers = join([self._answers, self._score(np.array(new))])
        return self._answers.rows(np.array([self._rows[key] for key in keys], int))


def table_lines(modes: Sequence[Mode], threshold: float) -> list[str]:
    """A Markdown table: average precision by mode and data set, with intervals."""
    figures: Mapping[str, Mapping[str, DetectionFigure]] = {
        mode.name: mode.figures(threshold) for mode in modes
    }
    sets = list(next(iter(figures.values())))
    head = f"| mode | {' | '.join(sets)} | found at {threshold:g} | wrong | seconds a picture |"
    lines = [head, "|---|" + "---|" * (len(sets) + 3)]
    for mode in modes:
        row = figures[mode.name]
        cells = [_cell(row[name]) for name in sets]
        whole, seconds = row[ALL], np.array(mode.seconds)
        fresh = seconds[np.isfinite(seconds)]
        took = f"{np.median(fresh):.2f}" if len(fresh) else ""
        lines.append(
            f"| {mode.name} | {' | '.join(cells)} | {whole.found} of {whole.faces} | {whole.wrong} "
            f"| {took} |"
        )
    return lines


def _cell(figure: DetectionFigure) -> str:
    if not figure.faces:
        return "no face"
    value, low, high = (100 * number for number in (figure.value, figure.low, figure.high))
    return f"{value:.1f} ({low:.1f} to {high:.1f})"
