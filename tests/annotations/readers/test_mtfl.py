import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import mtfl
from hyperface.annotations.record import SkipReport

FIVE = [7, 10, 14, 17, 19]


def training_row(name, five, gender=2):
    values = [*(five[:, 0] + 0.5), *(five[:, 1] + 0.5)]  # counted from 1
    return f" net_7876\\{name} {' '.join(f'{v:.6f}' for v in values)} {gender} 1 2 3\n"


def boxes_row(name, five, box=(70, 130, 40, 110)):
    values = " ".join(f"{v:.6f}" for v in (five - 0.5).ravel())  # counted from 0
    return f"net_7876\\{name} {' '.join(map(str, box))} {values}\n"


@pytest.fixture
def set_of_two(tmp_path, make_image, face_landmarks):
    """Two images, of which only the first has a gender."""
    folder = tmp_path / "mtfl"
    for name in ("a.jpg", "b.jpg"):
        make_image(folder / "net_7876" / name)
    left, frontal = face_landmarks(yaw=25)[FIVE], face_landmarks()[FIVE]
    (folder / "training.txt").write_text(training_row("a.jpg", left))
    (folder / "face_boxes.txt").write_text(boxes_row("b.jpg", frontal) + boxes_row("a.jpg", left))
    return folder


def test_two_images(set_of_two, skipped, face_landmarks):
    assert mtfl.recognizes(set_of_two)
    first, second = mtfl.read(set_of_two, skipped)
    assert skipped.lines() == []
    assert (first.source, first.name) == ("mtfl", "net_7876/a.jpg")
    assert first.path.is_file()
    assert not first.complete
    (face,) = first.faces
    np.testing.assert_allclose(face.landmarks[FIVE], face_landmarks(yaw=25)[FIVE], atol=1e-3)
    others = np.setdiff1d(np.arange(21), FIVE)
    assert np.isnan(face.landmarks[others]).all()
    assert np.isnan(face.visibility[others]).all()
    assert (face.visibility[FIVE] == 1).all()
    np.testing.assert_allclose(np.degrees(face.pose), [0, np.nan, 25], atol=0.5)
    assert face.gender == 1.0
    # Left 70, right 130, top 40, bottom 110 are pixels, counted from 0 and all in the box.
    assert face.published_box_xyxy.tolist() == [70, 40, 131, 111]
    # The box is FaceRectCalculator's: center (0, -0.7, -0.5), side 2.5 of 30 pixels, frontal.
    np.testing.assert_allclose(second.faces[0].box_xyxy, [62.5, 43.5, 137.5, 118.5], atol=0.1)
    assert np.isnan(second.faces[0].gender)


def test_either_file_is_enough(set_of_two, skipped):
    (set_of_two / "face_boxes.txt").rename(set_of_two / "away")
    assert mtfl.recognizes(set_of_two)
    (image,) = mtfl.read(set_of_two, skipped)
    assert np.isnan(image.faces[0].published_box_xyxy).all()
    (set_of_two / "away").rename(set_of_two / "face_boxes.txt")
    (set_of_two / "training.txt").unlink()
    assert mtfl.recognizes(set_of_two)
    assert len(list(mtfl.read(set_of_two, skipped))) == 2


def test_files_that_disagree_are_reported(set_of_two, skipped, face_landmarks):
    five = face_landmarks(yaw=25)[FIVE]
    (set_of_two / "training.txt").write_text(training_row("a.jpg", five + 1))
    first, _ = mtfl.read(set_of_two, skipped)
    np.testing.assert_allclose(first.faces[0].landmarks[FIVE], five, atol=1e-3)
    assert "points differ between the two files" in skipped.lines()[0]


@pytest.mark.parametrize(
    ("code", "gender"),
    [(1, 0.0), (2, 1.0), ("2.000000", 1.0), ("male", 0.0), ("F", 1.0), ("NaN", np.nan)],
)
def test_gender(set_of_two, skipped, face_landmarks, code, gender):
    row = training_row("a.jpg", face_landmarks(yaw=25)[FIVE], gender=code)
    (set_of_two / "training.txt").write_text(row)
    first, _ = mtfl.read(set_of_two, skipped)
    np.testing.assert_equal(first.faces[0].gender, gender)
    assert skipped.lines() == []


@pytest.mark.parametrize("code", [0, 7, -1, 1.5, "?", "woman"])
def test_gender_in_another_code_is_missing_and_counted(set_of_two, skipped, face_landmarks, code):
    row = training_row("a.jpg", face_landmarks(yaw=25)[FIVE], gender=code)
    (set_of_two / "training.txt").write_text(row)
    first, _ = mtfl.read(set_of_two, skipped)
    assert np.isnan(first.faces[0].gender)
    assert np.isfinite(first.faces[0].landmarks[FIVE]).all()
    assert skipped.counts == {"gender that is neither 1 nor 2, treated as missing": 1}
    assert "training.txt line 1" in skipped.lines()[0]


@pytest.mark.parametrize("columns", [11, 12, 15, 16])  # path and points; gender too; all; one more
def test_copies_with_slashes_and_with_fewer_or_more_columns(set_of_two, skipped, columns):
    row = f"{(set_of_two / 'training.txt').read_text()} 9".replace("\\", "/").split()
    (set_of_two / "training.txt").write_text(" ".join(row[:columns]))
    (set_of_two / "face_boxes.txt").unlink()
    assert mtfl.recognizes(set_of_two)
    (image,) = mtfl.read(set_of_two, skipped)
    assert image.name == "net_7876/a.jpg"
    np.testing.assert_equal(image.faces[0].gender, 1.0 if columns > 11 else np.nan)
    assert skipped.lines() == []


@pytest.mark.parametrize(
    "line", ["a.jpg 1 2 3", "folder/a.txt" + " 1" * 14, "a.jpg" + " 1" * 14, "b/a.jpg" + " x" * 14]
)
def test_table_of_another_form_is_not_recognized(tmp_path, line):
    (tmp_path / "training.txt").write_text(f"{line}\n")
    assert not mtfl.recognizes(tmp_path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("net_7876\\c.jpg 1 2 3", "row without 10 numbers"),
        ("net_7876\\c.jpg" + " x" * 14, "not a path and numbers"),
        ("net_7876\\c.jpg" + " 1" * 9, "row without 10 numbers"),
        ("..\\c.jpg" + " 50" * 10, "outside the data set"),
        ("/etc/c.jpg" + " 50" * 10, "outside the data set"),
        ("C:\\c.jpg" + " 50" * 10, "outside the data set"),
        ("net_7876\\c.jpg" + " 50" * 10, "no such image file"),
        ("net_7876\\a.jpg" + " 50" * 10, "listed twice"),
        ("\x00\x01" + " 50" * 10, "outside the data set"),
    ],
)
def test_bad_row_is_counted_and_the_rest_read(set_of_two, skipped, row, reason):
    with (set_of_two / "training.txt").open("a") as file:
        file.write(row + "\n")
    assert len(list(mtfl.read(set_of_two, skipped))) == 2
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


def test_missing_points_leave_no_face(set_of_two, skipped):
    five = np.full((5, 2), -0.5)
    (set_of_two / "training.txt").unlink()
    (set_of_two / "face_boxes.txt").write_text(boxes_row("a.jpg", five))
    (image,) = mtfl.read(set_of_two, skipped)  # its published box is left
    assert image.faces[0].box_xyxy.tolist() == [70, 40, 131, 111]
    assert np.isnan(image.faces[0].pose).all()
    (set_of_two / "face_boxes.txt").write_text(boxes_row("a.jpg", five, (70, 20, 40, 110)))
    assert list(mtfl.read(set_of_two, skipped)) == []
    assert skipped.counts == {"box of negative size": 1}


@given(
    content=st.binary(max_size=300)
    | st.text("net_7876\\a.jpg 0123456789.-e\n", max_size=300).map(str.encode)
)
def test_any_bytes_give_images_or_reasons(set_of_two, content):
    (set_of_two / "training.txt").write_bytes(content)
    skipped = SkipReport()
    mtfl.recognizes(set_of_two)
    assert len(list(mtfl.read(set_of_two, skipped))) == 2
    assert sum(skipped.counts.values()) <= content.count(b"\n") + content.count(b"\r") + 1


def test_suffix_in_capitals(set_of_two, skipped):
    for path in list(set_of_two.rglob("*.txt")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert mtfl.recognizes(set_of_two)
    assert len(list(mtfl.read(set_of_two, skipped))) == 2
    assert skipped.lines() == []
