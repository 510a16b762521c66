import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.whole_images import evaluate_sets
from hyperface.visualization.evaluation_report import write_ablation_report

BOX = np.array([20, 20, 60, 60], np.float32)


@pytest.fixture
def judged(tmp_path):
    """A set with a face that one mode finds, and a set without faces."""
    images = [
        AnnotatedImage(tmp_path / "a.png", "a.png", "set", 100, 80, (Face(BOX),), complete=True),
        AnnotatedImage(tmp_path / "b.png", "b.png", "bare", 100, 80, (), complete=True),
    ]
    points = np.zeros((21, 2))
    face = DetectedFace(BOX, 0.9, points, np.ones(21), np.zeros(3), 0.5)
    return {
        "full": evaluate_sets(images, [[face], []]),
        "less": evaluate_sets(images, [[], []]),
    }


def test_the_page_has_the_table_and_a_curve_for_each_set_with_faces(tmp_path, judged):
    table = ("mode", "found"), [("full", 1), ("less", 0)]
    skipped = ["1 x an empty file"]
    path = write_ablation_report(table, judged, {"data": "here"}, skipped, tmp_path / "out")
    page = path.read_text()
    assert page.count("<tr><td>full</td>") == page.count("<tr><td>less</td>") == 1
    assert "1 x an empty file" in page and "(PASCAL VOC)" in page and "here" in page
    drawn = {each.name for each in path.parent.glob("*.png")}
    assert drawn == {"all_data_sets_precisions.png", "set_precisions.png"}
    assert page.count("<img ") == 2
    with Image.open(path.parent / "set_precisions.png") as image:
        assert image.width > 300
