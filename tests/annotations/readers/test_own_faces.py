import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError


@pytest.fixture
def write(tmp_path, make_image):
    """Writes a `faces.json` of entries beside images a.jpg and b.jpg; gives the folder."""
    folder = tmp_path / "Holiday"
    make_image(folder / "a.jpg")
    make_image(folder / "b.jpg")

    def write(*entries):
        content = {"format": "hyperface-faces", "version": 1, "licence": "CC0"}
        (folder / "faces.json").write_text(json.dumps({**content, "pictures": entries}))
        return folder

    return write


def entry(*faces, **more):
    return {"file": "a.jpg", "complete": True, "faces": list(faces), **more}


def test_all_labels(write, skipped, face_landmarks):
    landmarks = face_landmarks(yaw=10).tolist()
    landmarks[16] = None
    visibility = [1] * 21
    visibility[12], visibility[16], visibility[0] = 0, 0, None
    face = {
        "box": [70, 40, 130, 120],
        "landmarks": landmarks,
        "visibility": visibility,
        "pose": {"roll": -90, "pitch": 30, "yaw": 180},
        "gender": "female",
        "person": "Ana",
        "attributes": {"race": "White", "glasses": "none"},
    }
    folder = write(entry(face, split="validation"))
    assert own_faces.recognizes(folder)
    (image,) = own_faces.read(folder, skipped)
    assert skipped.lines() == []
    assert (image.source, image.name, image.split) == ("holiday", "a.jpg", "validation")
    assert image.complete
    (face,) = image.faces
    np.testing.assert_allclose(face.landmarks[:16], face_landmarks(yaw=10)[:16], atol=1e-3)
    assert np.isnan(face.landmarks[16]).all()
    assert np.isnan(face.visibility[0])  # labeled, but nobody says whether it can be seen
    assert (face.visibility[[12, 16]] == 0).all()  # invisible, with and without a position
    np.testing.assert_allclose(face.pose, [-np.pi / 2, np.pi / 6, np.pi], rtol=1e-6)
    assert face.gender == 1.0
    assert (face.person, face.group) == ("Ana", "White")
    assert face.published_box_xyxy.tolist() == [70, 40, 130, 120]
    assert abs(face.box_xyxy[2] - face.box_xyxy[0] - 2.5 * 30) < 0.1  # FaceRectCalculator's


def test_an_ignored_box_is_checked_as_a_face_is(write, skipped):
    boxes = [[10, 10, 30, 40], [5, 5, 5, 9], [900, 10, 950, 60], [20, 20, 10, 40]]
    (image,) = own_faces.read(write(entry({"box": [10, 20, 60, 80]}, ignored=boxes)), skipped)
    assert image.ignored_xyxy.tolist() == [[10, 10, 30, 40]]
    assert not image.complete  # it shows faces that are not in the record
    assert sorted(skipped.counts) == [
        "ignored, box of negative size",
        "ignored, box outside the image",
        "ignored, empty box",
    ]


def test_landmarks_alone_give_box_pose_and_visibility(write, skipped, face_landmarks):
    folder = write(entry({"landmarks": face_landmarks(roll=20).tolist()}))
    (image,) = own_faces.read(folder, skipped)
    (face,) = image.faces
    np.testing.assert_allclose(np.degrees(face.pose), [20, 0, 0], atol=0.05)
    assert (face.visibility == 1).all()
    assert abs(face.box_xyxy[2] - face.box_xyxy[0] - 2.5 * 30) < 0.1
    assert np.isnan(face.gender)
    assert face.person is None


def test_box_alone(write, skipped):
    (image,) = own_faces.read(write(entry({"box": [10, 20, 60, 80], "gender": "male"})), skipped)
    (face,) = image.faces
    assert face.box_xyxy.tolist() == face.published_box_xyxy.tolist() == [10, 20, 60, 80]
    assert np.isnan(face.landmarks).all()
    assert np.isnan(face.visibility).all()
    assert np.isnan(face.pose).all()
    assert face.gender == 0.0


def test_an_empty_person_is_nobody(write, skipped):
    faces = [{"box": [10, 20, 60, 80], "person": person} for person in ("", " ", "Ana ", None)]
    (image,) = own_faces.read(write(entry(*faces)), skipped)
    assert [face.person for face in image.faces] == [None, None, "Ana", None]


def test_image_without_faces(write, skipped):
    (image,) = own_faces.read(write(entry()), skipped)
    assert image.faces == ()
    assert image.complete


BOX = [10, 20, 60, 80]
BAD_FACES = {
    "negative size": {"box": [60, 20, 10, 80]},
    "empty box": {"box": [10, 20, 10, 80]},
    "outside the image": {"box": [210, 20, 260, 80]},
    "not finite": {"box": [10, float("nan"), 60, 80]},
    "box that is not 4 numbers": {"box": [10, 20, 60]},
    "box with a number out of range": {"box": [10**400, 20, 60, 80]},
    "fewer than 4 usable landmarks and no box": {"gender": "male"},
    "not a list of 21": {"box": BOX, "landmarks": [[1, 2]] * 20},
    "landmark that is not 2 numbers": {"box": BOX, "landmarks": [[1, 2, 3]] * 21},
    "visibility that is not": {"box": BOX, "visibility": [2] * 21},
    "visible landmark without a position": {"box": BOX, "visibility": [1] * 21},
    "pose that is not roll": {"box": BOX, "pose": [0, 0, 0]},
    "pose that is not 3 numbers": {"box": BOX, "pose": {"roll": 0, "pitch": "", "yaw": 0}},
    "pose over 180 degrees": {"box": BOX, "pose": {"roll": 0, "pitch": 0, "yaw": 181}},
    "gender that is not": {"box": BOX, "gender": 1},
    "person that is not": {"box": BOX, "person": 1},
    "attributes that are not": {"box": BOX, "attributes": "tall"},
    "unknown key 'bbox'": {"bbox": BOX},
    "not an object": [1, 2],
}


@pytest.mark.parametrize("reason", BAD_FACES)
def test_bad_face_is_counted(write, skipped, reason):
    sound = {"box": BOX}
    (image,) = own_faces.read(write(entry(BAD_FACES[reason], sound)), skipped)
    assert len(image.faces) == 1
    assert not image.complete  # a face is there that is not in the record
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line
    assert "a.jpg" in line
    assert list(own_faces.read(write(entry(BAD_FACES[reason])), SkipReport())) == []


BAD_IMAGES = {
    "entry without a file name": {"complete": True, "faces": []},
    "no such image file": {"file": "c.jpg", "faces": []},
    "outside the data set": {"file": "../Holiday/b.jpg", "faces": []},
    "path outside the data set": {"file": "/etc/b.jpg", "faces": []},
    "empty image path": {"file": " ", "faces": []},
    "not true or false": {"file": "b.jpg", "complete": "yes", "faces": []},
    "not train or validation": {"file": "b.jpg", "split": "test", "faces": []},
    "faces that are not a list": {"file": "b.jpg"},
    "unknown key 'compete'": {"file": "b.jpg", "compete": True, "faces": []},
    "listed twice": {"file": "a.jpg", "split": "validation", "faces": []},
    "entry without": 3,
}


@pytest.mark.parametrize("reason", BAD_IMAGES)
def test_bad_image_is_counted(write, skipped, reason):
    (image,) = own_faces.read(write(entry(), BAD_IMAGES[reason]), skipped)
    assert image.name == "a.jpg"
    (line,) = skipped.lines()
    assert reason in line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b'{"format": "hyperface-faces",\n "version" 1}', "line 2"),
        (b'{"a":\n "\xff"}', "line 2, is not UTF-8"),
        (b"[]", "not of this project's format"),
        (b'{"format": "hyperface-faces", "version": 2, "pictures": []}', "version"),
        (b'{"format": "hyperface-faces", "version": 1}', "pictures"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_foreign_file_is_one_clear_error(write, skipped, content, message):
    folder = write()
    (folder / "faces.json").write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        list(own_faces.read(folder, skipped))
    assert "faces.json" in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    face=st.fixed_dictionaries(
        {}, optional={key: JSON | st.just(BOX) for key in sorted(own_faces.FACE_KEYS)}
    )
)
def test_any_json_gives_a_face_or_a_reason(write, face):
    skipped = SkipReport()
    images = list(own_faces.read(write(entry(face)), skipped))
    assert len(images) + sum(skipped.counts.values()) >= 1


@given(st.binary(max_size=200))
def test_any_bytes_give_one_clear_error(write, content):
    folder = write()
    (folder / "faces.json").write_bytes(content)
    with pytest.raises(UserError, match=r"faces\.json"):
        list(own_faces.read(folder, SkipReport()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(write, make_image, skipped, encoding):
    folder = write()
    make_image(folder / "Zo\u00eb.jpg")
    images = [{"file": "Zo\u00eb.jpg", "faces": [{"box": [10, 20, 60, 80]}]}]
    content = {"format": "hyperface-faces", "version": 1, "pictures": images}
    text = json.dumps(content, ensure_ascii=False, indent=1).replace("\n", "\r\n")
    (folder / "faces.json").write_bytes(text.encode(encoding))
    assert [image.name for image in own_faces.read(folder, skipped)] == ["Zo\u00eb.jpg"]
    assert skipped.lines() == []


@pytest.mark.parametrize("name", ["faces.JSON", "FACES.JSON"])
def test_a_file_name_in_upper_case_is_found(write, skipped, name):
    folder = write(entry({"box": [10, 20, 60, 80]}))
    (folder / "faces.json").rename(folder / name)
    assert own_faces.recognizes(folder)
    assert len(list(own_faces.read(folder, skipped))) == 1
