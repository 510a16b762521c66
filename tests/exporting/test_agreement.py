"""When an exported network counts as the same; differences worked out by hand."""

import numpy as np
import pytest

from hyperface.exporting.agreement import compare

INPUTS = [np.zeros((2, 8, 8, 3), np.uint8), np.zeros((1, 8, 8, 3), np.uint8)]
RIGHT = {"detection": [[0.4, 0.6], [0.9, 0.1]], "pose": [[0.1, 0.2, 0.3], [0.0, 0.0, 0.0]]}


class Gives:
    def __init__(self, outputs):
        self.outputs = outputs

    def predict_on_batch(self, batch):
        if isinstance(self.outputs, dict):
            return {name: np.array(rows)[: len(batch)] for name, rows in self.outputs.items()}
        return np.array(self.outputs)[: len(batch)]


def test_the_same_answers_agree():
    found = compare(Gives(RIGHT), Gives(RIGHT), INPUTS)
    assert found.inputs == 3
    assert found.largest == {"detection": 0.0, "pose": 0.0}
    assert found.changed == {"detection": 0}
    assert found.faults(1e-4) == []


def test_the_largest_difference_of_each_head_counts():
    other = RIGHT | {"pose": [[0.1, 0.2, 0.3], [0.0, -0.03, 0.01]]}
    found = compare(Gives(RIGHT), Gives(other), INPUTS)
    assert found.largest["pose"] == pytest.approx(0.03)
    assert found.faults(0.04) == []
    assert found.faults(0.02) == ["pose differs by 0.03"]


def test_another_label_counts_however_small_the_difference():
    """Of three regions, the first stands in both batches: 0.504 of a face becomes 0.498."""
    right = RIGHT | {"detection": [[0.496, 0.504], [0.9, 0.1]]}
    other = RIGHT | {"detection": [[0.502, 0.498], [0.9, 0.1]]}
    found = compare(Gives(right), Gives(other), INPUTS)
    assert found.changed == {"detection": 2}
    assert found.faults(0.02) == ["detection has another class for 2 inputs"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"detection": RIGHT["detection"]},
        RIGHT | {"pose": [[0.1, 0.2], [0.0, 0.0]]},
        RIGHT | {"pose": [[0.1, 0.2, np.nan], [0.0, 0.0, 0.0]]},
    ],
    ids=["missing", "shape", "nan"],
)
def test_a_head_without_comparable_numbers_never_agrees(wrong):
    assert compare(Gives(RIGHT), Gives(wrong), INPUTS).faults(1e9) == ["pose differs by inf"]


def test_the_proposal_detectors_logits_are_compared_as_probabilities():
    """Logits 0 and log 3 are the probabilities 1/2 and 3/4."""
    right, other = [[[0.0, 1, 1, 1, 1]]] * 2, [[[np.log(3), 1, 1, 1, 1.5]]] * 2
    found = compare(Gives(right), Gives(other), INPUTS)
    assert found.largest == {"score": pytest.approx(0.25), "box": pytest.approx(0.5)}
    assert found.changed == {}
