"""Calibrates the outputs of a network: of the detections with 0.9, nine out of ten are faces.

The visibility of landmarks can be calibrated, too. In training, a landmark outside the region
counts as not visible, so that the network doubts every landmark at the border of a face, such as
the chin, in all regions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hyperface.tasks import NUM_LANDMARKS

CLOSEST = 1e-7  # scores are clipped to this distance from 0 and 1, where float32 rounds
PRIOR = 1.0  # strength with which an intercept of the visibility is drawn to 0


@dataclass(frozen=True)
class VisibilityCalibration:
    """The log odds that landmark k is visible: `slope` * (output - 0.5) + `intercepts[k]`.

    Raises:
        ValueError: The slope is not above 0, so the order of the outputs would change.
    """

    slope: float
    intercepts: tuple[float, ...]  # of the K landmarks

    def __post_init__(self) -> None:
        if not (np.isfinite([self.slope, *self.intercepts]).all() and self.slope > 0):
            raise ValueError(f"expected a slope above 0 and finite numbers, got {self}")

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "VisibilityCalibration":
        """Reads the entry in the JSON beside a weights file.

        Raises:
            ValueError: The entry does not have a slope above 0 and 21 intercepts.
        """
        try:
            slope, intercepts = float(facts["slope"]), tuple(map(float, facts["intercepts"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"expected a slope and a list of intercepts, got {facts}") from error
        if len(intercepts) != NUM_LANDMARKS:
            raise ValueError(f"expected {NUM_LANDMARKS} intercepts, got {len(intercepts)}")
        return cls(slope, intercepts)

    @classmethod
    def fitted(cls, outputs: ArrayLike, visible: ArrayLike) -> "VisibilityCalibration":
        """The most likely calibration; an intercept with few labels stays near 0.

        Args:
            outputs: (N, K) visibility as the network gives it; NaN without a prediction.
            visible: (N, K) 1 for visible, 0 for occluded, NaN without a label.

        Raises:
            ValueError: All or none of the labeled landmarks are visible.
        """
        from scipy.optimize import minimize  # only this function needs it

        outputs, visible = np.asarray(outputs, np.float64), np.asarray(visible, np.float64)
        known = np.isfinite(outputs) & np.isfinite(visible)
        landmark = np.broadcast_to(np.arange(outputs.shape[1]), outputs.shape)[known]
        centered, is_visible = outputs[known] - 0.5, visible[known] >= 0.5
        if not is_visible.any() or is_visible.all():
            raise ValueError("expected both visible and occluded landmarks")

        def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
            slope, intercepts = values[0], values[1:]
            log_odds = slope * centered + intercepts[landmark]
            error = logistic(log_odds) - is_visible
            total = np.logaddexp(0, np.where(is_visible, -log_odds, log_odds)).sum()
            gradient = np.bincount(landmark, error, len(intercepts)) + PRIOR * intercepts
            prior = PRIOR / 2 * (intercepts**2).sum()
            return float(total + prior), np.array([(error * centered).sum(), *gradient])

        start = np.array([5.0, *np.zeros(outputs.shape[1])])
        best = minimize(loss, start, jac=True, method="L-BFGS-B").x
        return cls(float(best[0]), tuple(best[1:].tolist()))

    def probabilities(self, outputs: ArrayLike) -> np.ndarray:
        """(..., K) outputs of the network -> (..., K) probabilities that a landmark is visible."""
        centered = np.asarray(outputs, np.float64) - 0.5
        return logistic(self.slope * centered + np.array(self.intercepts))


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: the log odds of a face are `slope` times those of the score + `intercept`.

    The defaults change neither the score nor the visibility.

    Raises:
        ValueError: The slope is not above 0, so the order of scores would change.
    """

    slope: float = 1.0
    intercept: float = 0.0
    visibility: VisibilityCalibration | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite([self.slope, self.intercept]).all() and self.slope > 0):
            raise ValueError(f"expected a slope above 0 and finite numbers, got {self}")

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any] | None) -> "Calibration":
        """Reads the entry in the JSON beside a weights file; None means no calibration.

        Raises:
            ValueError: The entry has no slope and intercept, or an unusable visibility.
        """
        if not facts:
            return cls()
        try:
            slope, intercept = float(facts["slope"]), float(facts["intercept"])
            visibility = facts.get("visibility")
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"expected a slope and an intercept, got {facts}") from error
        return cls(slope, intercept, visibility and VisibilityCalibration.from_facts(visibility))

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
        if (self.slope, self.intercept) == (1, 0):
            return np.asarray(scores, np.float64)
        return logistic(self.slope * _log_odds(scores) + self.intercept)

    def score_of(self, probability: float) -> float:
        """The score with this probability; 0 and 1 do not change."""
        if (self.slope, self.intercept) == (1, 0) or not 0 < probability < 1:
            return float(probability)
        return float(logistic((_log_odds(probability) - self.intercept) / self.slope))

    def visibilities(self, outputs: np.ndarray) -> np.ndarray:
        """(..., K) outputs of the network -> probabilities that a landmark is visible."""
        return outputs if self.visibility is None else self.visibility.probabilities(outputs)


def logistic(log_odds: ArrayLike) -> np.ndarray:
    """Log odds -> probabilities; as SciPy's `expit`, whose import would delay every prediction."""
    return 1 / (1 + np.exp(-np.asarray(log_odds)))


def _log_odds(scores: ArrayLike) -> np.ndarray:
    within = np.clip(np.asarray(scores, np.float64), CLOSEST, 1 - CLOSEST)
    return np.log(within) - np.log1p(-within)
