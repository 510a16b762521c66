"""How far the landmarks lie from where they were annotated.

The error of a face is the mean distance of its visible landmarks from the annotated ones, over one
of four sizes:

- the face size, the mean of width and height of the annotated box (Zhu and Ramanan, AFW),
- the distance of the eye centres,
- that of the eyes' outer corners (300-W),
- the size of the tight box around the annotated landmarks, the root of its area (3DDFA, AFLW).
"""

import numpy as np

from hyperface.evaluation.face_sizes import size_bands
from hyperface.evaluation.figures import Measure
from hyperface.evaluation.matched import Columns, MatchedFaces
from hyperface.evaluation.measures import landmark_error
from hyperface.evaluation.yaw_bands import yaw_bands
from hyperface.tasks import NUM_LANDMARKS

EARS, FIVE = (12, 16), (7, 10, 14, 17, 19)
# The 19 are those of AFLW's usual test, and all that can be derived from 68 points.
POINT_SETS = {
    "21 points": tuple(range(NUM_LANDMARKS)),
    "19 points": tuple(point for point in range(NUM_LANDMARKS) if point not in EARS),
    "5 points": FIVE,
}
EYES = (7, 10)
EYE_CORNERS = (6, 11)
FACE_SIZE, TIGHT_BOX = "face size", "box of the landmarks"
EYE_DISTANCE, CORNER_DISTANCE = "inter-ocular distance", "distance of the outer eye corners"
GOOD = 0.05  # of the face size; the paper's share on AFW


def landmark_measures(faces: MatchedFaces) -> list[Measure]:
    """Errors by size and point set, the share under 5 %, and errors by yaw and by face size."""
    if not faces.answered(faces.found.landmarks):
        return []
    measures, largest = [], None
    for name, points in applicable_point_sets(faces).items():
        for size, lengths in sizes(faces.truth).items():
            errors = landmark_errors(faces, points, lengths)
            if not _judged(errors).any():  # a set without eye corners, for one
                continue
            measures.append(_mean(f"error / {size}", errors, name))
            if size != FACE_SIZE:
                continue
            largest = errors if largest is None else largest
            measures.append(_share(errors, name))
    if largest is not None:
        measures += _by_band(faces, largest)
        measures += _by_face_size(faces, largest)
    return measures


def applicable_point_sets(faces: MatchedFaces) -> dict[str, tuple[int, ...]]:
    """The point sets that differ in what is annotated, the largest first; none without points."""
    annotated = _visible(faces.truth).any(axis=0)
    kept: dict[str, tuple[int, ...]] = {}
    for name, points in reversed(POINT_SETS.items()):
        before = list(next(reversed(kept.values()), ()))
        if annotated[list(points)].sum() > annotated[before].sum():
            kept[name] = points
    return dict(reversed(kept.items()))


def sizes(truth: Columns) -> dict[str, np.ndarray]:
    """By name, (n,) what an error is divided by, in pixels; NaN where it is not annotated."""
    sides = truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]
    low, high = (
        np.where(np.isfinite(truth.landmarks), truth.landmarks, beyond)
        for beyond in (np.inf, -np.inf)
    )
    tight = np.maximum(high.max(axis=1) - low.min(axis=1), 0)
    eyes, corners = (
        np.linalg.norm(truth.landmarks[:, one] - truth.landmarks[:, other], axis=1)
        for one, other in (EYES, EYE_CORNERS)
    )
    return {
        FACE_SIZE: sides.mean(axis=1),
        EYE_DISTANCE: eyes,
        CORNER_DISTANCE: corners,
        TIGHT_BOX: np.sqrt(tight.prod(axis=1)),
    }


def landmark_errors(
    faces: MatchedFaces, points: tuple[int, ...], lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) errors of the detector and of the constant answer, NaN where there is none.

    A landmark that the detector gives for no face at all is not asked of it.
    """
    given = np.isfinite(faces.found.landmarks).all(axis=-1)
    use = np.zeros(NUM_LANDMARKS, bool)
    use[list(points)] = True
    if given.any():
        use &= given.any(axis=0)
    visible = _visible(faces.truth) & use
    extent = np.where(lengths > 0, lengths, 0)  # 0 where it is NaN, too
    return tuple(
        landmark_error(answer.landmarks, faces.truth.landmarks, visible, extent)
        for answer in faces.answers
    )


def largest_set_errors(faces: MatchedFaces) -> tuple[np.ndarray, np.ndarray] | None:
    """(n,) errors over the face size of the detector and the constant answer, for the curve."""
    points = next(iter(applicable_point_sets(faces).values()), None)
    return points and landmark_errors(faces, points, sizes(faces.truth)[FACE_SIZE])


def _visible(truth: Columns) -> np.ndarray:
    """(n, 21) bool: annotated, and not as hidden."""
    return np.isfinite(truth.landmarks).all(axis=-1) & ~(truth.visibility < 0.5)


def _mean(name: str, errors: tuple[np.ndarray, np.ndarray], group: str) -> Measure:
    def score(which: int, rows: np.ndarray) -> float:
        return 100 * _mean_of_known(errors[which][rows])

    return Measure("landmarks", name, "%", "lower", _judged(errors), score, False, group)


def _share(errors: tuple[np.ndarray, np.ndarray], group: str) -> Measure:
    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * (errors[which][rows] < GOOD).mean())  # NaN is not

    name = f"faces with an error under {100 * GOOD:.0f} % of the {FACE_SIZE}"
    return Measure("landmarks", name, "%", "higher", _judged(errors), score, True, group)


def _by_band(faces: MatchedFaces, errors: tuple[np.ndarray, np.ndarray]) -> list[Measure]:
    """Errors by yaw band and the mean of the bands, which weighs each the same, as the paper."""
    bands = _judged_of(yaw_bands(faces), errors)

    def by_band(which: int, rows: np.ndarray) -> float:
        known = [errors[which][rows[band[rows]]] for band in bands.values()]
        return float(np.mean([100 * _mean_of_known(some) for some in known]))

    measures = _by_group(errors, bands)
    if len(measures) == len(bands):
        anywhere = np.any(list(bands.values()), axis=0)
        name, group = f"error / {FACE_SIZE}", "mean of the yaw bands"
        measures.append(Measure("landmarks", name, "%", "lower", anywhere, by_band, False, group))
    return measures


def _by_face_size(faces: MatchedFaces, errors: tuple[np.ndarray, np.ndarray]) -> list[Measure]:
    return _by_group(errors, _judged_of(size_bands(faces), errors))


def _judged_of(
    groups: dict[str, np.ndarray], errors: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """The faces of each group, by name (n,) bool, that have landmarks to be judged by."""
    return {name: rows & _judged(errors) for name, rows in groups.items()}


def _by_group(
    errors: tuple[np.ndarray, np.ndarray], groups: dict[str, np.ndarray]
) -> list[Measure]:
    """The mean error of each group of faces, by name (n,) bool, that has some."""

    def score(which: int, rows: np.ndarray) -> float:
        return 100 * _mean_of_known(errors[which][rows])

    name = f"error / {FACE_SIZE}"
    return [
        Measure("landmarks", name, "%", "lower", rows, score, False, group)
        for group, rows in groups.items()
        if rows.any()
    ]


def _judged(errors: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(n,) bool: the constant answer always has an error where one can be had."""
    return np.isfinite(errors[1])


def _mean_of_known(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
