"""The trained network as a face detector: `FaceDetector.from_pretrained().detect(image)`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hyperface.detection.fast_proposals import FastProposals
from hyperface.detection.iterative_proposals import Score
from hyperface.detection.pipeline import DetectionSettings, faces_of
from hyperface.detection.region_predictions import DetectedFace, RegionPredictions
from hyperface.detection.scoring import BATCH, RegionScorer
from hyperface.errors import UserError
from hyperface.models.pretrained import PROPOSAL_WEIGHTS, pretrained_weights
from hyperface.models.table import HYPERFACE, NETWORKS
from hyperface.models.weights import load_network, read_header
from hyperface.proposals.selective_search import SearchOptions
from hyperface.proposals.selective_search import propose as selective_search
from hyperface.tasks import NUM_LANDMARKS, TASKS

# As in the training (config.py): the longer side is shrunk to 200 pixels for the search.
SEARCH: SearchOptions = {
    "method": "opencv_fast",
    "working_side": 200,
    "min_side": 8.0,
    "max_boxes": 1000,
}

PROPOSALS = ("fast", "selective_search")
HINT = "train them first (python src/main.py), or give the path of a .weights.h5 file"


class FaceDetector:
    """Finds faces in images, with landmarks, visibility, pose and gender.

    Attributes:
        model: As given.
        settings: As given.

    Args:
        model: FaceDetector, or another network with all five heads, with trained weights.
        settings: How regions become faces.
        propose: Gives the regions of an image worth looking at, (N, 4) xyxy; selective search as
            in training where it is not given.
        batch: Regions that the network is asked about at once.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: DetectionSettings | None = None,
        propose: Callable[[np.ndarray], np.ndarray] | None = None,
        batch: int = BATCH,
    ) -> None:
        self.settings = settings or DetectionSettings()
        self._propose = propose or partial(selective_search, **SEARCH)
        self.model = model
        self._scorer = RegionScorer(model, batch)

    @classmethod
    def from_pretrained(
        cls,
        weights: str | Path | None = None,
        proposals: str = "fast",
        dtype: str | None = None,
        **options: Any,
    ) -> "FaceDetector":
        """The detector with trained weights.

        Args:
            weights: A `.weights.h5` file; None takes the pretrained one, which is looked for in
                the folder that the environment variable HYPERFACE_WEIGHTS names, in the installed
                package, in the project's weights/pretrained, and in ~/.cache/hyperface. Its
                checksum is verified.
            proposals: What proposes regions: "fast", a small network, of which the weights lie
                beside those given or else are the pretrained ones; or "selective_search", as in the
                paper.
            dtype: Keras dtype policy, such as "mixed_bfloat16"; None takes the global one.
            **options: As of the class.

        Raises:
            UserError: There are no such weights, or they are damaged or of another network.
            ValueError: Another word for `proposals`.
        """
        if proposals not in PROPOSALS:
            raise ValueError(f"proposals is {proposals!r}, expected one of {', '.join(PROPOSALS)}")
        path = pretrained_weights() if weights is None else Path(weights)
        fast = None
        if proposals == "fast":
            beside = path.with_name(PROPOSAL_WEIGHTS)
            fast = beside if beside.is_file() else pretrained_weights(PROPOSAL_WEIGHTS)
        return cls.load(path, dtype, fast, **options)

    @classmethod
    def load(
        cls,
        weights: str | Path,
        dtype: str | None = None,
        fast: str | Path | None = None,
        **options: Any,
    ) -> "FaceDetector":
        """Builds the network that a weights file is of, and loads it.

        Args:
            weights: A `.weights.h5` file, as `main.py` writes it.
            dtype: Keras dtype policy, such as "mixed_bfloat16"; None takes the global one.
            fast: The weights of the proposal network, which then takes the place of selective
                search.
            **options: As of the class; the threshold is the one that the weights' JSON recommends
                unless `settings` are given.

        Raises:
            UserError: There is no such file, it is damaged, or it is of another network.
        """
        path = Path(weights)
        header = read_header(path)
        if header.landmarks not in (None, NUM_LANDMARKS):
            raise UserError(
                f"{path} finds {header.landmarks} landmarks, and faces in images are told "
                f"by {NUM_LANDMARKS}: give weights of a training with LANDMARKS = "
                f'"{NUM_LANDMARKS}"'
            )
        name = header.network
        if name not in NETWORKS or set(NETWORKS[name].heads) != set(TASKS):
            name = HYPERFACE  # whose missing layers are then named
        model = load_network(path, name, dtype, HINT)
        if header.threshold is not None:
            options.setdefault("settings", DetectionSettings(threshold=header.threshold))
        if fast is not None:
            options |= {"propose": FastProposals.load(Path(fast), HINT, dtype).propose}
        return cls(model, **options)

    def detect(
        self, image: np.ndarray, settings: DetectionSettings | None = None
    ) -> list[DetectedFace]:
        """Finds the faces in an image.

        Args:
            image: (H, W, 3) uint8 RGB.
            settings: Other than the detector's own.

        Returns:
            The faces, best score first; boxes and landmarks in the image's pixels.

        Raises:
            ValueError: Not an RGB uint8 image.
        """
        return self.faces(image, self.propose(image), settings)

    def propose(self, image: np.ndarray) -> np.ndarray:
        """(N, 4) float32 xyxy, the regions worth looking at; may run in another thread."""
        return self._propose(image)

    def faces(
        self,
        image: np.ndarray,
        proposals_xyxy: np.ndarray,
        settings: DetectionSettings | None = None,
        score: Score | None = None,
    ) -> list[DetectedFace]:
        """As `detect`, with (N, 4) proposals, and what answers for regions, of one's own."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ValueError(f"got {image.dtype} {image.shape}, expected uint8 (H, W, 3) RGB")
        height, width = image.shape[:2]
        score = score or partial(self.score, image)
        return faces_of(proposals_xyxy, score, width, height, settings or self.settings)

    def score(self, image: np.ndarray, regions_xyxy: np.ndarray) -> RegionPredictions:
        """What the network says of (N, 4) int regions of an image."""
        return self._scorer.score(image, regions_xyxy)
