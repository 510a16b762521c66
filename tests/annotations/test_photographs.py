"""The facts of data/photographs, read from its files, and that its reader agrees with them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import SkipReport
from hyperface.geometry.fitting import fit_weak_perspective
from hyperface.geometry.landmarks import LANDMARK_NAMES
from hyperface.geometry.pose import ANGLES
from hyperface.geometry.rectangle import face_rectangle_xyxy

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "data" / "photographs"
IMAGE_ENDINGS = {".jpg", ".png"}


@pytest.fixture(scope="module")
def annotation():
    return json.loads((PHOTOGRAPHS / "faces.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def images(annotation):
    return annotation["pictures"]


@pytest.fixture(scope="module")
def face(images):
    (face,) = [face for image in images for face in image["faces"]]
    return face


@pytest.fixture(scope="module")
def points(face):
    return {name: face["landmarks"][i] for i, name in enumerate(LANDMARK_NAMES)}


def labeled(face):
    """(21, 2) landmarks with NaN for null, and (21,) which of them have coordinates."""
    landmarks = np.array([[np.nan] * 2 if p is None else p for p in face["landmarks"]], float)
    return landmarks, np.isfinite(landmarks).all(axis=1)


def test_header(annotation):
    assert annotation["format"] == "hyperface-faces"
    assert annotation["version"] == 1
    assert annotation["licence"]


def test_lists_every_image_in_the_folder_once(images):
    listed = [image["file"] for image in images]
    on_disk = {f.name for f in PHOTOGRAPHS.iterdir() if f.suffix in IMAGE_ENDINGS}
    assert len(listed) == len(set(listed))
    assert set(listed) == on_disk


def test_readme_names_every_image_and_its_split(images):
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (PHOTOGRAPHS / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    in_readme = {row[0].strip("`"): row[1] for row in rows}
    for image in images:
        assert in_readme[image["file"]] == image["split"]


def test_images_open_and_are_small(images):
    for image in images:
        with Image.open(PHOTOGRAPHS / image["file"]) as pixels:
            pixels.load()
            assert max(pixels.size) <= 512, image["file"]
            assert pixels.mode in ("RGB", "L"), image["file"]
            assert "exif" not in pixels.info, image["file"]
    assert sum(f.stat().st_size for f in PHOTOGRAPHS.iterdir()) < 2_000_000


def test_one_face_in_training_and_a_third_of_the_rest_in_validation(images):
    assert [(p["file"], p["split"]) for p in images if p["faces"]] == [("astronaut.jpg", "train")]
    faceless = [p for p in images if not p["faces"]]
    assert len(faceless) == 12
    assert sum(p["split"] == "validation" for p in faceless) == 4
    assert {p["split"] for p in images} == {"train", "validation"}


def test_every_face_is_annotated(images):
    assert all(image["complete"] is True for image in images)


def test_face_has_all_labels(face):
    assert len(face["landmarks"]) == len(face["visibility"]) == 21
    assert set(face["visibility"]) <= {0, 1}
    _, known = labeled(face)
    assert all(known[i] for i, visible in enumerate(face["visibility"]) if visible)
    assert set(face["pose"]) == set(ANGLES)
    assert face["gender"] == "female"
    assert face["person"] == "Eileen Collins"


def test_points_and_box_lie_in_the_image(face):
    with Image.open(PHOTOGRAPHS / "astronaut.jpg") as image:
        width, height = image.size
    landmarks, known = labeled(face)
    assert (landmarks[known] >= 0).all()
    assert (landmarks[known] <= (width, height)).all()
    left, top, right, bottom = face["box"]
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


def test_box_is_the_face_rectangle_of_its_points(face):
    np.testing.assert_allclose(face["box"], face_rectangle_xyxy(*labeled(face)), atol=1.0)


def test_pose_is_that_of_the_fit(face):
    fitted = np.degrees(fit_weak_perspective(*labeled(face)).pose)
    stored = [face["pose"][angle] for angle in ANGLES]
    np.testing.assert_allclose(stored, fitted, atol=2.0)


def test_roll_agrees_with_the_line_through_the_eyes(face, points):
    (left_x, left_y), (right_x, right_y) = points["left eye center"], points["right eye center"]
    # y points down, so a right eye that is lower means a head turned clockwise: roll > 0.
    slope = np.degrees(np.arctan2(right_y - left_y, right_x - left_x))
    assert face["pose"]["roll"] == pytest.approx(slope, abs=3.0)


@pytest.mark.parametrize(
    "left_to_right",
    [
        LANDMARK_NAMES[0:6],  # brows
        LANDMARK_NAMES[6:12],  # eyes
        LANDMARK_NAMES[12:17],  # left ear, nose, right ear
        LANDMARK_NAMES[17:20],  # mouth
    ],
    ids=["brows", "eyes", "ears and nose", "mouth"],
)
def test_left_is_left_in_the_image(points, left_to_right):
    x = [points[name][0] for name in left_to_right]
    assert x == sorted(x)


def test_top_is_top_in_the_image(points):
    names = ["left brow center", "left eye center", "nose center", "mouth center", "chin center"]
    y = [points[name][1] for name in names]
    assert y == sorted(y)


def test_reader_takes_every_image_and_the_face(face):
    skipped = SkipReport()
    read = list(own_faces.read(PHOTOGRAPHS, skipped))
    assert skipped.lines() == []
    assert len(read) == 13
    assert all(image.complete for image in read)
    (record,) = [face for image in read for face in image.faces]
    np.testing.assert_allclose(record.landmarks, face["landmarks"], atol=1e-3)
    np.testing.assert_allclose(record.box_xyxy, face["box"], atol=1.0)
    np.testing.assert_allclose(np.degrees(record.pose), list(face["pose"].values()), atol=0.1)
    assert (record.visibility == face["visibility"]).all()
    assert record.gender == 1.0
