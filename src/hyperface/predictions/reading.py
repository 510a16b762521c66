"""Rows of predictions back to faces, of this program or of any other."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.geometry.landmarks import from_5, from_68
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import NUM_LANDMARKS

FROM_COUNT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    5: from_5,
    68: from_68,
    NUM_LANDMARKS: np.asarray,
}


def faces_of_row(row: dict, where: Path) -> list[DetectedFace]:
    """The faces of one row (`hyperface.predictions.rows`).

    A face needs a box and a score. Landmarks are 21, 68 (300-W order) or 5 (eye centers, nose,
    mouth corners); what another program does not give, or gives as null, is NaN.

    Args:
        row: With `image` and `faces`.
        where: The file it is from, for messages.

    Raises:
        UserError: A face is not of this form.
    """
    try:
        return [_face(entry) for entry in row["faces"]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"{where}: a face of {row['image']} cannot be used ({error}); it needs a box of four "
            "numbers, a score, and, where they are given, 5, 21 or 68 landmarks."
        ) from None


def _face(entry: dict) -> DetectedFace:
    box, score = _numbers(entry["box"], 4), float(entry["score"])
    if not (np.isfinite(box).all() and np.isfinite(score)):
        raise ValueError("a box or score that is not finite")
    points = entry.get("landmarks") or [[None, None]] * NUM_LANDMARKS
    if len(points) not in FROM_COUNT:
        raise ValueError(f"{len(points)} landmarks")
    pose = entry.get("pose") or {}
    degrees = _numbers([pose.get(angle) for angle in ANGLES], len(ANGLES))
    return DetectedFace(
        box_xyxy=box,
        score=score,
        landmarks=FROM_COUNT[len(points)](_numbers(points, len(points), 2)),
        visibility=_numbers(entry.get("visibility") or [None] * NUM_LANDMARKS, NUM_LANDMARKS),
        pose=np.radians(degrees),
        female_probability=float(_numbers((entry.get("gender") or {}).get("female"))),
    )


def _numbers(values: object, *shape: int) -> np.ndarray:
    """Nested lists of numbers and None -> float64 of that shape, NaN for None."""
    array = np.array(values, np.float64)
    if array.shape != shape:
        raise ValueError(f"expected {' x '.join(map(str, shape))} numbers, got {array.shape}")
    return array
