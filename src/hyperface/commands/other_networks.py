"""Step: the paper's other networks as detectors, where a training left their weights."""

from collections.abc import Callable
from pathlib import Path

import keras

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.models.table import HYPERFACE, NETWORKS, build_network
from hyperface.models.together import together
from hyperface.models.weights import read_weights, stored_normalization, stored_width
from hyperface.tasks import TASKS
from hyperface.utils.files import sha256_of

SINGLE_TASKS = "single-task networks"


def other_networks(
    folder: Path, dtype: str, settings: DetectionSettings, propose: Callable, say: Callable
) -> tuple[dict[str, FaceDetector], dict[str, str]]:
    """Loads the networks that the paper compares HyperFace with.

    Args:
        folder: Of weights, each `<network>.weights.h5`.
        dtype: Keras dtype policy.
        settings: How regions become faces.
        propose: Gives the regions of an image.
        say: Told what is left out.

    Returns:
        Detectors by their names in the table, and the weights' checksums by network: each network
        with all five heads (Multitask_Face, without fusion), and those of single tasks together.
    """
    found: dict[str, FaceDetector] = {}
    sums: dict[str, str] = {}
    single = [name for name, network in NETWORKS.items() if set(network.heads) != set(TASKS)]
    for name in NETWORKS:
        if name in (*single, HYPERFACE):
            continue
        path = _path(folder, name)
        if not path.is_file():
            say(f"{NETWORKS[name].title} is left out: there are no weights at {path}")
            continue
        found[NETWORKS[name].title] = FaceDetector.load(
            path, dtype, settings=settings, propose=propose
        )
        sums[name] = sha256_of(path)
    if missing := [name for name in single if not _path(folder, name).is_file()]:
        say(f"{SINGLE_TASKS} are left out: {folder} has no weights of {', '.join(missing)}")
    else:
        model = together([_loaded(_path(folder, name), name, dtype) for name in single], "single")
        found[SINGLE_TASKS] = FaceDetector(model, settings, propose)
        sums |= {name: sha256_of(_path(folder, name)) for name in single}
    return found, sums


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.weights.h5"


def _loaded(path: Path, name: str, dtype: str) -> keras.Model:
    model = build_network(name, stored_normalization(path), dtype=dtype, width=stored_width(path))
    read_weights(model, path)
    return model
