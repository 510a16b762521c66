"""Scores regions of images with the network, in batches, each region once."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

import numpy as np

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.errors import UserError, prefix_user_errors
from hyperface.exporting.runtimes import Predicts
from hyperface.regions.cropping import REGION_SIDE, ShrinkingImage
from hyperface.utils.ahead import map_ahead

BATCH = 64  # the fastest of `make bench`
# Batches are padded to one of these sizes, because each new size is compiled (GPU, JAX).
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)

Result = TypeVar("Result")
Score = Callable[[np.ndarray], RegionPredictions]  # from (N, 4) int regions of one image
# Yields (N, 4) int regions to score, is sent the predictions for them, and returns a result.
Search = Generator[np.ndarray, RegionPredictions, Result]


class RegionScorer:
    """Scores regions of one image, each of them once.

    Args:
        model: HyperFace, or another network with some of its heads; from Keras, or exported.
        image: (H, W, 3) uint8 RGB.
        batch: Number of regions per batch.
        title: The name of the image in error messages; "" for no name.
    """

    def __init__(
        self, model: Predicts, image: np.ndarray, batch: int = BATCH, title: str = ""
    ) -> None:
        self.model, self.batch, self.title = model, batch, title
        self._image = ShrinkingImage(image)
        self._known = join([])
        self._rows: dict[tuple[int, ...], int] = {}

    def __len__(self) -> int:
        """The number of regions that were scored."""
        return len(self._rows)

    def __call__(self, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The network's predictions for (N, 4) int regions inside the image, in their order.

        Raises:
            UserError: A prediction is not a finite number.
        """
        (predictions,) = score_regions([(self, regions_xyxy)])
        return predictions

    def crop(self, region_xyxy: np.ndarray) -> np.ndarray:
        """(4,) int region -> (227, 227, 3) uint8, cropped as in training."""
        return self._image.crop(region_xyxy)

    def unscored(self, regions_xyxy: np.ndarray) -> np.ndarray:
        """(M, 4) int, those of (N, 4) regions that were not scored yet, without duplicates."""
        keys = dict.fromkeys(map(tuple, regions_xyxy.tolist()))
        return np.array([key for key in keys if key not in self._rows], int).reshape(-1, 4)

    def store(self, predictions: RegionPredictions) -> None:
        """Stores the predictions for regions that were not scored before."""
        for region in predictions.regions_xyxy.tolist():
            self._rows[tuple(region)] = len(self._rows)
        self._known = join([self._known, predictions])

    def predictions(self, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The stored predictions for regions, in their order."""
        return self._known.rows(
            np.array([self._rows[tuple(r)] for r in regions_xyxy.tolist()], int)
        )


def score_regions(requests: Sequence[tuple[RegionScorer, np.ndarray]]) -> list[RegionPredictions]:
    """Scores regions of several images in shared batches.

    Each scorer of one network has (N, 4) int regions of its image. The predictions for them are
    returned in the same order.

    Raises:
        UserError: A prediction is not a finite number.
    """
    unscored = [(scorer, scorer.unscored(regions)) for scorer, regions in requests]
    new = [(scorer, region) for scorer, regions in unscored for region in regions]
    if new:
        model, size = requests[0][0].model, requests[0][0].batch
        batches = [new[start : start + size] for start in range(0, len(new), size)]
        parts: list[dict[str, np.ndarray]] = []
        for batch, crops in zip(batches, map_ahead(_crops, batches, 1), strict=True):
            outputs = model.predict_on_batch(crops)
            parts.append({task: np.asarray(rows)[: len(batch)] for task, rows in outputs.items()})
        outputs = {task: np.concatenate([part[task] for part in parts]) for task in parts[0]}
        start = 0
        for scorer, regions in unscored:
            own = {task: rows[start : start + len(regions)] for task, rows in outputs.items()}
            start += len(regions)
            with prefix_user_errors(scorer.title):
                refuse_not_finite(own)
            scorer.store(RegionPredictions.from_outputs(own, regions))
    return [scorer.predictions(regions) for scorer, regions in requests]


def run_searches(searches: Sequence[Search[Result]], scorers: Sequence[Score]) -> list[Result]:
    """Runs one search for each image side by side, and returns what each of them returns.

    Scorers of regions of the same network share its batches; other functions are called one by one.
    """
    results: dict[int, Result] = {}
    waiting: dict[int, np.ndarray] = {}

    def advance(number: int, predictions: RegionPredictions | None) -> None:
        try:
            waiting[number] = searches[number].send(predictions)  # type: ignore[arg-type]
        except StopIteration as end:
            results[number] = end.value

    for number in range(len(searches)):
        advance(number, None)
    while waiting:
        requests = [(number, scorers[number], regions) for number, regions in waiting.items()]
        waiting.clear()
        shared = [
            (scorer, regions) for _, scorer, regions in requests if isinstance(scorer, RegionScorer)
        ]
        predictions = (
            score_regions(shared)
            if len(shared) == len(requests)
            else [scorer(regions) for _, scorer, regions in requests]
        )
        for (number, _, _), answer in zip(requests, predictions, strict=True):
            advance(number, answer)
    return [results[number] for number in range(len(searches))]


def refuse_not_finite(outputs: dict[str, Any]) -> None:
    """Checks that a network's outputs, by task, are finite numbers.

    Raises:
        UserError: They are not. A NaN score is below every threshold, so its face would be missed.
    """
    not_finite = [task for task, rows in outputs.items() if not np.isfinite(rows).all()]
    if not_finite:
        raise UserError(
            f"The network's predictions ({', '.join(not_finite)}) are not finite: give other "
            "weights, or set PRECISION to float32."
        )


def _crops(batch: Sequence[tuple[RegionScorer, np.ndarray]]) -> np.ndarray:
    """(m, 227, 227, 3) uint8, the crops of n regions, padded with empty ones."""
    size = next((size for size in SIZES if size >= len(batch)), len(batch))
    crops = np.zeros((size, REGION_SIDE, REGION_SIDE, 3), np.uint8)
    for row, (scorer, region) in enumerate(batch):
        crops[row] = scorer.crop(region)
    return crops
