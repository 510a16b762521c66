import numpy as np
import pytest

from hyperface.annotations.finding import load_dataset, read_all
from hyperface.annotations.points_files import read_points, with_points
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.errors import UserError
from hyperface.geometry.rectangle import face_rectangle_xyxy

HEADER = ",".join(["file", *(f"{axis}{n}" for n in range(21) for axis in "xy")])
EARS = (12, 16)


def row(name, landmarks):
    cells = ["" if n in EARS else f"{x:.1f},{y:.1f}" for n, (x, y) in enumerate(landmarks)]
    return ",".join([name, *(cell or "," for cell in cells)])


def table(path, *rows, end="\n", mark=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(mark + end.join([HEADER, *rows]) + end, encoding="utf-8", newline="")
    return path


@pytest.fixture
def crop(tmp_path, make_image):
    """A data set with one image, of gender alone: (folder, name of the image)."""
    name = "26_1_0_20170117153813815.jpg.chip.jpg"
    make_image(tmp_path / "utkface" / name, 200, 200)
    return tmp_path / "utkface", name


@pytest.fixture
def frontal(face_landmarks):
    return face_landmarks(scale=70, y=65).round(1)


def face_of(data, base):
    images, skipped = read_all(str(data), base)
    return images[0].faces[0], skipped


def test_a_table_row_is_read_as_landmarks():
    numbers = ",".join(str(value) for value in range(1, 43))
    assert row("a", np.arange(1.0, 43).reshape(21, 2)).split(",")[:3] == ["a", "1.0", "2.0"]
    assert len(numbers.split(",")) == 42


def test_reads_a_table(tmp_path, skipped):
    cells = [str(n) for n in range(1, 43)]
    cells[24] = cells[25] = ""  # the left ear
    path = table(tmp_path / "mtfl.csv", ",".join(["net\\0.jpg", *cells]), end="\r\n", mark="\ufeff")
    points = read_points(path, skipped)
    assert list(points) == ["net/0.jpg"]
    assert points["net/0.jpg"][0].tolist() == [1, 2]
    assert np.isnan(points["net/0.jpg"][12]).all()
    assert points["net/0.jpg"][20].tolist() == [41, 42]


def test_face_without_landmarks_gets_them_with_box_and_pose(crop, frontal, tmp_path):
    folder, name = crop
    table(tmp_path / "teacher_points" / "utkface.csv", row(name, frontal))
    face, skipped = face_of(folder, tmp_path)
    known = ~np.isin(np.arange(21), EARS)
    np.testing.assert_allclose(face.landmarks[known], frontal[known], atol=1e-4)
    assert np.isnan(face.landmarks[~known]).all() and np.isnan(face.visibility[~known]).all()
    assert (face.visibility[known] == 1).all()
    assert face.gender == 1.0
    np.testing.assert_allclose(face.box_xyxy, face_rectangle_xyxy(frontal, known), atol=0.01)
    np.testing.assert_allclose(np.degrees(face.pose), 0, atol=0.5)
    assert skipped.lines() == []
    assert skipped.notes == [
        f"landmarks of 1 faces of utkface completed from {tmp_path}/teacher_points/utkface.csv"
    ]


def test_what_the_head_hides_is_invisible(crop, face_landmarks, tmp_path):
    folder, name = crop
    turned = face_landmarks(yaw=-60, scale=70, y=65)
    table(tmp_path / "teacher_points" / "utkface.csv", row(name, turned))
    face, _ = face_of(folder, tmp_path)
    assert np.degrees(face.pose[2]) == pytest.approx(-60, abs=1)
    assert face.visibility[15] == face.visibility[11] == 0
    assert face.visibility[13] == face.visibility[14] == 1


@pytest.mark.parametrize("place", ["utkface/teacher_points", "teacher_points"])
def test_tables_are_found_in_the_set_and_beside_it(crop, frontal, tmp_path, place):
    folder, name = crop
    table(tmp_path / place / "UTKFace.csv", row(name, frontal))
    assert np.isfinite(load_dataset(folder)[0].faces[0].landmarks[0]).all()


@pytest.mark.parametrize("place", ["elsewhere", "elsewhere/utkface.csv"])
def test_tables_are_named_in_data(crop, frontal, tmp_path, place):
    folder, name = crop
    table(tmp_path / "elsewhere" / "utkface.csv", row(name, frontal))
    face, _ = face_of(f"points:{place}+{folder.name}", tmp_path)
    assert np.isfinite(face.landmarks[0]).all()
    face, _ = face_of(folder.name, tmp_path)
    assert np.isnan(face.landmarks).all()


def test_annotated_points_win(tmp_path, make_image, frontal):
    """MTFL's five points stay, and its pose, fitted to them, follows from all."""
    make_image(tmp_path / "mtfl" / "net" / "0.jpg", 200, 200)
    five = frontal[[7, 10, 14, 17, 19]] + (2, 1)
    values = " ".join(str(v) for v in [*(five[:, 0] + 0.5), *(five[:, 1] + 0.5)])
    (tmp_path / "mtfl" / "training.txt").write_text(f"net\\0.jpg {values} 2 1 1 3\n")
    before, _ = face_of("mtfl", tmp_path)
    table(tmp_path / "teacher_points" / "mtfl.csv", row("net/0.jpg", frontal))
    after, skipped = face_of("mtfl", tmp_path)
    np.testing.assert_allclose(after.landmarks[[7, 10, 14, 17, 19]], five, atol=1e-3)
    np.testing.assert_allclose(after.landmarks[0], frontal[0], atol=1e-3)
    assert np.isnan(before.pose[1]) and np.isfinite(after.pose).all()
    assert before.pose[2] != after.pose[2]
    assert skipped.lines() == []


def images_with(*faces, name="a.jpg", tmp_path=None):
    return [AnnotatedImage(tmp_path / name, name, "set", 400, 300, faces=faces)]


def test_annotated_angles_stay(tmp_path, frontal, skipped):
    pose = np.array([np.nan, 0.1, 0.2], np.float32)
    box = np.array([20, 20, 190, 190], np.float32)
    path = table(tmp_path / "set.csv", row("a.jpg", frontal))
    images = images_with(Face(box, pose=pose), tmp_path=tmp_path)
    (face,) = with_points(images, {"set": path}, skipped)[0].faces
    np.testing.assert_allclose(face.pose, [0, 0.1, 0.2], atol=0.01)


def test_of_several_faces_the_one_whose_box_holds_the_points_best(tmp_path, frontal, skipped):
    boxes = np.array([[200, 20, 370, 190], [10, 10, 190, 190], [0, 0, 300, 300]], np.float32)
    path = table(tmp_path / "set.csv", row("a.jpg", frontal))
    images = images_with(*map(Face, boxes), tmp_path=tmp_path)
    faces = with_points(images, {"set": path}, skipped)[0].faces
    assert [np.isfinite(face.landmarks).any() for face in faces] == [False, True, False]


def test_what_cannot_be_used_is_counted(tmp_path, frontal, skipped):
    box = np.array([20, 20, 190, 190], np.float32)
    away = Face(np.array([220, 120, 390, 290], np.float32))
    images = [
        *images_with(Face(box), tmp_path=tmp_path),
        *images_with(away, name="b.jpg", tmp_path=tmp_path),
        *images_with(name="c.jpg", tmp_path=tmp_path),
    ]
    good = row("a.jpg", frontal)
    path = table(
        tmp_path / "set.csv",
        good,
        row("a.jpg", frontal),
        "d.jpg,1,2",
        good.replace("a.jpg", "e.jpg").replace(f"{frontal[0, 0]:.1f}", "x"),
        row("b.jpg", frontal),
        row("c.jpg", frontal),
        row("f.jpg", frontal),
    )
    first, second, third = with_points(images, {"set": path}, skipped)
    assert np.isfinite(first.faces[0].landmarks[0]).all()
    assert np.isnan(second.faces[0].landmarks).all() and third.faces == ()
    assert skipped.counts == {
        "points of an image listed twice, the first one is used": 1,
        "row without 43 cells": 1,
        "row of points with a value that is not a number": 1,
        "points that lie on no annotated face": 2,
        "points in set.csv of an image that is not read": 1,
    }


def test_faces_with_all_their_landmarks_stay_as_they_are(tmp_path, frontal, skipped):
    landmarks = frontal.astype(np.float32)
    face = Face(np.array([20, 20, 190, 190], np.float32), landmarks)
    path = table(tmp_path / "set.csv", row("a.jpg", frontal + 1))
    (image,) = with_points(images_with(face, tmp_path=tmp_path), {"set": path}, skipped)
    assert image.faces[0] is face
    assert skipped.notes == [f"landmarks of 0 faces of set completed from {path}"]


def test_another_table_is_refused(crop, tmp_path):
    (tmp_path / "teacher_points").mkdir()
    (tmp_path / "teacher_points" / "utkface.csv").write_text("file,x0\na.jpg,1\n")
    with pytest.raises(UserError, match="no column 'y0'"):
        read_all(str(crop[0]), tmp_path)


@pytest.mark.parametrize("data", ["points:nowhere+utkface", "points:empty+utkface"])
def test_a_missing_table_is_a_user_error(crop, tmp_path, data):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"the folder of the tables, such as mtfl\.csv"):
        read_all(data, tmp_path)


def test_tables_of_landmarks_without_data_sets_are_refused(tmp_path):
    table(tmp_path / "points" / "mtfl.csv")
    with pytest.raises(UserError, match="only tables of landmarks"):
        read_all("points:points", tmp_path)
