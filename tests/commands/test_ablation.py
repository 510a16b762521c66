"""Modes side by side, with detectors that see colored squares."""

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.commands.ablation import (
    Memory,
    ablation,
    ablation_table,
    evaluate_modes,
    find_in_modes,
)
from hyperface.detection.detector import FaceDetector
from hyperface.detection.pipeline import DetectionSettings
from hyperface.detection.region_predictions import RegionPredictions
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy

VIEW = WeakPerspective(20, np.eye(3), np.array([80.0, 60.0]))
BOX = rectangle_of_view_xyxy(VIEW)


class Seer(FaceDetector):
    """Knows where the face is; a region's score is its IoU with it."""

    def __init__(self, proposals):
        super().__init__(None, propose=lambda image: np.array(proposals, np.float32))
        self.asked = 0

    def score(self, image, regions):
        self.asked += len(regions)
        number = len(regions)
        return RegionPredictions(
            regions,
            iou_matrix_xyxy(regions, BOX[None])[:, 0],
            np.tile(VIEW.project(MEAN_FACE), (number, 1, 1)),
            np.ones((number, 21)),
            np.zeros((number, 3)),
            np.zeros(number),
        )


@pytest.fixture
def images(tmp_path):
    made = []
    for name, faces in (("a.png", 1), ("b.png", 1), ("bad.png", 1)):
        Image.new("RGB", (200, 150)).save(tmp_path / name)
        face = Face(np.float32(BOX))
        made.append(
            AnnotatedImage(tmp_path / name, name, name[:1], 200, 150, (face,) * faces, True)
        )
    made[-1].path.write_bytes(b"")
    return made


@pytest.fixture
def seers():
    """The full detector and the fast one; the loose proposals have an IoU of 0.41 each, and only
    IRP's own region brings a high score.
    """
    loose = [BOX + np.array([-14, -14, 14, 14]), BOX + np.array([-28, 0, 0, 28])]
    return Seer(loose), Seer([BOX])


def test_modes_are_judged_and_the_network_asked_once(tmp_path, images, seers):
    full, fast = seers
    modes = ablation(full, {"fast": fast}, DetectionSettings(threshold=0.2))
    rejects = SkipReport()
    found = find_in_modes(modes, images, tmp_path / "out", rejects)
    assert rejects.counts == {"an empty file, taken as nothing found": 1}
    assert full.asked == 2 * (2 + 1)  # two images: proposals, and the region of IRP
    columns, rows = ablation_table(evaluate_modes(found, images[:2]), 0.9)
    assert columns[:3] == ["mode", "all data sets: average precision, %", "a: average precision, %"]
    by_mode = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    assert list(by_mode) == [
        *("full", "without IRP", "without L-NMS", "mean for median", "nested faces kept", "fast"),
    ]
    for row in by_mode.values():
        assert row["all data sets: average precision, %"] == "100.00 (100.00 to 100.00)"
    assert by_mode["full"]["found at 0.9"] == 2
    assert by_mode["without IRP"]["found at 0.9"] == 0  # found, with a low score
    assert by_mode["full"]["wrong"] == 0
    # The proposals overlap IRP's region by 0.41, more than the 0.3 of plain suppression too.
    assert by_mode["without L-NMS"]["found at 0.9"] == 2


def test_what_was_found_is_kept(tmp_path, images, seers):
    full, fast = seers
    modes = ablation(full, {"fast": fast}, DetectionSettings(threshold=0.2))
    first = find_in_modes(modes, images[:1], tmp_path / "out", SkipReport())
    asked = full.asked
    again = find_in_modes(modes, images[:2], tmp_path / "out", SkipReport())
    assert full.asked == 2 * asked  # the second image alone was new
    assert again["fast"][0][0].score == pytest.approx(first["fast"][0][0].score)


def test_memory_keeps_the_order_asked_for():
    asked = []
    seer = Seer([])

    def score(regions):
        asked.append(regions.tolist())
        return seer.score(None, regions)

    memory = Memory(score)
    first = memory(np.array([[0, 0, 9, 9], [1, 0, 9, 9], [0, 0, 9, 9]]))
    assert first.regions_xyxy.tolist() == [[0, 0, 9, 9], [1, 0, 9, 9], [0, 0, 9, 9]]
    second = memory(np.array([[2, 0, 9, 9], [0, 0, 9, 9]]))
    assert second.regions_xyxy.tolist() == [[2, 0, 9, 9], [0, 0, 9, 9]]
    assert asked == [[[0, 0, 9, 9], [1, 0, 9, 9]], [[2, 0, 9, 9]]]
    assert len(memory(np.zeros((0, 4), int))) == 0


def test_a_changed_image_is_looked_at_anew_in_every_mode(tmp_path, images, seers):
    full, fast = seers
    modes = ablation(full, {"fast": fast}, DetectionSettings(threshold=0.2))
    find_in_modes(modes, images[:2], tmp_path / "out", SkipReport())
    asked, said = full.asked, []
    Image.new("RGB", (200, 150), (9, 9, 9)).save(images[0].path)
    found = find_in_modes(modes, images[:2], tmp_path / "out", SkipReport(), said.append)
    assert said == ["changed since: 1 (a/a.png), looked at anew"]
    assert full.asked == asked + 2 + 1  # as of one image of two, see above
    assert [len(faces) for faces in found.values()] == [2] * len(modes)
