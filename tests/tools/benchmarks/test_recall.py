import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from tools.benchmarks import recall
from tools.benchmarks.recall import NATIVE, Search, search_all_ways, summarize


@pytest.fixture
def image(tmp_path) -> AnnotatedImage:
    path = tmp_path / "one.png"
    Image.new("RGB", (100, 80)).save(path)
    faces = tuple(Face(np.array(box, np.float32)) for box in ([0, 0, 20, 20], [40, 40, 60, 60]))
    return AnnotatedImage(path, path.name, "drawn", 100, 80, faces)


def test_the_best_overlap_is_given_for_each_cut(image, monkeypatch):
    sides = []

    def propose(pixels, method, working_side, min_side):
        sides.append(working_side)
        return np.array([[0, 0, 20, 40], [0, 0, 20, 20], [40, 40, 60, 55]], np.float32)

    monkeypatch.setattr(recall, "propose", propose)
    searches = search_all_ways(image, ["opencv_fast"], ["50", "300", NATIVE], [1, 2, 1000, None])
    assert sorted(sides) == [50, 100]  # 300 and native leave the image as it is: once for both.
    for side in ("50", "300", NATIVE):
        search = searches["opencv_fast", side]
        assert search.boxes == 3
        # 20 x 20 of 20 x 40 is 0.5; 20 x 15 of 20 x 20 is 0.75.
        np.testing.assert_allclose(search.best_iou, [[0.5, 1, 1, 1], [0, 0, 0.75, 0.75]])


def test_no_boxes_find_no_faces(image, monkeypatch):
    monkeypatch.setattr(recall, "propose", lambda *_: np.empty((0, 4), np.float32))
    searches = search_all_ways(image, ["opencv_fast"], [NATIVE], [1, None])
    assert searches["opencv_fast", NATIVE].best_iou.tolist() == [[0, 0], [0, 0]]


def test_the_summary_counts_faces_rather_than_images(image, tmp_path):
    face = (Face(np.zeros(4, np.float32)),)
    large = AnnotatedImage(tmp_path / "two.png", "two.png", "large", 500, 400, face)
    searches = [
        Search(0.5, 10, np.array([[0.4, 0.9], [0.5, 0.6]])),  # Exactly 0.5 is not found.
        Search(1.5, 30, np.array([[0.51, 0.51]])),
    ]
    row = summarize("opencv_fast", "200", searches, [image, large])
    np.testing.assert_allclose(row.recall, [1 / 3, 1])
    assert row.recall_of_source == {"drawn": 1, "large": 1}
    assert row.overlap == pytest.approx((0.9 + 0.6 + 0.51) / 3)
    assert (row.boxes, row.seconds, row.seconds_large) == (20, 1, 1.5)
