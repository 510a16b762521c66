import json
from dataclasses import replace

import numpy as np
import pytest

from hyperface.annotations.finding import BY_NAME
from hyperface.annotations.record import AnnotatedImage
from hyperface.evaluation.metric_result import Estimate, MetricResult
from hyperface.evaluation.published import (
    FILE,
    paper_values,
    published_rows,
    same_metric,
    source_and_marks,
)
from hyperface.evaluation.whole_images import evaluate_set

PRECISION = MetricResult(
    *("detection", "average precision", "%", True),
    without_misses=Estimate(),
    with_misses=Estimate(90, 80, 95),
    baseline=10,
    count=5,
    missed=1,
)


def test_every_row_has_a_known_data_set_and_mark():
    content = json.loads(FILE.read_text())
    for row in published_rows():
        assert row.data in BY_NAME or not row.data
        assert {mark for _, mark in row.values.values()} <= set(content["marks"])
        assert "HyperFace" in row.values
    assert len(published_rows()) == len(content["rows"])


def test_every_row_is_measured_here(make_face, found_as_annotated):
    """A measure renamed here would lose the paper's number beside it."""
    images = [
        AnnotatedImage(
            None, str(n), "aflw", 300, 200, (make_face(10, 10, 90, 90, n, pose=pose),), True
        )
        for n, pose in enumerate(
            np.radians([[0, 0, 15], [0, 0, 45], [0, 0, 75]]).astype(np.float32)
        )
    ]
    found = [[found_as_annotated(face) for face in image.faces] for image in images]
    figures = evaluate_set("aflw", images, found).results
    for row in published_rows():
        if row.task != "speed":
            (unit,) = {figure.unit for figure in figures if same_metric(row, figure)}
            assert unit == row.unit


def test_results_on_the_same_and_on_other_data_are_told_apart():
    same, other = paper_values(PRECISION, "afw")
    assert same == "HyperFace 97.9, R-CNN 90.3, Multitask_Face 97.2, HyperFace-ResNet 99.4"
    assert other == "92.5 (m) on pascal_faces, 90.1 on fddb"
    same, other = paper_values(PRECISION, "helen")
    assert same == ""
    assert other == "97.9 on afw, 92.5 (m) on pascal_faces, 90.1 on fddb"
    assert paper_values(replace(PRECISION, name="average precision, 11 points"), "afw") == ("", "")
    assert paper_values(replace(PRECISION, task="visibility"), "afw") == ("", "")


def test_a_yaw_band_is_compared_with_the_same_band_only():
    error = replace(PRECISION, task="landmarks", name="error / face size")
    assert paper_values(replace(error, group="yaw 30 to 60 degrees"), "aflw")[0] == (
        "HyperFace 4.14 (m), HyperFace-ResNet 2.88 (m)"
    )
    assert paper_values(replace(error, group="21 points"), "aflw") == ("", "")
    share = replace(error, name="faces with an error under 5 % of the face size")
    assert paper_values(replace(share, group="19 points"), "afw")[0].startswith("HyperFace 84.5")


def test_the_source_is_named():
    assert "arXiv 1603.01249" in source_and_marks()
    assert "(m) from memory" in source_and_marks()


@pytest.mark.parametrize(
    ("data", "measure", "network", "value"),
    [
        ("afw", "average precision", "HyperFace", 97.9),
        ("aflw", "yaw error", "HyperFace", 7.61),
        ("lfw", "accuracy", "HyperFace-ResNet", 94),
    ],
)
def test_the_file_has_the_numbers_of_the_paper(data, measure, network, value):
    (row,) = [row for row in published_rows() if (row.data, row.measure) == (data, measure)]
    assert row.values[network][0] == value
