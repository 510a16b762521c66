"""Asking the network about regions of an image, in batches, about each region once."""

from typing import Any

import keras
import numpy as np

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.errors import UserError
from hyperface.regions.cropping import REGION_SIDE, crop_region
from hyperface.utils.ahead import map_ahead

BATCH = 64  # the fastest of `make bench`


class RegionScorer:
    """What the network says of regions of one image, each of which is scored once.

    Args:
        model: HyperFace, or another network with some of its heads.
        image: (H, W, 3) uint8 RGB.
        batch: Regions at once.
    """

    def __init__(self, model: keras.Model, image: np.ndarray, batch: int = BATCH) -> None:
        self._model, self._image, self._batch = model, image, batch
        self._known = join([])
        self._rows: dict[tuple[int, ...], int] = {}

    def __call__(self, regions_xyxy: np.ndarray) -> RegionPredictions:
        """The network's predictions, in the order of the regions.

        Args:
            regions_xyxy: (N, 4) int, inside the image.

        Raises:
            UserError: A prediction is not a finite number.
        """
        keys = list(map(tuple, regions_xyxy.tolist()))
        new = list(dict.fromkeys(key for key in keys if key not in self._rows))
        batches = [
            np.array(new[start : start + self._batch]) for start in range(0, len(new), self._batch)
        ]
        parts = [self._known]
        for regions, crops in zip(batches, map_ahead(self._crops, batches, 1), strict=True):
            outputs = self._model.predict_on_batch(crops)
            outputs = {task: np.asarray(rows)[: len(regions)] for task, rows in outputs.items()}
            refuse_not_finite(outputs)
            parts.append(RegionPredictions.from_outputs(outputs, regions))
        self._known = join(parts)
        self._rows |= {key: len(self._rows) + number for number, key in enumerate(new)}
        return self._known.rows(np.array([self._rows[key] for key in keys], int))

    def _crops(self, regions: np.ndarray) -> np.ndarray:
        """(n, 4) -> (m, 227, 227, 3), cut as in training.

        Empty crops fill the batch up to a power of two: few sizes, where each is compiled anew
        (GPU, JAX).
        """
        size = 1 << (len(regions) - 1).bit_length()
        crops = np.zeros((size, REGION_SIDE, REGION_SIDE, 3), np.uint8)
        for row, region in enumerate(regions):
            crops[row] = crop_region(self._image, region)
        return crops


def refuse_not_finite(outputs: dict[str, Any]) -> None:
    """Refuses a network's outputs, by task, where one is not a finite number.

    Raises:
        UserError: Such a score would be under every threshold, and its face be lost unseen.
    """
    spoilt = [task for task, rows in outputs.items() if not np.isfinite(rows).all()]
    if spoilt:
        raise UserError(
            f"the network's answers ({', '.join(spoilt)}) are no finite numbers: give other "
            "weights, or PRECISION=float32"
        )
