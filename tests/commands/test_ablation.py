"""Modes side by side, with detectors that see colored squares."""

from functools import partial

import numpy as np
import pytest
from one_by_one import CropsOfRegions
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.commands.ablation import ablation, ablation_table
from hyperface.commands.finding_faces import find_faces
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.evaluation.whole_images import evaluate_sets
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.regions.encoding import encode_landmarks

VIEW = WeakPerspective(20, np.eye(3), np.array([80.0, 60.0]))
BOX = rectangle_of_view_xyxy(VIEW)


class Seer(FaceDetector):
    """Knows where the face is; a region's score is its IoU with it."""

    def __init__(self, proposals):
        settings = DetectionSettings(threshold=0.2, irp_scale=1.05)
        super().__init__(None, settings, lambda image: self.searched.append(1) or proposals)
        self.asked, self.searched = [], []
        self.scorer = partial(Scorer, self.asked)


class Scorer(CropsOfRegions):
    def __init__(self, asked, image, title=""):
        super().__init__(self, image, title=title)
        self._asked = asked

    def predict_on_batch(self, crops):
        regions = self.regions_of(crops)
        self._asked += regions.tolist()
        number, scores = len(regions), iou_matrix_xyxy(regions, BOX[None])[:, 0]
        points = VIEW.project(MEAN_FACE)
        landmarks = [encode_landmarks(points, each).reshape(-1) for each in regions]
        return {
            "detection": np.stack([1 - scores, scores], axis=1),
            "landmarks": np.stack(landmarks),
            "visibility": np.ones((number, 21)),
            "pose": np.zeros((number, 3)),
            "gender": np.zeros((number, 2)),
        }


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
    the exact box of IRP brings a high score.
    """
    loose = [BOX + np.array([-14, -14, 14, 14]), BOX + np.array([-28, 0, 0, 28])]
    return Seer(loose), Seer([BOX])


def test_modes_are_evaluated_and_each_region_is_scored_once(tmp_path, images, seers):
    full, fast = seers
    modes = ablation(full, {"fast": fast})
    skipped = SkipReport()
    found = find_faces(modes, images, tmp_path / "out", skipped)
    assert skipped.counts == {"an empty file, counted as no detections": 1}
    assert len(full.asked) == 2 * (2 + 1 + 1)  # two images: proposals, IRP's region in two sizes
    assert len(full.searched) == len(fast.searched) == 2
    columns, rows = ablation_table(
        {mode: evaluate_sets(images[:2], faces[:2]) for mode, faces in found.items()}, 0.9
    )
    assert columns[:3] == ["mode", "all data sets: average precision, %", "a: average precision, %"]
    by_mode = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    assert list(by_mode) == [
        *(
            "full",
            "without IRP",
            "IRP boxes not enlarged",
            "without L-NMS",
            "mean instead of median",
        ),
        *("nested faces kept", "fast"),
    ]
    for row in by_mode.values():
        assert row["all data sets: average precision, %"] == "100.00 (100.00 to 100.00)"
    assert by_mode["full"]["found at 0.9"] == 2
    assert by_mode["without IRP"]["found at 0.9"] == 0  # found, with a low score
    assert by_mode["full"]["wrong"] == 0
    # The proposals overlap IRP's region by 0.41, more than the 0.3 of plain suppression too.
    assert by_mode["without L-NMS"]["found at 0.9"] == 2


def test_detections_are_stored_and_reused(tmp_path, images, seers):
    full, fast = seers
    modes = ablation(full, {"fast": fast})
    first = find_faces(modes, images[:1], tmp_path / "out", SkipReport())
    asked = len(full.asked)
    again = find_faces(modes, images[:2], tmp_path / "out", SkipReport())
    assert len(full.asked) == 2 * asked  # the second image alone was new
    assert again["fast"][0][0].score == pytest.approx(first["fast"][0][0].score)


def test_a_changed_image_is_processed_again_in_every_mode(tmp_path, images, seers, capsys):
    full, fast = seers
    modes = ablation(full, {"fast": fast})
    find_faces(modes, images[:2], tmp_path / "out", SkipReport())
    asked = len(full.asked)
    capsys.readouterr()
    Image.new("RGB", (200, 150), (9, 9, 9)).save(images[0].path)
    found = find_faces(modes, images[:2], tmp_path / "out", SkipReport())
    said = capsys.readouterr().out
    assert said == "changed since the last run and processed again: 1 (a/a.png)\n"
    assert len(full.asked) == asked + 2 + 1 + 1  # as of one image of two, see above
    assert [len(faces) for faces in found.values()] == [2] * len(modes)
