"""The trained network as a face detector: `FaceDetector.from_pretrained().detect(image)`.

Keras is imported when a weights file is loaded; exported networks do not need it.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.detection.detection_settings import FAST_PROPOSALS, PROPOSALS, DetectionSettings
from hyperface.detection.fast_proposals import FastProposals
from hyperface.detection.iterative_proposals import iterate
from hyperface.detection.region_predictions import DetectedFace
from hyperface.detection.scoring import BATCH, RegionScorer, Score, Search, run_searches
from hyperface.detection.suppression import (
    suppress_by_landmarks,
    suppress_by_regions,
    without_nested,
)
from hyperface.errors import UserError
from hyperface.exporting.runtimes import (
    PROPOSAL_FILE,
    OnnxNetwork,
    Predicts,
    calibration_of,
    load_region_network,
)
from hyperface.models.calibration import Calibration
from hyperface.models.pretrained import pretrained_weights, proposal_weights_for
from hyperface.proposals.selective_search import propose as selective_search
from hyperface.proposals.selective_search import search_options
from hyperface.regions.region import whole_pixels_xyxy
from hyperface.tasks import NUM_LANDMARKS, TASKS
from hyperface.utils.defaults import default_settings


class FaceDetector:
    """Finds faces in images, with landmarks, visibility, pose and gender.

    All arguments but `batch` are attributes, as is `scorer`, which makes a scorer for the regions
    of an image.

    Args:
        model: HyperFace, or another network with all five heads, with trained weights; from Keras,
            or exported.
        settings: How regions become faces.
        propose: Returns the regions of an image to score, (N, 4) xyxy, possibly in another thread;
            by default selective search as in the default training.
        batch: Number of regions that the network scores at once.
        calibration: Converts the network's scores and visibilities to probabilities.
    """

    def __init__(
        self,
        model: Predicts,
        settings: DetectionSettings | None = None,
        propose: Callable[[np.ndarray], np.ndarray] | None = None,
        batch: int = BATCH,
        calibration: Calibration | None = None,
    ) -> None:
        self.model = model
        self.calibration = calibration or Calibration()
        self.settings = settings or DetectionSettings()
        self.propose = propose or partial(selective_search, **search_options(default_settings()))
        self.scorer: Callable[..., Score] = partial(RegionScorer, model, batch=batch)

    @classmethod
    def from_pretrained(
        cls,
        weights: str | Path | None = None,
        proposals: str = FAST_PROPOSALS,
        dtype: str | None = None,
        **options: Any,
    ) -> "FaceDetector":
        """Loads the detector with trained weights.

        Args:
            weights: A `.weights.h5` file; None means the pretrained one, which is searched in the
                folder that the environment variable HYPERFACE_WEIGHTS names, in the installed
                package, in the project's weights/pretrained, and in ~/.cache/hyperface. Its
                checksum is verified.
            proposals: The source of regions: "fast", a single-shot detector, whose weights are
                those beside the given ones or else the pretrained ones; or "selective_search", as
                in the paper.
            dtype: Keras dtype policy, such as "mixed_bfloat16"; None means the global one.
            **options: Further arguments of the class.

        Raises:
            UserError: There are no such weights, or they are damaged or for another network.
            ValueError: `proposals` has another value.
        """
        if proposals not in PROPOSALS:
            raise ValueError(f"proposals is {proposals!r}, expected one of {', '.join(PROPOSALS)}")
        path = pretrained_weights() if weights is None else Path(weights)
        fast = proposal_weights_for(path) if proposals == FAST_PROPOSALS else None
        return cls.load(path, dtype, fast, **options)

    @classmethod
    def load(
        cls,
        weights: str | Path,
        dtype: str | None = None,
        fast: str | Path | None = None,
        **options: Any,
    ) -> "FaceDetector":
        """Builds the network of a weights file, and loads the weights.

        Args:
            weights: A `.weights.h5` file, as `main.py` writes it.
            dtype: Keras dtype policy, such as "mixed_bfloat16"; None means the global one.
            fast: Weights of the proposal detector, which then replaces selective search, unless
                `propose` is given.
            **options: Further arguments of the class. Unless `settings` are given, the threshold is
                the one recommended in the JSON beside the weights, as is the calibration.

        Raises:
            UserError: There is no such file, it is damaged, or it is for another network.
        """
        from hyperface.models.table import HYPERFACE, NETWORKS
        from hyperface.models.weights import load_network, read_header

        path = Path(weights)
        header = read_header(path)
        if header.landmarks not in (None, NUM_LANDMARKS):
            raise UserError(
                f"{path} predicts {header.landmarks} landmarks, but detection in images needs "
                f'{NUM_LANDMARKS}: give weights trained with LANDMARKS = "{NUM_LANDMARKS}".'
            )
        name = header.network
        if name not in NETWORKS or set(NETWORKS[name].heads) != set(TASKS):
            name = HYPERFACE  # whose missing layers are then named
        model = load_network(path, name, dtype)
        if header.threshold is not None:
            options.setdefault("settings", DetectionSettings(threshold=header.threshold))
        options.setdefault("calibration", header.calibration)
        if fast is not None and options.get("propose") is None:
            options["propose"] = FastProposals.load(Path(fast), dtype).propose
        return cls(model, **options)

    @classmethod
    def from_onnx(cls, folder: str | Path, **options: Any) -> "FaceDetector":
        """Loads exported networks, which ONNX Runtime runs without TensorFlow.

        Args:
            folder: A folder written by `hyperface export --format onnx`.
            **options: Further arguments of the class. Unless `settings` are given, the threshold is
                that in the metadata of the network's file, as is the calibration.

        Raises:
            UserError: A file is missing or cannot be used, or ONNX Runtime is not installed.
        """
        network = load_region_network(Path(folder))
        threshold = network.facts.get("threshold")
        if threshold is not None:
            options.setdefault("settings", DetectionSettings(threshold=threshold))
        options.setdefault("calibration", calibration_of(network))
        if options.get("propose") is None:
            options["propose"] = FastProposals(OnnxNetwork(Path(folder, PROPOSAL_FILE))).propose
        return cls(network, **options)

    def with_settings(self, **changes: Any) -> "FaceDetector":
        """A copy of the detector with some settings changed."""
        other = copy.copy(self)
        other.settings = replace(self.settings, **changes)
        return other

    def detect(
        self,
        image: np.ndarray,
        settings: DetectionSettings | None = None,
        proposals_xyxy: np.ndarray | None = None,
        score: Score | None = None,
    ) -> list[DetectedFace]:
        """Finds the faces in an image: threshold, IRP, L-NMS, removal of nested faces.

        Args:
            image: (H, W, 3) uint8 RGB.
            settings: Settings to use instead of the detector's.
            proposals_xyxy: (N, 4) in pixels, if they are known.
            score: The scorer of the image, if some of its regions have been scored before.

        Returns:
            The faces, best score first; boxes and landmarks in pixels of the image.

        Raises:
            UserError: A prediction of the network is not a finite number.
            ValueError: The image is not uint8 RGB.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ValueError(f"got {image.dtype} {image.shape}, expected uint8 (H, W, 3) RGB")
        proposals = self.propose(image) if proposals_xyxy is None else proposals_xyxy
        search = self._search(image.shape[:2], proposals, settings or self.settings)
        (faces,) = run_searches([search], [score or self.scorer(image)])
        return faces

    def detect_batch(
        self,
        images: Sequence[np.ndarray],
        proposals_xyxy: Sequence[np.ndarray],
        scores: Sequence[Score],
    ) -> list[list[DetectedFace]]:
        """As `detect`, for several images, whose regions share the network's batches.

        Each image has (N, 4) proposals and a scorer, as `scorer` returns it.
        """
        searches = [
            self._search(image.shape[:2], proposals, self.settings)
            for image, proposals in zip(images, proposals_xyxy, strict=True)
        ]
        return run_searches(searches, scores)

    def _search(
        self, size: Sequence[int], proposals: np.ndarray, chosen: DetectionSettings
    ) -> Search[list[DetectedFace]]:
        height, width = size
        predictions = yield np.unique(whole_pixels_xyxy(proposals, width, height), axis=0)
        lowest = min(self.calibration.score_of(chosen.threshold), chosen.region_threshold)
        kept = predictions.rows(predictions.scores >= lowest)
        kept = yield from iterate(
            kept,
            width,
            height,
            iterations=chosen.irp_iterations,
            threshold=lowest,
            scale=chosen.irp_scale,
        )
        if chosen.suppression == "regions":
            faces = suppress_by_regions(kept, chosen.iou_threshold)
        else:
            faces = suppress_by_landmarks(kept, chosen.iou_threshold, chosen.top_k, chosen.combine)
        probabilities = self.calibration.probabilities([face.score for face in faces])
        faces = [
            replace(
                face,
                score=float(probability),
                visibility=self.calibration.visibilities(face.visibility),
            )
            for face, probability in zip(faces, probabilities, strict=True)
            if probability >= chosen.threshold
        ]
        return without_nested(faces, chosen.max_containment)
