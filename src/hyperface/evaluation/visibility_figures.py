"""How well hidden landmarks are told from visible ones."""

import numpy as np

from hyperface.detection.answers import VISIBLE
from hyperface.evaluation.figures import Measure
from hyperface.evaluation.matched import MatchedFaces
from hyperface.evaluation.measures import average_precision


def visibility_measures(faces: MatchedFaces) -> list[Measure]:
    """Average precision of the hidden points and balanced accuracy; none without both kinds."""
    truth = faces.truth.visibility
    labelled, hidden = np.isfinite(truth), truth < 0.5
    both = hidden.any() and (labelled & ~hidden).any()
    if not (both and faces.answered(faces.found.visibility)):
        return []
    answers = [answer.visibility for answer in faces.answers]
    right = [np.isfinite(a) & ((a >= VISIBLE) == ~hidden) for a in answers]

    def precision(which: int, rows: np.ndarray) -> float:
        values = answers[which][rows]
        use = labelled[rows] & np.isfinite(values)
        total = int(hidden[rows].sum())  # those of missed faces have no row and are not found
        return 100 * average_precision(-values[use], hidden[rows][use], total)

    def accuracy(which: int, rows: np.ndarray) -> float:
        classes = hidden[rows], labelled[rows] & ~hidden[rows]
        if not all(kind.any() for kind in classes):
            return float("nan")
        return float(100 * np.mean([right[which][rows][kind].mean() for kind in classes]))

    anything = labelled.any(axis=1)
    return [
        Measure("visibility", name, "%", "higher", anything, score, True)
        for name, score in (
            ("average precision of hidden points", precision),
            ("balanced accuracy of points", accuracy),
        )
    ]
