"""Asking the network about regions of an image, in batches."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.errors import UserError
from hyperface.regions.cropping import REGION_SIDE, crop_region
from hyperface.regions.encoding import decode_landmarks
from hyperface.tasks import NUM_LANDMARKS

BATCH = 64  # the fastest of `make bench`


class RegionScorer:
    """Cuts regions as in training and asks the network, cutting ahead while it computes.

    Args:
        model: HyperFace.
        batch: Regions at once.
    """

    def __init__(self, model: keras.Model, batch: int = BATCH) -> None:
        self._model = model
        self._batch = batch

    def score(self, image: np.ndarray, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The network's answers.

        Args:
            image: (H, W, 3) uint8 RGB.
            regions_xyxy: (N, 4) int, inside the image.

        Raises:
            UserError: An answer is not a finite number.
        """
        parts = []
        with ThreadPoolExecutor(1) as pool:
            for regions, crops in _cut_ahead(image, regions_xyxy, self._batch, pool):
                outputs = self._model.predict_on_batch(_padded(crops))
                outputs = {task: np.asarray(rows)[: len(crops)] for task, rows in outputs.items()}
                refuse_not_finite(outputs)
                parts.append(answers_in_pixels(outputs, regions))
        return join(parts)


def refuse_not_finite(outputs: dict[str, np.ndarray]) -> None:
    """Refuses a network's answers, by task, where one is not a finite number.

    Raises:
        UserError: Such a score would be under every threshold, and its face be lost unseen.
    """
    spoilt = [task for task, rows in outputs.items() if not np.isfinite(rows).all()]
    if spoilt:
        raise UserError(
            f"the network's answers ({', '.join(spoilt)}) are no finite numbers: give other "
            "weights, or PRECISION=float32"
        )


def _padded(crops: np.ndarray) -> np.ndarray:
    """(n, ...) -> the next power of two: few sizes, where each is compiled anew (GPU, JAX)."""
    more = (1 << (len(crops) - 1).bit_length()) - len(crops)
    return np.concatenate([crops, np.zeros((more, *crops.shape[1:]), crops.dtype)])


def answers_in_pixels(
    outputs: dict[str, np.ndarray], regions_xyxy: np.ndarray
) -> RegionPredictions:
    """The network's outputs for (N, 4) regions as answers in the image's pixels."""
    points = outputs["landmarks"].reshape(-1, NUM_LANDMARKS, 2)
    return RegionPredictions(
        regions_xyxy=regions_xyxy,
        scores=outputs["detection"][:, 1].astype(np.float64),
        landmarks=decode_landmarks(points, regions_xyxy),
        visibility=outputs["visibility"].astype(np.float64),
        poses=outputs["pose"].astype(np.float64),
        female_probabilities=outputs["gender"][:, 1].astype(np.float64),
    )


def _cut_ahead(
    image: np.ndarray, regions: np.ndarray, size: int, pool: ThreadPoolExecutor
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of regions and their crops, each cut while the one before is being used."""

    def cut(batch: np.ndarray) -> np.ndarray:
        crops = np.empty((len(batch), REGION_SIDE, REGION_SIDE, 3), np.uint8)
        for row, region in enumerate(batch):
            crops[row] = crop_region(image, region)
        return crops

    batches = [regions[start : start + size] for start in range(0, len(regions), size)]
    if not batches:
        return
    ahead = pool.submit(cut, batches[0])
    for number, batch in enumerate(batches):
        crops = ahead.result()
        if number + 1 < len(batches):
            ahead = pool.submit(cut, batches[number + 1])
        yield batch, crops
