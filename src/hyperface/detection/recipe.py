"""All that a detector is loaded from, which can be sent to another process."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import HINT, FaceDetector
from hyperface.detection.fast_proposals import FastProposals, FastSettings
from hyperface.exporting.runtimes import OnnxNetwork, calibration_of, load_region_network
from hyperface.proposals.selective_search import SearchOptions, propose


@dataclass(frozen=True)
class DetectorRecipe:
    """Where the networks lie, and the settings.

    Attributes:
        weights: A `.weights.h5` file, or a folder of ONNX files.
        fast: The proposal detector's file; None for selective search.
        settings: How regions become faces.
        fast_settings: What becomes a proposal of the fast mode.
        search: The options of selective search.
        dtype: Keras dtype policy; None with ONNX files.
    """

    weights: Path
    fast: Path | None
    settings: DetectionSettings
    fast_settings: FastSettings
    search: SearchOptions
    dtype: str | None

    def load(self) -> FaceDetector:
        """Loads the networks.

        Raises:
            UserError: A file is missing, damaged or of another network.
        """
        if self.weights.is_dir():
            network = load_region_network(self.weights)
            fast = FastProposals(OnnxNetwork(self.fast), self.fast_settings) if self.fast else None
            propose_regions = fast.propose if fast else partial(propose, **self.search)
            calibration = calibration_of(network)
            return FaceDetector(network, self.settings, propose_regions, calibration=calibration)
        propose_regions = partial(propose, **self.search)
        if self.fast is not None:
            loaded = FastProposals.load(self.fast, HINT, self.dtype, self.fast_settings)
            propose_regions = loaded.propose
        return FaceDetector.load(
            self.weights, self.dtype, settings=self.settings, propose=propose_regions
        )
