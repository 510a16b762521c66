"""The page of a miniature: two faces found, one missed."""

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.whole_images import evaluate_sets
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.visualization.evaluation_report import write_evaluation_report


def face_at(x, y, **labels):
    view = WeakPerspective(20, np.eye(3), np.array([x, y]))
    box, points = rectangle_of_view_xyxy(view), view.project(MEAN_FACE)
    return Face(np.float32(box), np.float32(points), np.ones(21, np.float32), **labels)


def found(face, move, **answers):
    answers = {"visibility": np.ones(21), "pose": np.zeros(3), "female_probability": 0.25} | answers
    return DetectedFace(face.box_xyxy, 0.9, landmarks=face.landmarks + move, **answers)


@pytest.fixture
def images(tmp_path):
    made = []
    for source, faces in (
        ("set", (face_at(60, 60), face_at(150, 60))),
        ("set", (face_at(60, 60),)),
        ("bare", ()),
    ):
        path = tmp_path / f"{len(made)}.png"
        Image.new("RGB", (220, 140), "gray").save(path)
        made.append(AnnotatedImage(path, path.name, source, 220, 140, faces, True))
    return made


def test_the_page_has_tables_curves_and_faces(tmp_path, images):
    first, second = images[0].faces
    answers = [[found(second, 8), found(first, 1)], [], []]
    out = tmp_path / "out"
    path = write_evaluation_report(
        evaluate_sets(images, answers), {"data": "here"}, ["1 x an empty file"], out
    )
    page = path.read_text()
    assert "set: 2 images, 3 faces" in page
    assert "bare: 1 images, 0 faces" in page
    assert "This data set has no labels to evaluate." in page
    assert "1 x an empty file" in page
    assert page.count("(PASCAL VOC)") == 1
    names = {each.name for each in out.iterdir()}
    assert {"set_precision_recall.png", "set_errors.png", "set_best.jpg", "set_missed.jpg"} <= names
    assert "all_data_sets_errors.png" in names
    assert page.count("<img ") == len(names) - 1


def test_faces_without_landmarks_are_ordered_by_iou(tmp_path, images):
    nothing = {
        "visibility": np.full(21, np.nan),
        "pose": np.full(3, np.nan),
        "female_probability": np.nan,
    }
    answers = [[found(face, np.nan, **nothing) for face in images[0].faces], [], []]
    path = write_evaluation_report(evaluate_sets(images, answers), {}, [], tmp_path / "out")
    assert "Found faces with the smallest 1 - IoU" in path.read_text()
