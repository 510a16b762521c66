"""HyperFace in Keras: faces, 21 landmarks and their visibility, head pose and gender.

    from hyperface import FaceDetector, read_image

    detector = FaceDetector.from_pretrained()
    for face in detector.detect(read_image("photo.jpg")):
        print(face.box_xyxy, face.score, face.landmarks, face.female_probability)

A name is imported when it is first used: `import hyperface` alone does not load TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hyperface.annotations.finding import load_dataset
    from hyperface.detection.detector import FaceDetector
    from hyperface.detection.region_predictions import DetectedFace
    from hyperface.errors import UserError
    from hyperface.evaluation.detector_evaluation import evaluate
    from hyperface.images.reading import read_image
    from hyperface.models.table import build_network
    from hyperface.pipeline import train_and_evaluate
    from hyperface.utils.defaults import default_settings

__version__ = "0.2.0"

_MODULES = {
    "DetectedFace": "detection.region_predictions",
    "FaceDetector": "detection.detector",
    "UserError": "errors",
    "build_network": "models.table",
    "default_settings": "utils.defaults",
    "evaluate": "evaluation.detector_evaluation",
    "load_dataset": "annotations.finding",
    "read_image": "images.reading",
    "train_and_evaluate": "pipeline",
}
__all__ = [
    "DetectedFace",
    "FaceDetector",
    "UserError",
    "__version__",
    "build_network",
    "default_settings",
    "evaluate",
    "load_dataset",
    "read_image",
    "train_and_evaluate",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'hyperface' has no attribute {name!r}")
    return getattr(importlib.import_module(f"hyperface.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
