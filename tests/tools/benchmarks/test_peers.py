"""The comparison with other detectors, with detectors that are told what to find."""

from types import SimpleNamespace

import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.errors import UserError
from hyperface.geometry.rectangle import BoxRule
from tools.benchmarks import peers

IMAGE = np.zeros((90, 120, 3), np.uint8)


def test_boxes_become_squares_by_a_rule():
    boxes, scores = np.array([[10.0, 20, 40, 60]]), np.array([0.75])
    (face,) = peers.as_faces(boxes, scores, BoxRule(side=0.5, down=0.1))
    half = 0.5 * np.sqrt(30 * 40) / 2  # around (25, 44)
    np.testing.assert_allclose(face.box_xyxy, [25 - half, 44 - half, 25 + half, 44 + half])
    assert face.score == 0.75
    assert np.isnan(face.landmarks).all()


def test_images_are_processed_once_and_the_first_one_before(tmp_path):
    asked = []
    images = [AnnotatedImage(tmp_path / f"{n}.png", f"{n}.png", "a", 120, 90) for n in range(3)]
    found, cpu, elapsed = peers.measure(
        lambda pixels: asked.append(1) or [], images, "none", read=lambda image: IMAGE
    )
    assert found == [[], [], []]
    assert (len(asked), len(cpu)) == (4, 3)
    assert elapsed > 0 and min(cpu) >= 0


def test_boxes_of_a_resized_image_are_in_its_own_pixels(tmp_path):
    shapes = []

    def find(pixels):
        shapes.append(pixels.shape)
        return peers.as_faces(np.array([[80, 40, 160, 120.0]]), np.ones(1), BoxRule(side=1.0))

    image = AnnotatedImage(tmp_path / "a.png", "a.png", "a", 100, 50)
    read = lambda image: np.zeros((50, 100, 3), np.uint8)  # noqa: E731
    (((face,),), _, _) = peers.measure(find, [image], "none", 400, read)
    assert shapes == [(200, 400, 3)] * 2
    np.testing.assert_allclose(face.box_xyxy, [20, 10, 40, 30])


def test_the_table_has_a_row_for_each_detector(tmp_path, monkeypatch, capsys):
    face = Face(np.float32([10, 10, 50, 50]))
    image = AnnotatedImage(tmp_path / "a.png", "a.png", "a", 120, 90, (face,), True)
    box = np.array([[10, 10, 50, 50.0]])

    def seer(right):
        return lambda: (
            lambda pixels: peers.as_faces(box if right else box + 60, np.ones(1), BoxRule(side=1.0))
        )

    monkeypatch.setattr(peers, "available", lambda *_: {"seer": seer(True), "blind": seer(False)})
    monkeypatch.setattr(peers, "read_evaluated", lambda *_: [image])
    monkeypatch.setattr(peers, "measure", lambda find, *_: ([find(IMAGE)], [0.5], 2.0))
    assert peers.main(["--data", str(tmp_path)]) == 0
    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if "|" in line]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert [row[0] for row in cells] == ["detector", "---", "seer", "blind"]
    assert cells[2][1:4] == ["0.500", "0.500", "0.50"]
    assert cells[2][4].startswith("100.0") and cells[3][4].startswith("0.0")
    assert peers.main(["--data", str(tmp_path), "--only", "deaf"]) == 2
    assert "give some of seer, blind" in capsys.readouterr().err


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "yunet.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"yunet\.onnx is not an ONNX file"):
        peers.yunet_of(tmp_path / "yunet.onnx")


def test_answers_of_mediapipe_are_in_parts_of_the_image(monkeypatch):
    box = SimpleNamespace(xmin=0.25, ymin=0.5, width=0.5, height=0.25)
    answer = SimpleNamespace(
        location_data=SimpleNamespace(relative_bounding_box=box), score=[0.875]
    )
    network = SimpleNamespace(process=lambda image: SimpleNamespace(detections=[answer]))
    solutions = SimpleNamespace(
        face_detection=SimpleNamespace(FaceDetection=lambda *_, **__: network)
    )
    monkeypatch.setitem(__import__("sys").modules, "mediapipe.python.solutions", solutions)
    (face,) = peers.mediapipe()(np.zeros((80, 40, 3), np.uint8))
    np.testing.assert_allclose(face.box_xyxy, [10, 40, 30, 60])  # 20 x 20 pixels
    assert face.score == 0.875
