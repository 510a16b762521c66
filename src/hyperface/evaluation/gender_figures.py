"""How often the gender is right."""

import numpy as np

from hyperface.evaluation.figures import EVERY, Measure
from hyperface.evaluation.matched import MatchedFaces
from hyperface.tasks import GENDERS


def gender_measures(faces: MatchedFaces) -> list[Measure]:
    """Accuracy over all and by gender, and the mean of the two."""
    truth = faces.truth.females
    labelled = np.isfinite(truth) & faces.answered(faces.found.females)
    kinds = [labelled & (truth == number) for number in range(len(GENDERS))]
    right = [
        np.isfinite(answer.females) & ((answer.females >= 0.5) == (truth >= 0.5))
        for answer in faces.answers
    ]

    def accuracy(which: int, rows: np.ndarray) -> float:
        return float(100 * right[which][rows].mean())

    def balanced(which: int, rows: np.ndarray) -> float:
        chosen = [rows[kind[rows]] for kind in kinds]
        if not all(map(len, chosen)):
            return float("nan")
        return float(100 * np.mean([right[which][some].mean() for some in chosen]))

    measures = []
    if labelled.any():
        measures.append(_measure("accuracy", labelled, accuracy))
    if all(kind.any() for kind in kinds):
        measures.append(_measure("balanced accuracy", labelled, balanced))
        measures += [
            _measure("accuracy", kind, accuracy, gender)
            for gender, kind in zip(GENDERS, kinds, strict=True)
        ]
    return measures


def _measure(name: str, labelled: np.ndarray, score, group: str = EVERY) -> Measure:
    return Measure("gender", name, "%", "higher", labelled, score, True, group)
