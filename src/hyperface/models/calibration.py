"""Calibrates scores to probabilities: of the detections with 0.9, nine out of ten are faces."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

CLOSEST = 1e-7  # scores are clipped to this distance from 0 and 1, where float32 rounds


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: the log odds of a face are `slope` times those of the score + `intercept`.

    The defaults do not change scores.

    Raises:
        ValueError: The slope is not above 0, so the order of scores would change.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite([self.slope, self.intercept]).all() and self.slope > 0):
            raise ValueError(f"expected a slope above 0 and finite numbers, got {self}")

    @classmethod
    def from_facts(cls, facts: Mapping[str, float] | None) -> "Calibration":
        """Reads the entry in the JSON beside a weights file; None means no calibration.

        Raises:
            ValueError: The entry has no slope and intercept.
        """
        try:
            return cls(float(facts["slope"]), float(facts["intercept"])) if facts else cls()
        except (KeyError, TypeError) as error:
            raise ValueError(f"expected a slope and an intercept, got {facts}") from error

    @classmethod
    def fitted(cls, scores: ArrayLike, correct: ArrayLike) -> "Calibration":
        """The maximum-likelihood calibration, with the targets of Platt (1999) to keep it finite.

        Args:
            scores: (N,) scores of detections.
            correct: (N,) bool, whether each is a face.

        Raises:
            ValueError: All or no detections are faces, or faces do not have higher scores.
        """
        from scipy.optimize import minimize  # only this function needs it

        odds, is_face = _log_odds(scores), np.asarray(correct, bool)
        faces, others = int(is_face.sum()), int((~is_face).sum())
        if not faces or not others:
            raise ValueError(f"got {faces} faces and {others} other detections, expected both")
        targets = np.where(is_face, (faces + 1) / (faces + 2), 1 / (others + 2))

        def loss(values: np.ndarray) -> float:
            log_odds = values[0] * odds + values[1]
            # -log p and -log (1 - p), which stay finite.
            likely = targets * np.logaddexp(0, -log_odds)
            return float((likely + (1 - targets) * np.logaddexp(0, log_odds)).mean())

        slope, intercept = minimize(loss, [1.0, 0.0], method="Nelder-Mead").x
        return cls(float(slope), float(intercept))

    def probabilities(self, scores: ArrayLike) -> np.ndarray:
        """Scores of the network, from 0 to 1 -> probabilities of a face."""
        if self == Calibration():
            return np.asarray(scores, np.float64)
        return _logistic(self.slope * _log_odds(scores) + self.intercept)

    def score_of(self, probability: float) -> float:
        """The score with this probability; 0 and 1 do not change."""
        if self == Calibration() or not 0 < probability < 1:
            return float(probability)
        return float(_logistic((_log_odds(probability) - self.intercept) / self.slope))


def _log_odds(scores: ArrayLike) -> np.ndarray:
    within = np.clip(np.asarray(scores, np.float64), CLOSEST, 1 - CLOSEST)
    return np.log(within) - np.log1p(-within)


def _logistic(log_odds: ArrayLike) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(log_odds)))
