"""Loads the paper's other networks as detectors, if they have been trained."""

from collections.abc import Callable
from pathlib import Path

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.models.table import HYPERFACE, NETWORKS, combine_models
from hyperface.models.weights import load_network
from hyperface.tasks import TASKS
from hyperface.utils.files import sha256_of

SINGLE_TASKS = "single-task networks"


def other_networks(
    folder: Path, dtype: str, settings: DetectionSettings, propose: Callable, log: Callable
) -> tuple[dict[str, FaceDetector], dict[str, str]]:
    """Loads the networks that the paper compares HyperFace with, `<network>.weights.h5` each.

    Returns:
        The detectors by their names in the table, and the checksums of the weights by network.
        Each network with all five heads (such as Multitask_Face, without fusion) is one detector;
        the single-task networks are combined into one.
    """
    found: dict[str, FaceDetector] = {}
    paths = {name: folder / f"{name}.weights.h5" for name in NETWORKS if name != HYPERFACE}
    sums = {name: sha256_of(path) for name, path in paths.items() if path.is_file()}
    single = [name for name in paths if set(NETWORKS[name].heads) != set(TASKS)]
    for name in [name for name in paths if name not in single]:
        title = NETWORKS[name].title
        if name in sums:
            found[title] = FaceDetector.load(paths[name], dtype, settings=settings, propose=propose)
        else:
            log(f"{title} is skipped: there are no weights at {paths[name]}")
    if missing := [name for name in single if name not in sums]:
        log(f"{SINGLE_TASKS} are skipped: {folder} has no weights of {', '.join(missing)}")
        sums = {name: checksum for name, checksum in sums.items() if name not in single}
    else:
        networks = [load_network(paths[name], name, dtype) for name in single]
        model = combine_models(networks, "single")
        found[SINGLE_TASKS] = FaceDetector(model, settings, propose)
    return found, sums
