"""The results before a training, kept for when the run is resumed."""

import json
from math import isnan
from types import SimpleNamespace

import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage
from hyperface.evaluation.metric_result import Estimate, MetricResult
from hyperface.steps import evaluation
from hyperface.steps.evaluation import evaluate_before

NAN = float("nan")
RESULT = MetricResult("pose", "yaw error", "degrees", False, Estimate(5.0), NAN, 2)


@pytest.fixture
def regions(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (9, 9)).save(path)
    return SimpleNamespace(evaluation_images=[AnnotatedImage(path, "a.png", "set", 9, 9)])


@pytest.fixture
def evaluated(monkeypatch):
    """How often a network was evaluated."""
    times = []
    monkeypatch.setattr(evaluation, "evaluate", lambda *given: (times.append(1), ([RESULT], {}))[1])
    return times


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_the_same_images_are_evaluated_once(tmp_path, regions, evaluated, told):
    for _ in range(2):
        (figure,) = evaluate_before(None, regions, None, tmp_path, told)
        assert figure.value == 5
        assert isnan(figure.estimate.low)
    assert len(evaluated) == 1
    json.loads((tmp_path / "before.json").read_text(), parse_constant=refuse)
    Image.new("RGB", (9, 9), (255, 0, 0)).save(tmp_path / "a.png")
    evaluate_before(None, regions, None, tmp_path, told)
    assert len(evaluated) == 2


def test_a_file_of_a_former_release_is_read(tmp_path, regions, evaluated, told):
    (tmp_path / "before.json").write_text(json.dumps([RESULT.as_dict()]))
    assert evaluate_before(None, regions, None, tmp_path, told)[0].value == 5
    assert not evaluated


def test_a_missing_interval_is_a_dash():
    assert str(RESULT) == "yaw error 5.00 degrees (- to -), constant baseline -, 2 labeled"
