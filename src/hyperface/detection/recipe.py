"""The recipe from which a detector is loaded, which can be sent to another process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.fast_proposals import FastProposals, FastSettings
from hyperface.exporting.runtimes import OnnxNetwork
from hyperface.proposals.selective_search import SearchOptions, propose


@dataclass(frozen=True)
class DetectorRecipe:
    """The files of the networks, and the settings."""

    weights: Path  # a `.weights.h5` file, or a folder of ONNX files
    fast: Path | None  # the proposal detector's file; None for selective search
    settings: DetectionSettings  # how regions become faces
    fast_settings: FastSettings  # the settings of the fast proposals
    search: SearchOptions  # the options of selective search
    dtype: str | None  # Keras dtype policy; None with ONNX files

    def load(self) -> FaceDetector:
        """Loads the networks.

        Raises:
            UserError: A file is missing, damaged or for another network.
        """
        options: dict[str, Any] = {"settings": self.settings, "propose": self._propose()}
        if self.weights.is_dir():
            return FaceDetector.from_onnx(self.weights, **options)
        return FaceDetector.load(self.weights, self.dtype, **options)

    def _propose(self) -> Callable[[np.ndarray], np.ndarray]:
        """The function that proposes the regions."""
        if self.fast is None:
            return partial(propose, **self.search)
        if self.weights.is_dir():
            return FastProposals(OnnxNetwork(self.fast), self.fast_settings).propose
        return FastProposals.load(self.fast, self.dtype, self.fast_settings).propose
