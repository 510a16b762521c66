"""How far the head's angles lie from the annotated ones."""

import numpy as np

from hyperface.evaluation.figures import EVERY, Measure
from hyperface.evaluation.matched import MatchedFaces
from hyperface.evaluation.measures import angle_difference
from hyperface.evaluation.yaw_bands import YAW, yaw_bands
from hyperface.geometry.pose import ANGLES

GOOD = 15.0  # degrees; the paper's share on AFW
STEP = 15.0  # degrees, in which AFW's yaw is annotated
EDGE = 1e-3  # degrees: angles have been through radians in single precision


def pose_measures(faces: MatchedFaces) -> list[Measure]:
    """Mean errors and shares within 15 degrees, by angle; those of the yaw by yaw band too."""
    measures = []
    for number, angle in enumerate(ANGLES):
        if not faces.answered(faces.found.poses[:, number]):
            continue
        truth = np.degrees(faces.truth.poses[:, number])
        answers = [np.degrees(answer.poses[:, number]) for answer in faces.answers]
        errors = [angle_difference(answer, truth) for answer in answers]
        groups = {EVERY: np.isfinite(truth)}
        if number == YAW:
            groups |= yaw_bands(faces)
        for group, rows in groups.items():
            if rows.any():
                measures += [
                    _mean(f"{angle} error", errors, rows, group),
                    _share(f"{angle} within {GOOD:.0f} degrees", errors, rows, group),
                ]
    truth = np.degrees(faces.truth.poses[:, YAW])
    labelled = np.isfinite(truth) & faces.answered(faces.found.poses[:, YAW])
    if labelled.any() and np.allclose(truth[labelled], in_steps(truth[labelled]), atol=EDGE):
        errors = [
            angle_difference(in_steps(np.degrees(answer.poses[:, YAW])), in_steps(truth))
            for answer in faces.answers
        ]
        name = f"yaw, in steps of {STEP:.0f} degrees, within {GOOD:.0f} degrees"
        measures.append(_share(name, errors, labelled, EVERY))
    return measures


def in_steps(degrees: np.ndarray) -> np.ndarray:
    """The nearest multiple of 15 degrees."""
    return np.rint(degrees / STEP) * STEP


def _mean(name: str, errors: list[np.ndarray], labelled: np.ndarray, group: str) -> Measure:
    def score(which: int, rows: np.ndarray) -> float:
        known = errors[which][rows]
        known = known[np.isfinite(known)]
        return float(known.mean()) if len(known) else float("nan")

    return Measure("pose", name, "degrees", "lower", labelled, score, False, group)


def _share(name: str, errors: list[np.ndarray], labelled: np.ndarray, group: str) -> Measure:
    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * (errors[which][rows] <= GOOD + EDGE).mean())  # NaN is not

    return Measure("pose", name, "%", "higher", labelled, score, True, group)
