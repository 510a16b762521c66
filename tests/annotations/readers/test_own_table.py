import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import own_faces, own_table
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError

BOX = [10, 20, 60, 80]
HEAD = "file,left,top,right,bottom"


@pytest.fixture
def write(tmp_path, make_image):
    """Writes a `faces.csv` beside images a.jpg, b.jpg and c,d.jpg; gives the folder."""
    folder = tmp_path / "Holiday"
    for name in ("a.jpg", "b.jpg", "c,d.jpg"):
        make_image(folder / name)

    def write(*lines, start="", end="\n"):
        (folder / "faces.csv").write_bytes((start + "".join(li + end for li in lines)).encode())
        return folder

    return write


def cells(image, face):
    """A face of a `faces.json` as the cells of a row."""
    row = {key: image[key] for key in ("file", "complete", "split") if key in image}
    row |= dict(zip(own_table.BOX_COLUMNS, face.get("box") or (), strict=False))
    for index, point in enumerate(face.get("landmarks") or ()):
        row |= dict(zip((f"x{index}", f"y{index}"), point or (), strict=False))
    row |= {f"v{index}": value for index, value in enumerate(face.get("visibility") or ())}
    row |= face.get("pose") or {}
    row |= {key: face[key] for key in ("gender", "person") if key in face}
    return ",".join(cell(row.get(column)) for column in own_table.COLUMNS)


def cell(value):
    return "" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def same(one, other):
    for label in ("path", "name", "source", "width", "height", "complete", "split", "frame"):
        assert getattr(one, label) == getattr(other, label), label
    np.testing.assert_array_equal(one.ignored_xyxy, other.ignored_xyxy)
    assert len(one.faces) == len(other.faces)
    for face, twin in zip(one.faces, other.faces, strict=True):
        for label in ("box_xyxy", "landmarks", "visibility", "pose", "gender"):
            np.testing.assert_array_equal(getattr(face, label), getattr(twin, label), label)
        np.testing.assert_array_equal(face.published_box_xyxy, twin.published_box_xyxy)
        assert face.person == twin.person


def test_same_records_as_faces_json(write, skipped, face_landmarks):
    turned = face_landmarks(yaw=35).tolist()
    turned[12] = turned[16] = turned[3] = None
    visibility = [1] * 21
    visibility[12], visibility[16], visibility[3], visibility[0] = 0, 0, None, None
    everything = {
        "box": [70, 40, 130.25, 120],
        "landmarks": turned,
        "visibility": visibility,
        "pose": {"roll": -90, "pitch": 30.5, "yaw": 180},
        "gender": "female",
        "person": "Ana, of Lima",
    }
    images = [
        {"file": "b.jpg", "complete": True, "split": "validation", "faces": [everything]},
        {
            **{"file": "a.jpg", "complete": False, "split": "train"},
            "faces": [
                {"box": BOX, "gender": "male"},
                {"landmarks": face_landmarks(roll=20).tolist(), "person": "Abel"},
                {"box": BOX, "pose": {"roll": None, "pitch": None, "yaw": 5}},
                {"box": BOX, "visibility": [0, *[None] * 20]},
            ],
        },
        {"file": "c,d.jpg", "faces": [{"landmarks": [[-0.5, 0], *turned[1:]]}]},
    ]
    rows = [cells(image, face) for image in images for face in image["faces"]]
    folder = write(",".join(own_table.COLUMNS), *rows)
    content = {"format": "hyperface-faces", "version": 1, "pictures": images}
    (folder / "faces.json").write_text(json.dumps(content))
    assert own_table.recognizes(folder)
    found, expected = own_table.read(folder, skipped), own_faces.read(folder, skipped)
    for one, other in zip(found, expected, strict=True):
        same(one, other)
    assert skipped.lines() == []


def test_few_columns_in_any_order(write, skipped):
    folder = write("bottom,right,top,left,gender,file", "80,60,20,10,male,a.jpg")
    (image,) = own_table.read(folder, skipped)
    assert image.faces[0].box_xyxy.tolist() == BOX
    assert image.faces[0].gender == 0.0
    assert not image.complete
    assert image.split is None
    assert skipped.lines() == []


def test_saved_by_a_spreadsheet(write, skipped):
    lines = (HEAD, '"c,d.jpg", 10 ,20,60,80', 'a.jpg,"10","20","60","80"')
    folder = write(*lines, start="\ufeff", end="\r\n")
    images = list(own_table.read(folder, skipped))
    assert [image.name for image in images] == ["c,d.jpg", "a.jpg"]
    assert [image.faces[0].box_xyxy.tolist() for image in images] == [BOX] * 2
    assert skipped.lines() == []


def test_row_without_a_face(write, skipped):
    folder = write(f"{HEAD},complete", "a.jpg,,,,,yes", "b.jpg,,,,,No")
    image, other = own_table.read(folder, skipped)
    assert image.faces == other.faces == ()
    assert image.complete
    assert not other.complete
    assert skipped.lines() == []


def test_rows_of_one_image_need_not_be_neighbors_nor_repeat_themselves(write, skipped):
    lines = ("a.jpg,10,20,60,80,true,validation", "b.jpg,10,20,60,80,,", "a.jpg,90,20,140,80,,")
    first, second = own_table.read(write(f"{HEAD},complete,split", *lines), skipped)
    assert [face.box_xyxy[0] for face in first.faces] == [10, 90]
    assert (first.complete, first.split) == (True, "validation")
    assert (second.complete, second.split) == (False, None)
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,lefft", "unknown column 'lefft'"),
        ("left,top,right,bottom", "no column 'file'"),
        ("file,left,left", "two"),
        ("file;left;topp", "unknown column 'topp'"),
        ("", "is empty"),
        ("Datei,links", "begins with 'datei, links' and so has no column 'file'.*CSV UTF-8"),
        ("PK\3\4 sheet", "is a spreadsheet, not text; save it as 'CSV UTF-8'"),
        (f"file,{'x' * 70_000}", "unknown column"),
    ],
)
def test_foreign_table_is_one_clear_error(write, skipped, content, message):
    with pytest.raises(UserError, match=message) as caught:
        list(own_table.read(write(content), skipped))
    assert "faces.csv" in str(caught.value)


BAD_ROWS = {
    "more or fewer cells": "a.jpg,90,20,140,80,true,validation,",
    "fewer cells": "a.jpg,90,20,140",
    "not a number": "a.jpg,90,20,wide,80,true,validation",
    "the others are empty": "a.jpg,90,20,,80,true,validation",
    "complete that is not": "a.jpg,90,20,140,80,perhaps,validation",
}


@pytest.mark.parametrize("bad_line", [2, 3])
@pytest.mark.parametrize("reason", BAD_ROWS)
def test_bad_row_is_counted_and_its_image_not_complete(write, skipped, reason, bad_line):
    rows = ["a.jpg,10,20,60,80,true,validation", "b.jpg,10,20,60,80,true,train"]
    rows.insert(bad_line - 2, BAD_ROWS[reason])
    image, other = own_table.read(write(f"{HEAD},complete,split", *rows), skipped)
    assert [face.box_xyxy.tolist() for face in image.faces] == [BOX]
    assert not image.complete  # a face is there that is not in the record
    assert image.split == "validation"
    assert (other.complete, other.split) == (True, "train")
    (line,) = skipped.lines()
    assert reason in line
    assert f"faces.csv line {bad_line}" in line


def test_image_of_which_no_face_is_usable_is_skipped(write, skipped):
    folder = write(HEAD, "a.jpg,10,20,x,80", "b.jpg,60,20,10,80")
    assert list(own_table.read(folder, skipped)) == []
    assert sum(skipped.counts.values()) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("../a.jpg,10,20,60,80", "outside the data set"),
        ("d.jpg,10,20,60,80", "no such image file"),
        ('"a.jpg,10,20,60,80', "quotation mark"),
        ("a.jpg,10,20,1e999,80", "not finite"),
        (",10,20,60,80", ""),
    ],
)
def test_fault_is_counted_and_the_rest_read(write, skipped, row, reason):
    (image,) = own_table.read(write(HEAD, row, "b.jpg,10,20,60,80"), skipped)
    assert image.name == "b.jpg"
    (line,) = skipped.lines()
    assert reason in line


ROWS = st.lists(st.text('a.jpg,"0123-enif\n\x00 ', max_size=40), max_size=4)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numbers that no box has
@given(st.binary(max_size=200) | ROWS.map(lambda rows: "\n".join([HEAD, *rows]).encode()))
def test_any_bytes_give_images_or_reasons_or_one_clear_error(write, content):
    folder = write()
    (folder / "faces.csv").write_bytes(content)
    try:
        list(own_table.read(folder, SkipReport()))
    except UserError as error:
        assert "faces.csv" in str(error)


SHEET = [
    ["File", "complete", "split", "left", "top", "right", "bottom", "person", ""],
    ["a.jpg", "TRUE", "train", "10,5", "20", "60,25", "80", "Zo\u00eb", ""],
    ["", "", "", "", "", "", "", "", ""],
    ["c,d.jpg", "FALSE", "", "10", "20", "60", "80", "Bo", ""],
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize(("head", "end"), [("", "\r\n"), ("sep={}\r\n", "\r\n"), ("", "\r")])
def test_as_a_spreadsheet_in_europe_saves_it(write, skipped, encoding, separator, head, end):
    folder = write()
    text = head.format(separator) + "".join(separator.join(row) + end for row in SHEET)
    (folder / "faces.csv").write_bytes(text.encode(encoding))
    first, second = own_table.read(folder, skipped)
    assert first.faces[0].box_xyxy.tolist() == [10.5, 20, 60.25, 80]
    assert (first.complete, first.split, first.faces[0].person) == (True, "train", "Zo\u00eb")
    assert second.faces[0].box_xyxy.tolist() == BOX
    assert second.name == "c,d.jpg"
    assert skipped.lines() == []


def test_a_comma_in_quoted_numbers(write, skipped):
    folder = write(HEAD, 'a.jpg,"10,5",20,60,80', 'b.jpg,10,"20,500",60,80')
    first, second = own_table.read(folder, skipped)
    assert first.faces[0].box_xyxy.tolist() == [10.5, 20, 60, 80]
    assert second.faces[0].box_xyxy.tolist() == [10, 20.5, 60, 80]
    assert skipped.lines() == []


@pytest.mark.parametrize("other", ["10", "10.5"])
def test_a_comma_that_may_part_thousands_is_refused(write, skipped, other):
    folder = write(HEAD, f'a.jpg,{other},20,"1,060",80', "b.jpg,10,20,60,80")
    assert [image.name for image in own_table.read(folder, skipped)] == ["b.jpg"]
    assert skipped.counts == {"cell that is not a number": 1}


@pytest.mark.parametrize("name", ["FACES.CSV", "faces.CSV"])
def test_a_file_name_in_upper_case_is_found(write, skipped, name):
    folder = write(HEAD, "a.jpg,10,20,60,80")
    (folder / "faces.csv").rename(folder / name)
    assert own_table.recognizes(folder)
    assert len(list(own_table.read(folder, skipped))) == 1


def test_rows_of_one_image_with_composed_and_decomposed_accents(write, make_image, skipped):
    folder = write(HEAD, "Zoe\u0308.jpg,10,20,60,80", "Zo\u00eb.jpg,90,20,140,80")
    make_image(folder / "Zoe\u0308.jpg")
    (image,) = own_table.read(folder, skipped)
    assert len(image.faces) == 2
    assert image.name == "Zoe\u0308.jpg"  # as on disk
    assert skipped.lines() == []
