import json
from types import SimpleNamespace

import numpy as np

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import SkipReport
from hyperface.geometry.mean_face import MEAN_FACE
from tools.rendering.exposure import jpeg
from tools.rendering.labels import face_entry, visible

POINTS = MEAN_FACE[:, :2] * (30, -30) + (150, 120)


def recipe(**changes):
    head = SimpleNamespace(gender=1, person=17, age=0.7, origin="asian", tone=0.31)
    face = {"pose": np.radians([3, -5, 20]), "head": head, "hair": "bob01", "glasses": "none"}
    return SimpleNamespace(**(face | {"hat": "cap", "cover": "hand"} | changes))


def test_a_landmark_in_the_image_is_visible_if_half_its_light_arrives():
    points = np.array([[10.0, 10], [-0.1, 10], [10, 50.1], [100, 50], [5, 5]])
    passing = np.array([1.0, 1.0, 1.0, 0.5, 0.49])
    assert visible(points, passing, 100, 50).tolist() == [True, False, False, True, False]


def test_labels_are_read_by_the_reader_of_own_faces(tmp_path):
    seen = np.arange(21) != 12
    entry = {"file": "a.jpg", "complete": True, "split": "validation"}
    entry["faces"] = [face_entry(POINTS, seen, recipe())]
    content = {"format": "hyperface-faces", "version": 1, "pictures": [entry]}
    (tmp_path / "faces.json").write_text(json.dumps(content))
    (tmp_path / "a.jpg").write_bytes(jpeg(np.zeros((240, 320, 3), np.uint8), 80))
    skipped = SkipReport()
    (image,) = own_faces.read(tmp_path, skipped)
    assert skipped.lines() == []
    assert image.complete
    assert image.split == "validation"
    (face,) = image.faces
    np.testing.assert_allclose(face.landmarks, POINTS, atol=0.05)
    assert face.visibility.tolist() == seen.astype(int).tolist()
    np.testing.assert_allclose(np.degrees(face.pose), [3, -5, 20], atol=0.05)
    assert face.gender == 1.0
    assert face.person == "head 17"
    np.testing.assert_allclose(face.box_xyxy, face.published_box_xyxy, atol=0.3)


def test_attributes_name_what_hides_the_face():
    notes = face_entry(POINTS, np.ones(21, bool), recipe())["attributes"]
    assert notes["occluder"] == "hand"
    assert notes["age"] == 0.7
    assert notes["origin"] == "asian"
    assert notes["skin"] == 0.31
