"""What is written reads back as the same records."""

import csv
import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import own_faces, own_table
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.annotations.writers.coco_writer import write_coco
from hyperface.annotations.writers.own_writers import (
    image_entry,
    plain_numbers,
    write_own_faces,
    write_own_table,
)

FORMATS = {"json": (write_own_faces, own_faces), "csv": (write_own_table, own_table)}


@pytest.fixture
def image(tmp_path, make_image, face_landmarks):
    """Two faces, one with every kind of label, one with a box alone; one is to be ignored."""
    make_image(tmp_path / "set" / "a, b.jpg")
    landmarks = face_landmarks(yaw=30).astype(np.float32)
    visibility = np.ones(21, np.float32)
    landmarks[[2, 3]] = np.nan
    visibility[[2, 5]] = 0  # hidden without and with a position
    visibility[[3, 4]] = np.nan  # not labeled, and placed without a word on whether it is seen
    full = Face(
        np.zeros(4, np.float32),
        landmarks,
        visibility,
        np.radians(np.float32([1, np.nan, 30])),
        gender=0.0,
        person="Ana, of the left",
        published_box_xyxy=np.float32([70.1, 40.2, 130.3, 120.4]),
    )
    box = np.float32([10, 20, 30, 40.5])
    bare = Face(box, published_box_xyxy=box)
    ignored = np.float32([[1, 2, 3, 4]])
    path = tmp_path / "set" / "a, b.jpg"
    return AnnotatedImage(path, "a, b.jpg", "set", 200, 150, (full, bare), False, "train",
                   ignored_xyxy=ignored)  # fmt: skip


def same(ours, theirs):
    for field in fields(Face):
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=2e-7, err_msg=field.name)
        else:
            assert a == b or (a != a and b != b), field.name


def test_the_race_is_kept_in_json(image, skipped):
    face = replace(image.faces[0], group="Latino_Hispanic")
    write_own_faces(image.path.parent, [("a, b.jpg", replace(image, faces=(face,)))])
    (read,) = own_faces.read(image.path.parent, skipped)
    assert [face.group for face in read.faces] == ["Latino_Hispanic"]


@pytest.mark.parametrize("form", FORMATS)
def test_round_trip(form, image, skipped):
    write, reader = FORMATS[form]
    folder = image.path.parent
    write(folder, [("a, b.jpg", image)])
    (first,) = reader.read(folder, skipped)  # fills in the box and the pitch
    assert skipped.lines() == []
    assert (first.split, first.complete) == ("train", False)
    assert [face.person for face in first.faces] == ["Ana, of the left", None]
    np.testing.assert_array_equal(first.faces[0].landmarks, image.faces[0].landmarks)
    np.testing.assert_array_equal(first.faces[0].visibility, image.faces[0].visibility)
    np.testing.assert_allclose(first.faces[0].pose[[0, 2]], image.faces[0].pose[[0, 2]])
    same(first.faces[1], image.faces[1])
    if form == "json":
        np.testing.assert_array_equal(first.ignored_xyxy, image.ignored_xyxy)
    write(folder, [("a, b.jpg", first)])
    (second,) = reader.read(folder, skipped)
    for ours, theirs in zip(first.faces, second.faces, strict=True):
        same(ours, theirs)


def test_a_line_break_in_a_name_is_a_space_in_the_table(image, skipped):
    face = replace(image.faces[0], person="Ana\nof the left")
    write_own_table(image.path.parent, [("a, b.jpg", replace(image, faces=(face,)))])
    (read,) = own_table.read(image.path.parent, skipped)
    assert [face.person for face in read.faces] == ["Ana of the left"]


@pytest.mark.parametrize("form", FORMATS)
def test_complete_with_an_ignored_face_only_where_its_box_is_written(form, image, skipped):
    write, reader = FORMATS[form]
    write(image.path.parent, [("a, b.jpg", replace(image, complete=True))])
    (read,) = reader.read(image.path.parent, skipped)
    assert (read.complete, len(read.ignored_xyxy)) == ((True, 1) if form == "json" else (False, 0))


@pytest.mark.parametrize("form", FORMATS)
def test_an_image_without_faces(form, tmp_path, make_image, skipped):
    write, reader = FORMATS[form]
    make_image(tmp_path / "none.jpg")
    empty = AnnotatedImage(tmp_path / "none.jpg", "none.jpg", "set", 200, 150, (), True)
    write(tmp_path, [("none.jpg", empty)])
    (image,) = reader.read(tmp_path, skipped)
    assert (image.faces, image.complete) == ((), True)


def test_an_older_file_stays_when_writing_fails(tmp_path, image):
    write_own_faces(tmp_path, [("a.jpg", image)])
    before = (tmp_path / "faces.json").read_bytes()

    def breaks():
        yield "a.jpg", image
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_own_faces(tmp_path, breaks())
    assert (tmp_path / "faces.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["faces.json"]


def test_coco(tmp_path, image):
    write_coco(tmp_path, [("a.jpg", image), ("b.jpg", image)])
    content = json.loads((tmp_path / "coco.json").read_text())
    size = {"width": 200, "height": 150}
    said = {"complete": False, "split": "train"}
    assert content["images"][1] == {"id": 2, "file_name": "b.jpg", **size, **said}
    assert content["info"] == {"contributor": "hyperface"}
    (category,) = content["categories"]
    assert len(category["keypoints"]) == 21
    assert [each["id"] for each in content["annotations"]] == [1, 2, 3, 4, 5, 6]
    assert [each["image_id"] for each in content["annotations"]] == [1, 1, 1, 2, 2, 2]
    full, bare, ignored = content["annotations"][:3]
    keypoints = np.array(full["keypoints"]).reshape(21, 3)
    flags = np.full(21, 2)
    flags[[2, 3, 5]] = 0, 0, 1
    assert keypoints[:, 2].tolist() == flags.tolist()
    assert full["num_keypoints"] == 19
    assert keypoints[2].tolist() == [0, 0, 0]
    np.testing.assert_allclose(keypoints[0, :2], image.faces[0].landmarks[0] - 0.5, rtol=1e-6)
    assert full["attributes"] == {
        "roll": 1.0, "pitch": None, "yaw": 30.0, "gender": "male", "person": "Ana, of the left",
    }  # fmt: skip
    assert bare["bbox"] == [10, 20, 20, 20.5]
    assert bare["area"] == 410
    assert bare["num_keypoints"] == 0
    assert (bare["iscrowd"], ignored["iscrowd"]) == (0, 1)
    assert ignored["bbox"] == [1, 2, 2, 2]


@given(st.lists(st.floats(width=32, allow_infinity=False), max_size=4))
def test_numbers_read_back_as_the_same(values):
    written = json.loads(json.dumps(plain_numbers(np.array(values, np.float32))))
    read = np.array([np.nan if value is None else value for value in written], np.float32)
    np.testing.assert_array_equal(read, np.array(values, np.float32))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_any_person_passes_the_table(tmp_path_factory, person):
    folder = tmp_path_factory.mktemp("table")
    face = Face(np.float32([1, 2, 3, 4]), person=person)
    write_own_table(folder, [("a.jpg", AnnotatedImage(None, "a", "s", 9, 9, (face,)))])
    with (folder / "faces.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["person"] == person
    assert list(own_table.read(folder, SkipReport())) == []  # there is no such image


def test_box_of_a_face_without_landmarks_is_the_projects(image):
    """Whoever reads the file takes the box for the face's."""
    square, published = np.float32([10, 20, 50, 60]), np.float32([12, 10, 44, 60])
    face = Face(square, published_box_xyxy=published)
    (entry,) = image_entry("a.jpg", replace(image, faces=(face,)))["faces"]
    assert entry["box"] == [10, 20, 50, 60]
