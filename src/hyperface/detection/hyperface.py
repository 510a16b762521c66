"""The trained network as a face detector: `HyperFace.load(path).detect(image)`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hyperface.detection.answers import DetectedFace
from hyperface.detection.pipeline import DetectionSettings, faces_of
from hyperface.detection.scoring import BATCH, RegionScorer
from hyperface.networks.hyperface import build_hyperface
from hyperface.networks.weights import read_weights, stored_normalization
from hyperface.proposals.selective_search import propose

# As in the training (config.py): the longer side is shrunk to 200 pixels for the search.
SEARCH: Mapping[str, Any] = {
    "method": "opencv_fast",
    "working_side": 200,
    "min_side": 8.0,
    "max_boxes": 1000,
}


class HyperFace:
    """Finds faces in pictures, with landmarks, visibility, pose and gender.

    Args:
        model: HyperFace, with trained weights.
        settings: How regions become faces.
        search: Keyword arguments of `proposals.selective_search.propose`.
        batch: Regions that the network is asked about at once.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: DetectionSettings | None = None,
        search: Mapping[str, Any] = SEARCH,
        batch: int = BATCH,
    ) -> None:
        self.settings = settings or DetectionSettings()
        self._search = dict(search)
        self._scorer = RegionScorer(model, batch)

    @classmethod
    def load(cls, weights: str | Path, dtype: str | None = None, **options: Any) -> "HyperFace":
        """Builds the network that a weights file is of, and loads it.

        Args:
            weights: A `.weights.h5` file, as `main.py` writes it.
            dtype: Keras dtype policy, such as "mixed_bfloat16"; None takes the global one.
            **options: As of the class.

        Raises:
            UserError: There is no such file, it is damaged, or it is of another network.
        """
        path = Path(weights)
        model = build_hyperface(stored_normalization(path), dtype=dtype)
        read_weights(model, path)
        return cls(model, **options)

    def detect(
        self, image: np.ndarray, settings: DetectionSettings | None = None
    ) -> list[DetectedFace]:
        """Finds the faces in a picture.

        Args:
            image: (H, W, 3) uint8 RGB.
            settings: Other than the detector's own.

        Returns:
            The faces, best score first; boxes and landmarks in the picture's pixels.

        Raises:
            ValueError: Not an RGB uint8 picture.
        """
        return self.faces(image, self.propose(image), settings)

    def propose(self, image: np.ndarray) -> np.ndarray:
        """(N, 4) float32 xyxy, the regions worth looking at; may run in another thread."""
        return propose(image, **self._search)

    def faces(
        self,
        image: np.ndarray,
        proposals_xyxy: np.ndarray,
        settings: DetectionSettings | None = None,
    ) -> list[DetectedFace]:
        """As `detect`, with (N, 4) proposals of one's own."""
        height, width = image.shape[:2]
        return faces_of(
            proposals_xyxy,
            lambda regions: self._scorer.score(image, regions),
            width,
            height,
            settings or self.settings,
        )
