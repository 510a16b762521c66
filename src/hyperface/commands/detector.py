"""The detector of a command, and all that its answers depend on."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from hyperface.commands.project import describe_weights
from hyperface.detection.detector import FaceDetector
from hyperface.detection.pipeline import DetectionSettings
from hyperface.proposals.selective_search import propose
from hyperface.steps.setting_groups import search_options
from hyperface.training.precision import resolve_precision
from hyperface.utils.files import sha256_of
from hyperface.utils.settings import Settings


def ready_detector(
    weights: Path, fast: Path | None, settings: DetectionSettings, config: Settings
) -> tuple[FaceDetector, dict[str, Any]]:
    """Loads a detector, and says which weights it uses.

    Args:
        weights: Of HyperFace.
        fast: Of the proposal network; None proposes by selective search.
        settings: How regions become faces.
        config: Those of the proposals, and PRECISION.

    Returns:
        The detector; weights, precision, settings and proposals, for the file beside its results.

    Raises:
        UserError: A weights file is missing, damaged or of another network.
    """
    dtype = resolve_precision(config.PRECISION)
    search = search_options(config)
    proposals = {} if fast else {"propose": partial(propose, **search)}
    print(describe_weights(weights), flush=True)
    detector = FaceDetector.load(weights, dtype, fast, settings=settings, **proposals)
    return detector, {
        "weights": sha256_of(weights),
        "computes_in": dtype,
        "detection": asdict(settings),
        "proposals": {"network": sha256_of(fast)} if fast else search,
    }
