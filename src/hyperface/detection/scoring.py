"""Asking the network about regions of images, in batches, about each region once."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

import numpy as np

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.errors import UserError, naming
from hyperface.exporting.runtimes import Predicts
from hyperface.regions.cropping import REGION_SIDE, ShrinkingImage
from hyperface.utils.ahead import map_ahead

BATCH = 64  # the fastest of `make bench`
# Batches are filled up to one of these sizes, as a new size is compiled anew (GPU, JAX).
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)

Result = TypeVar("Result")
Score = Callable[[np.ndarray], RegionPredictions]  # (N, 4) int regions of an image -> its answers
# Yields (N, 4) int regions that it wants the network's answers for, is sent them, returns a result.
Search = Generator[np.ndarray, RegionPredictions, Result]


class RegionScorer:
    """What the network says of regions of one image, each of which is scored once.

    Args:
        model: HyperFace, or another network with some of its heads; of Keras, or exported.
        image: (H, W, 3) uint8 RGB.
        batch: Regions at once.
        title: How errors call the image; they do not name it where this is empty.
    """

    def __init__(
        self, model: Predicts, image: np.ndarray, batch: int = BATCH, title: str = ""
    ) -> None:
        self.model, self.batch, self.title = model, batch, title
        self._image = ShrinkingImage(image)
        self._known = join([])
        self._rows: dict[tuple[int, ...], int] = {}

    def __len__(self) -> int:
        """How many regions the network was asked about."""
        return len(self._rows)

    def __call__(self, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The network's predictions for (N, 4) int regions inside the image, in their order.

        Raises:
            UserError: A prediction is not a finite number.
        """
        (answers,) = score_regions([(self, regions_xyxy)])
        return answers

    def crop(self, region_xyxy: np.ndarray) -> np.ndarray:
        """(4,) int -> (227, 227, 3) uint8, as in training."""
        return self._image.crop(region_xyxy)

    def unknown(self, regions_xyxy: np.ndarray) -> np.ndarray:
        """(M, 4) int, those of (N, 4) regions that were not asked about, each once."""
        keys = dict.fromkeys(map(tuple, regions_xyxy.tolist()))
        return np.array([key for key in keys if key not in self._rows], int).reshape(-1, 4)

    def store(self, answers: RegionPredictions) -> None:
        """Keeps the answers for regions that were unknown."""
        for region in answers.regions_xyxy.tolist():
            self._rows[tuple(region)] = len(self._rows)
        self._known = join([self._known, answers])

    def answers(self, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The answers for known regions, in their order."""
        return self._known.rows(
            np.array([self._rows[tuple(r)] for r in regions_xyxy.tolist()], int)
        )


def score_regions(asked: Sequence[tuple[RegionScorer, np.ndarray]]) -> list[RegionPredictions]:
    """Asks a network about regions of several images in shared batches.

    Args:
        asked: Scorers of the same network, and (N, 4) int regions of the image of each.

    Returns:
        The predictions for each scorer's regions, in their order.

    Raises:
        UserError: A prediction is not a finite number.
    """
    unknown = [(scorer, scorer.unknown(regions)) for scorer, regions in asked]
    new = [(scorer, region) for scorer, regions in unknown for region in regions]
    if new:
        model, size = asked[0][0].model, asked[0][0].batch
        batches = [new[start : start + size] for start in range(0, len(new), size)]
        parts: list[dict[str, np.ndarray]] = []
        for batch, crops in zip(batches, map_ahead(_crops, batches, 1), strict=True):
            outputs = model.predict_on_batch(crops)
            parts.append({task: np.asarray(rows)[: len(batch)] for task, rows in outputs.items()})
        outputs = {task: np.concatenate([part[task] for part in parts]) for task in parts[0]}
        start = 0
        for scorer, regions in unknown:
            own = {task: rows[start : start + len(regions)] for task, rows in outputs.items()}
            start += len(regions)
            with naming(scorer.title):
                refuse_not_finite(own)
            scorer.store(RegionPredictions.from_outputs(own, regions))
    return [scorer.answers(regions) for scorer, regions in asked]


def run_searches(searches: Sequence[Search[Result]], scorers: Sequence[Score]) -> list[Result]:
    """Runs searches side by side, so that their regions share the network's batches.

    Args:
        searches: One for each image.
        scorers: What answers for each image: region scorers of one network, which then shares
            batches, or other functions.

    Returns:
        What each search returns.
    """
    results: dict[int, Result] = {}
    waiting: dict[int, np.ndarray] = {}

    def advance(number: int, answers: RegionPredictions | None) -> None:
        try:
            waiting[number] = searches[number].send(answers)  # type: ignore[arg-type]
        except StopIteration as end:
            results[number] = end.value

    for number in range(len(searches)):
        advance(number, None)
    while waiting:
        asked = [(number, scorers[number], regions) for number, regions in waiting.items()]
        waiting.clear()
        shared = [
            (scorer, regions) for _, scorer, regions in asked if isinstance(scorer, RegionScorer)
        ]
        answers = (
            score_regions(shared)
            if len(shared) == len(asked)
            else [scorer(regions) for _, scorer, regions in asked]
        )
        for (number, _, _), answer in zip(asked, answers, strict=True):
            advance(number, answer)
    return [results[number] for number in range(len(searches))]


def refuse_not_finite(outputs: dict[str, Any]) -> None:
    """Refuses a network's outputs, by task, where one is not a finite number.

    Raises:
        UserError: One is not; a NaN score is below every threshold, so its face would be missed.
    """
    not_finite = [task for task, rows in outputs.items() if not np.isfinite(rows).all()]
    if not_finite:
        raise UserError(
            f"the network's answers ({', '.join(not_finite)}) are no finite numbers: give other "
            "weights, or PRECISION=float32"
        )


def _crops(batch: Sequence[tuple[RegionScorer, np.ndarray]]) -> np.ndarray:
    """(m, 227, 227, 3) of n regions, filled up with empty crops."""
    size = next((size for size in SIZES if size >= len(batch)), len(batch))
    crops = np.zeros((size, REGION_SIDE, REGION_SIDE, 3), np.uint8)
    for row, (scorer, region) in enumerate(batch):
        crops[row] = scorer.crop(region)
    return crops
