"""The page of a miniature run: a face and its prediction, a photograph, training regions."""

import re
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.metric_result import Estimate, MetricResult
from hyperface.regions.region import Region
from hyperface.visualization import run_report
from hyperface.visualization.run_report import PhotographResult, RunResults, write_report

HEADS = {
    "detection": np.array([[0.1, 0.9]]),
    "landmarks": np.zeros((1, 42)),
    "visibility": np.ones((1, 21)),
    "pose": np.zeros((1, 3)),
    "gender": np.array([[0.2, 0.8]]),
}


@pytest.fixture
def image(tmp_path):
    Image.new("RGB", (200, 120), "gray").save(tmp_path / "a.png")
    face = Face(np.float32([60, 20, 140, 100]), gender=1.0)
    return AnnotatedImage(tmp_path / "a.png", "a.png", "set <1>", 200, 120, (face,), True)


def epochs(start, *losses):
    """A history with these validation losses."""
    rows = [{"epoch": 0, "seconds": 0.0, "val_loss": start}]
    for epoch, loss in enumerate(losses, 1):
        rows.append({"epoch": epoch, "loss": 2.0, "seconds": 3.0, "val_loss": loss})
    return rows


def results(image, **more):
    region = Region(0, np.array([60, 20, 140, 100]), 0, 1.0, proposed=True)
    settings = {"FACE_IOU": 0.5, "DATA": None, "KEPT_EPOCH": "best", "DATA_WEIGHTS": {}}
    return RunResults(
        **{
            "settings": settings,
            "environment": {"cores": 2},
            "networks": [{"name": "hyperface", "parameters": 12345}],
            "histories": {"hyperface": epochs(9.0, 3.0), "other": []},
            "before": [],
            "figures": [],
            "predictions": HEADS,
            "regions": [region],
            "images": [image],
            "training_regions": [region] * 3,
            "training_images": [image],
            "held_out": True,
            "counts": {"training": {"set <1>": (2, 3)}},
            "photograph": None,
            "defaults": settings,
        }
        | more
    )


def test_the_page_shows_faces_regions_curves_and_settings(tmp_path, image):
    write_report(results(image), tmp_path / "run", [], sheet_faces=4, seed=1)
    page = (tmp_path / "run" / "report.html").read_text()
    for words in ("Held-out faces", "Training of hyperface", "1 epochs in", "12,345", "FACE_IOU"):
        assert words in page
    assert "set &lt;1&gt;" in page and "set <1>" not in page
    assert "Training of other" not in page  # which was not trained
    assert 'role="note"' not in page
    assert len(re.findall('<img src="data:image/(?:png|jpeg);base64,', page)) == 3
    faces = cv2.imread(str(tmp_path / "run" / "faces.jpg"))
    assert faces.shape == (34 + 24 + 300 + 22 + 8, 8 + 300 + 8 + 300 + 8, 3)  # one pair
    assert cv2.imread(str(tmp_path / "run" / "regions.jpg")).shape == (160 + 22, 3 * 160, 3)


def test_settings_that_were_changed_are_marked(tmp_path, image):
    same = {"KEPT_EPOCH": "best", "DATA_WEIGHTS": {}}
    settings = same | {"FACE_IOU": 0.6, "LOSS_WEIGHTS": {"pose": 5, "gender": 2}}
    defaults = same | {"FACE_IOU": 0.5, "LOSS_WEIGHTS": {"pose": 5, "gender": 1}}
    changed = results(image, settings=settings, defaults=defaults)
    write_report(changed, tmp_path / "run", [], 4, seed=1)
    page = (tmp_path / "run" / "report.html").read_text()
    table = page[page.index("differ from the defaults") : page.index("All settings")]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table)
    assert cells == ["FACE_IOU", "0.6", "0.5", "LOSS_WEIGHTS.gender", "2", "1"]
    write_report(results(image, settings=settings, defaults=settings), tmp_path / "run", [], 4, 1)
    assert "differ from the defaults" not in (tmp_path / "run" / "report.html").read_text()


def test_data_sets_are_shown_in_proportion_to_their_weights(tmp_path, image):
    images = [replace(image, source=source) for source in ["people"] * 8 + ["sample"] * 8]
    region = Region(0, np.array([60, 20, 140, 100]), 0, 1.0, proposed=True)
    regions = [replace(region, image=number) for number in range(16)]
    heads = {task: np.repeat(values, 16, axis=0) for task, values in HEADS.items()}
    settings = {"FACE_IOU": 0.5, "KEPT_EPOCH": "best", "DATA_WEIGHTS": {"people": 3.0}}
    shown = results(image, images=images, regions=regions, predictions=heads, settings=settings)
    rows = run_report._face_rows(shown, 8, seed=1)
    assert Counter(caption.split()[0] for *_, caption in rows) == {"people": 6, "sample": 2}


def test_a_start_that_no_epoch_improves_is_reported(tmp_path, image):
    histories = {"hyperface": epochs(1.0, 3.0, 2.0)}
    write_report(results(image, histories=histories), tmp_path / "run", [], 4, seed=1)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "2 epochs in" in page
    assert "hyperface: no epoch had a lower validation loss" in page


def test_metrics_that_got_worse_are_reported(tmp_path, image):
    before, after = (
        MetricResult("pose", "yaw error", "degrees", False, Estimate(v, v - 1, v + 1), 20.0, 9)
        for v in (5.0, 8.0)
    )
    write_report(results(image, before=[before], figures=[after]), tmp_path / "run", [], 4, seed=1)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "These metrics are worse than before the training" in page
    assert "yaw error from 5.00 to 8.00 degrees (7.00 to 9.00)" in page


def test_a_warning_comes_first_if_no_face_is_held_out(tmp_path, image):
    write_report(results(image, held_out=False), tmp_path / "run", [], sheet_faces=4, seed=1)
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.index("No face of this data is held out") < page.index("Results on training")
    assert "Training faces" in page


@pytest.mark.parametrize("heads", [["pose"], ["landmarks"], ["detection", "gender"]])
def test_a_network_with_fewer_heads_is_drawn_as_far_as_it_goes(tmp_path, image, heads):
    some = {task: HEADS[task] for task in heads}
    write_report(results(image, predictions=some), tmp_path / "run", [], sheet_faces=4, seed=1)
    assert (tmp_path / "run" / "faces.jpg").exists()


@pytest.mark.parametrize(
    ("overlap", "trained_on", "words"),
    [
        (0.75, False, "score 0.93; IoU 0.75 with the annotated face."),
        (np.nan, True, "score 0.93; this is a training image."),
    ],
)
def test_a_photograph_is_shown_with_what_was_found(tmp_path, image, overlap, trained_on, words):
    nothing = np.full((21, 2), np.nan)
    box = np.array([50.0, 10, 150, 110])
    face = DetectedFace(box, 0.93, nothing, nothing[:, 0], nothing[:3, 0], np.nan)
    photograph = PhotographResult(image, face, overlap, trained_on)
    write_report(results(image, photograph=photograph), tmp_path / "run", [], 4, seed=1)
    page = (tmp_path / "run" / "report.html").read_text()
    assert f"Highest-scoring region of a.png: {words}" in page
    assert (tmp_path / "run" / "photograph.jpg").exists()
