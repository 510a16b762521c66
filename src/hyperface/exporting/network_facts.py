"""What the user of an exported network needs to know: the JSON inside its file, or beside it."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from hyperface import __version__
from hyperface.geometry.schemes import scheme_of
from hyperface.proposals.locations import MAX_LOG, STRIDES, UNIT
from hyperface.tasks import GENDERS, VISIBLE

# Keys of a weights file's JSON that the facts have themselves; the others are its provenance.
OWN = ("network", "heads", "normalization", "preprocessing", "threshold", "calibration")
HEADS = {
    "detection": "probabilities of no face, face",
    "landmarks": "x and y of each landmark in turn: (x - cx) / w and (y - cy) / h of the region "
    "with center (cx, cy), width w and height h",
    "visibility": "of each landmark, about 0 (occluded) to 1 (visible)",
    "pose": "roll, pitch, yaw in radians; yaw > 0: the nose points to the image's left; "
    "pitch > 0: it points up; roll > 0: the head turns clockwise",
    "gender": f"probabilities of {', '.join(GENDERS)}",
}
LOCATIONS = (
    "a row for each location, of each map from the finest on, row by row: the logit of the score, "
    "then the logarithms of the distances to the left, top, right and bottom edge of the box, in "
    "units of the stride times `unit`"
)


def region_network_facts(
    heads: Mapping[str, int], weights: Mapping[str, Any], common: Mapping[str, Any]
) -> dict[str, Any]:
    """The facts of a network that scores regions, with those of `common_facts`.

    `heads` has the width of each output by task, `weights` is the JSON beside the weights file.
    """
    facts: dict[str, Any] = {
        **common,
        "heads": {task: HEADS[task] for task in heads},
        "threshold": weights.get("threshold"),
        "calibration": weights.get("calibration"),
    }
    points = heads.get("visibility") or heads.get("landmarks", 0) // 2
    if points:
        facts |= {"landmarks": list(scheme_of(points).names), "visible_from": VISIBLE}
    if "gender" in heads:
        facts["genders"] = list(GENDERS)
    return facts


def proposal_detector_facts(common: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the proposal detector."""
    return {
        **common,
        "heads": {"locations": LOCATIONS},
        "strides": list(STRIDES),
        "unit": UNIT,
        "largest_logarithm": MAX_LOG,
    }


def common_facts(
    network: str, preprocessing: Mapping[str, Any], precision: str, weights: Mapping[str, Any]
) -> dict[str, Any]:
    """The facts that all exported networks have; `weights` is the JSON beside the weights file."""
    return {
        "network": network,
        "precision": precision,
        "normalization": weights.get("normalization"),
        "preprocessing": dict(preprocessing),
        "weights": {key: value for key, value in weights.items() if key not in OWN},
        "made_with": {"hyperface": __version__, "keras": version("keras")},
    }
