from types import SimpleNamespace

import numpy as np
import pytest
from one_by_one import CropsOfRegions
from PIL import Image

from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.regions.encoding import encode_landmarks
from hyperface.steps import photograph
from hyperface.steps.photograph import predict_photograph

NETWORK = SimpleNamespace(name="hyperface", output_names=["detection"])


class Said(list):
    def log(self, line):
        self.append(line)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xd8\xff\xe0 no more of a JPEG", "cannot be read"), (None, "there is nothing at")],
    ids=["broken", "missing"],
)
def test_an_unreadable_photograph_is_reported_and_does_not_stop_the_run(tmp_path, content, words):
    if content is not None:
        (tmp_path / "her.jpg").write_bytes(content)
    step = Said()
    settings = SimpleNamespace(PHOTOGRAPH="her.jpg")
    assert predict_photograph(NETWORK, settings, [], tmp_path, step) is None
    (line,) = step
    assert words in line
    assert "her.jpg" in line


def test_a_faces_json_of_another_program_is_no_annotation(tmp_path):
    (tmp_path / "faces.json").write_text('{"a": 1}')
    assert photograph._annotated(tmp_path / "her.jpg") is None


def test_the_photograph_is_optional(tmp_path):
    step = Said()
    assert predict_photograph(None, SimpleNamespace(PHOTOGRAPH=""), [], tmp_path, step) is None
    assert step == ["skipped: PHOTOGRAPH is empty"]


def test_a_network_without_detection_skips_the_photograph():
    step = Said()
    network = SimpleNamespace(name="r_cnn_pose", output_names=["pose"])
    settings = SimpleNamespace(PHOTOGRAPH="her.jpg")
    assert predict_photograph(network, settings, [], None, step) is None
    assert step == ["skipped: r_cnn_pose has no detection head"]


VIEW = WeakPerspective(15, np.eye(3), np.array([85.0, 57.0]))
BEST = np.array([60, 50, 100, 90])
REGIONS = np.array(
    [[x, y, x + side, y + side] for side in (30, 40, 60) for x in range(0, 120, 4)
     for y in range(0, 80, 4)], float,
)  # fmt: skip


class Scorer(CropsOfRegions):
    """A network with one head: the score of a region is its IoU with BEST."""

    asked = 0

    def __init__(self, model, image):
        super().__init__(self, image)

    def predict_on_batch(self, crops):
        regions = self.regions_of(crops)
        Scorer.asked += len(regions)
        scores = iou_matrix_xyxy(regions, BEST[None])[:, 0]
        return {"detection": np.stack([1 - scores, scores], axis=1)}


def test_the_best_of_all_regions_is_found_by_scoring_some_of_them(tmp_path, monkeypatch):
    Image.new("RGB", (160, 120)).save(tmp_path / "her.png")
    settings = SimpleNamespace(PHOTOGRAPH="her.png")
    monkeypatch.setattr(photograph, "RegionScorer", Scorer)
    monkeypatch.setattr(photograph, "search_options", lambda settings: {})
    monkeypatch.setattr(photograph, "propose", lambda pixels: REGIONS)
    step = Said()
    result = predict_photograph(NETWORK, settings, [], tmp_path, step)
    assert result.face.box_xyxy.tolist() in ([60, 48, 100, 88], [60, 52, 100, 92])
    assert np.isnan(result.face.landmarks).all() and np.isnan(result.iou)
    assert Scorer.asked < len(REGIONS) / 2
    assert step == [
        f"her.png: 1,800 regions proposed, {Scorer.asked} scored; the best face: "
        f"score {result.face.score:.2f}"
    ]
    monkeypatch.setattr(photograph, "propose", lambda pixels: REGIONS[:0])
    assert predict_photograph(NETWORK, settings, [], tmp_path, step) is None
    assert step[1] == "skipped: selective search proposes no region of her.png"


class Seer(Scorer):
    """A network with all five heads, which sees the landmarks of one face in every region."""

    def predict_on_batch(self, crops):
        regions = self.regions_of(crops)
        scores = iou_matrix_xyxy(regions, rectangle_of_view_xyxy(VIEW)[None])[:, 0]
        points = VIEW.project(MEAN_FACE)
        landmarks = [encode_landmarks(points, each).reshape(-1) for each in regions]
        return {
            "detection": np.stack([1 - scores, scores], axis=1),
            "landmarks": np.stack(landmarks),
            "visibility": np.ones((len(regions), 21)),
            "pose": np.zeros((len(regions), 3)),
            "gender": np.zeros((len(regions), 2)),
        }


def test_irp_and_l_nms_give_the_face_its_own_box(tmp_path, monkeypatch):
    Image.new("RGB", (160, 120)).save(tmp_path / "her.png")
    monkeypatch.setattr(photograph, "RegionScorer", Seer)
    monkeypatch.setattr(photograph, "search_options", lambda settings: {})
    monkeypatch.setattr(photograph, "propose", lambda pixels: REGIONS)
    settings = SimpleNamespace(PHOTOGRAPH="her.png")
    face = predict_photograph(NETWORK, settings, [], tmp_path, Said()).face
    np.testing.assert_allclose(face.box_xyxy, rectangle_of_view_xyxy(VIEW), atol=0.05)
