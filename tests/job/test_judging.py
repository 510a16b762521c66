"""Modes side by side, with detectors that see coloured squares."""

import numpy as np
import pytest
from PIL import Image

from hyperface.detection.answers import Answers
from hyperface.detection.hyperface import HyperFace
from hyperface.detection.pipeline import DetectionSettings
from hyperface.face.boxes import iou_matrix_xyxy
from hyperface.face.fitting import WeakPerspective
from hyperface.face.mean_face import MEAN_FACE
from hyperface.face.rectangle import rectangle_of_view_xyxy
from hyperface.job.judging import ALL, Memory, ablation, judge_modes, table_lines
from hyperface.records.record import Face, Picture, Rejects

VIEW = WeakPerspective(20, np.eye(3), np.array([80.0, 60.0]))
BOX = rectangle_of_view_xyxy(VIEW)


class Seer(HyperFace):
    """Knows where the face is; a region's score is its IoU with it."""

    def __init__(self, proposals):
        super().__init__(None, propose=lambda image: np.array(proposals, np.float32))
        self.asked = 0

    def score(self, image, regions):
        self.asked += len(regions)
        number = len(regions)
        return Answers(
            regions,
            iou_matrix_xyxy(regions, BOX[None])[:, 0],
            np.tile(VIEW.project(MEAN_FACE), (number, 1, 1)),
            np.ones((number, 21)),
            np.zeros((number, 3)),
            np.zeros(number),
        )


@pytest.fixture
def pictures(tmp_path):
    made = []
    for name, faces in (("a.png", 1), ("b.png", 1), ("bad.png", 1)):
        Image.new("RGB", (200, 150)).save(tmp_path / name)
        face = Face(np.float32(BOX))
        made.append(Picture(tmp_path / name, name, name[:1], 200, 150, (face,) * faces, True))
    made[-1].path.write_bytes(b"")
    return made


def test_modes_are_judged_and_the_network_asked_once(pictures):
    # Loose proposals, IoU 0.41 each; only IRP's own region brings a high score.
    loose = [BOX + np.array([-14, -14, 14, 14]), BOX + np.array([-28, 0, 0, 28])]
    full, fast = Seer(loose), Seer([BOX])
    modes = ablation(full, fast, DetectionSettings(threshold=0.2))
    rejects = Rejects()
    judge_modes(modes, pictures, rejects)
    assert rejects.counts == {"an empty file": 1}
    assert full.asked == 2 * (2 + 1)  # two pictures: proposals, and the region of IRP
    figures = {mode.name: mode.figures(0.9)[ALL] for mode in modes}
    assert figures["full"].value == figures["fast"].value == 1
    assert figures["full"].found == 2
    assert figures["without IRP"].value == 1  # found, with a low score
    assert figures["without IRP"].found == 0
    # The proposals overlap IRP's region by 0.41, more than the 0.3 of plain suppression too.
    assert figures["without L-NMS"].value == figures["mean for median"].value == 1
    assert set(modes[0].figures(0.9)) == {ALL, "a", "b"}
    lines = table_lines(modes, 0.9)
    assert len(lines) == 2 + len(modes)
    assert "100.0 (100.0 to 100.0)" in lines[2]
    assert lines[2].count("|") == lines[0].count("|") == lines[1].count("|")


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
