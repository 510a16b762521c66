import sqlite3
from contextlib import closing

import numpy as np
import pytest

from hyperface.annotations.readers import aflw
from hyperface.errors import UserError
from hyperface.geometry.rectangle import face_rectangle_xyxy

# The tables and columns of the published database, and its kinds of names.
LAYOUT = """
CREATE TABLE Faces (face_id INTEGER PRIMARY KEY, file_id TEXT, db_id TEXT);
CREATE TABLE FaceImages (image_id INTEGER PRIMARY KEY, db_id TEXT, file_id TEXT, filepath TEXT,
    bw INTEGER, width INTEGER, height INTEGER);
CREATE TABLE FaceRect (face_id INTEGER, x INTEGER, y INTEGER, w INTEGER, h INTEGER,
    annot_type_id INTEGER);
CREATE TABLE FaceEllipse (face_id INTEGER, x REAL, y REAL, ra REAL, rb REAL, theta REAL,
    annot_type_id INTEGER, upsidedown INTEGER);
CREATE TABLE FacePose (face_id INTEGER, roll REAL, pitch REAL, yaw REAL);
CREATE TABLE FaceMetaData (face_id INTEGER, sex TEXT, occluded INTEGER, glasses INTEGER,
    bw INTEGER);
CREATE TABLE FeatureCoords (face_id INTEGER, feature_id INTEGER, x REAL, y REAL);
CREATE TABLE FeatureCoordType (feature_id INTEGER, descr TEXT, code TEXT, x REAL, y REAL, z REAL);
INSERT INTO FeatureCoordType VALUES (1, 'LeftBrowLeftCorner', 'LBLC', 0, 0, 0);
"""
UNSEEN = [0, 12]  # of the first face


def change(folder, statements, *rows):
    """Runs statements; the only one, with `?`, for every row where there are rows."""
    with closing(sqlite3.connect(folder / "aflw.sqlite")) as database, database:
        if rows:
            database.executemany(statements, rows)
        else:
            database.executescript(statements)


def add_features(folder, face_id, landmarks, unseen=()):
    rows = [(face_id, number + 1, x - 0.5, y - 0.5) for number, (x, y) in enumerate(landmarks)]
    seen = [row for row in rows if row[1] - 1 not in unseen]
    change(folder, "INSERT INTO featurecoords VALUES (?, ?, ?, ?)", *seen)


@pytest.fixture
def mini(tmp_path, make_image, face_landmarks):
    """Three images: of one face, of two, and of one without landmarks."""
    folder = tmp_path / "aflw"
    for name in ("0/a.jpg", "2/b.jpg", "3/c.jpg"):
        make_image(folder / "flickr" / name)
    change(folder, LAYOUT)
    images = [(f"{name[2]}.jpg", name) for name in ("3/c.jpg", "0/a.jpg", "2/b.jpg")]
    change(folder, "INSERT INTO faceimages VALUES (NULL, 'flickr', ?, ?, 0, 200, 150)", *images)
    faces = [(11, "a.jpg"), (21, "b.jpg"), (22, "b.jpg"), (31, "c.jpg")]
    change(folder, "INSERT INTO faces VALUES (?, ?, 'flickr')", *faces)
    add_features(folder, 11, face_landmarks(yaw=20), UNSEEN)
    add_features(folder, 21, face_landmarks(scale=15, x=60))
    add_features(folder, 22, face_landmarks(scale=15, x=140))
    change(folder, "INSERT INTO facerect VALUES (?, 40, 30, 60, 70, 1)", (11,), (31,))
    pose = np.radians([5, -10, 25]).tolist()
    change(folder, "INSERT INTO facepose VALUES (?, ?, ?, ?)", (11, *pose))
    sexes = [(11, "f"), (21, "m"), (22, None)]
    change(folder, "INSERT INTO facemetadata VALUES (?, ?, 0, 0, 0)", *sexes)
    return folder


def test_labels_of_a_face(mini, skipped, face_landmarks):
    assert aflw.recognizes(mini)
    image, _, _ = aflw.read(mini, skipped)
    assert skipped.lines() == []
    assert (image.source, image.name) == ("aflw", "flickr/0/a.jpg")
    assert (image.width, image.height) == (200, 150)
    assert image.path == mini / "flickr" / "0" / "a.jpg"
    assert not image.complete
    (face,) = image.faces
    expected = face_landmarks(yaw=20)
    seen = ~np.isin(np.arange(21), UNSEEN)
    np.testing.assert_allclose(face.landmarks[seen], expected[seen], atol=1e-3)
    assert np.isnan(face.landmarks[UNSEEN]).all()
    assert face.visibility.tolist() == seen.astype(float).tolist()  # invisible, not missing
    np.testing.assert_allclose(face.box_xyxy, face_rectangle_xyxy(expected, seen), atol=0.01)
    assert face.published_box_xyxy.tolist() == [40, 30, 100, 100]
    np.testing.assert_allclose(np.degrees(face.pose), [5, -10, 25], atol=1e-3)
    assert face.gender == 1.0
    assert face.landmarks.dtype == face.visibility.dtype == face.pose.dtype == np.float32


def test_two_faces_in_one_image(mini, skipped):
    _, image, _ = aflw.read(mini, skipped)
    assert [round(float(face.box_xyxy[[0, 2]].mean())) for face in image.faces] == [60, 140]
    for face in image.faces:  # without a row of their own, the angles are the points'
        np.testing.assert_allclose(np.degrees(face.pose), [0, 0, 0], atol=0.05)
        assert np.isnan(face.published_box_xyxy).all()


def test_face_without_landmarks_has_its_published_box(mini, skipped):
    *_, image = aflw.read(mini, skipped)
    (face,) = image.faces
    assert face.box_xyxy.tolist() == [40, 30, 100, 100]
    for labels in (face.landmarks, face.visibility, face.pose, face.gender):
        assert np.isnan(labels).all()  # missing, not invisible


def test_face_with_two_published_boxes_is_one_face(mini, skipped):
    change(mini, "INSERT INTO facerect VALUES (11, 42, 32, 60, 70, 2)")
    image, _, _ = aflw.read(mini, skipped)
    assert len(image.faces) == 1


def test_angles_in_degrees_are_reported_and_missing(mini, skipped):
    change(mini, "UPDATE facepose SET roll = 5, pitch = -10, yaw = 25")
    image, _, _ = aflw.read(mini, skipped)
    np.testing.assert_allclose(np.degrees(image.faces[0].pose), [0, 0, 20], atol=0.05)
    (line,) = skipped.lines()
    assert "degrees instead of radians" in line


@pytest.mark.parametrize("size", ["width", "widht", None])
def test_size_is_a_cross_check_under_any_name_or_none(mini, skipped, size):
    if size is None:
        change(mini, "ALTER TABLE FaceImages DROP COLUMN width")
        change(mini, "ALTER TABLE FaceImages DROP COLUMN height")
    elif size != "width":
        change(mini, f"ALTER TABLE FaceImages RENAME COLUMN width TO {size}")
    images = list(aflw.read(mini, skipped))
    assert [len(image.faces) for image in images] == [1, 2, 1]
    assert skipped.lines() == []
    if size is not None:
        change(mini, f"UPDATE FaceImages SET {size} = 201 WHERE file_id = 'a.jpg'")
        assert len(list(aflw.read(mini, skipped))) == 2
        assert skipped.counts == {"image whose size differs from the database": 1}


def test_a_database_with_only_the_required_tables_is_read(mini, skipped):
    change(
        mini,
        """
        DROP TABLE FaceEllipse; DROP TABLE FacePose; DROP TABLE FaceMetaData;
        DROP TABLE FeatureCoordType; DROP TABLE FeatureCoords;
        CREATE TABLE few AS SELECT file_id, filepath FROM FaceImages;
        DROP TABLE FaceImages; ALTER TABLE few RENAME TO FaceImages;
        CREATE TABLE few AS SELECT face_id, file_id FROM Faces;
        DROP TABLE Faces; ALTER TABLE few RENAME TO Faces;
        CREATE TABLE few AS SELECT face_id, x, y, w, h FROM FaceRect;
        DROP TABLE FaceRect; ALTER TABLE few RENAME TO FaceRect
        """,
    )
    first, second = aflw.read(mini, skipped)
    assert [first.name, second.name] == ["flickr/0/a.jpg", "flickr/3/c.jpg"]
    for face in (*first.faces, *second.faces):
        assert face.box_xyxy.tolist() == [40, 30, 100, 100]
        for labels in (face.landmarks, face.visibility, face.pose, face.gender):
            assert np.isnan(labels).all()
    counted = {table: reason for table in ("featurecoords", "facepose", "facemetadata")
               for reason in skipped.counts if f"no table {table}," in reason}  # fmt: skip
    assert [skipped.counts[reason] for reason in counted.values()] == [1, 1, 1]  # said once each
    assert skipped.counts["fewer than 4 usable landmarks and no box"] == 2


def test_no_rectangles_and_no_coordinates_leave_nothing(mini, skipped):
    change(mini, "DROP TABLE FaceRect; ALTER TABLE FeatureCoords DROP COLUMN x")
    assert list(aflw.read(mini, skipped)) == []
    assert len(skipped.lines()) == 3
    assert any("no x in featurecoords" in line for line in skipped.lines())


def test_text_that_is_a_number(mini, skipped):
    expected, _, _ = aflw.read(mini, skipped)
    change(mini, "CREATE TABLE t AS SELECT face_id, CAST(feature_id AS TEXT) AS feature_id, "
                 "CAST(x AS TEXT) AS x, CAST(y AS TEXT) AS y FROM FeatureCoords; "
                 "DROP TABLE FeatureCoords; ALTER TABLE t RENAME TO FeatureCoords")  # fmt: skip
    image, _, _ = aflw.read(mini, skipped)
    np.testing.assert_allclose(image.faces[0].landmarks, expected.faces[0].landmarks, atol=1e-3)
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("sex", "gender"),
    [("m", 0), ("f", 1), ("M", 0), (" F ", 1), ("male", 0), ("Female", 1), ("FEMALE", 1)],
)
def test_gender(mini, skipped, sex, gender):
    change(mini, "UPDATE facemetadata SET sex = ?", (sex,))
    image, _, _ = aflw.read(mini, skipped)
    assert image.faces[0].gender == gender
    assert skipped.lines() == []


@pytest.mark.parametrize("sex", ["", None, "NULL", " "])
def test_empty_sex_is_missing_and_not_an_error(mini, skipped, sex):
    change(mini, "UPDATE facemetadata SET sex = ?", (sex,))
    image, _, _ = aflw.read(mini, skipped)
    assert np.isnan(image.faces[0].gender)
    assert skipped.lines() == []


@pytest.mark.parametrize("sex", ["x", "?", 1, 0, b"m", "mf"])
def test_sex_in_an_unknown_code_is_missing_and_counted(mini, skipped, sex):
    change(mini, "UPDATE facemetadata SET sex = ?", (sex,))
    image, _, _ = aflw.read(mini, skipped)
    assert np.isnan(image.faces[0].gender)
    assert skipped.counts == {"sex that is neither m nor f, treated as missing": 3}
    assert "flickr/0/a.jpg" in skipped.lines()[0]


@pytest.mark.parametrize(
    "point", [(-1, -1), (0, 0), (None, None), (5, None), ("left", 5), (9e99, 5)]
)
def test_a_point_without_coordinates_is_missing_and_not_invisible(mini, skipped, point):
    change(mini, "UPDATE featurecoords SET x = ?, y = ? WHERE feature_id = 21", point)
    image, _, _ = aflw.read(mini, skipped)
    assert np.isnan(image.faces[0].landmarks[20]).all()
    assert np.isnan(image.faces[0].visibility[20])
    assert image.faces[0].visibility[12] == 0


def test_an_unknown_landmark_number_is_reported(mini, skipped):
    change(mini, "INSERT INTO featurecoords VALUES (11, 22, 50, 50), (11, 'x', 50, 50)")
    image, _, _ = aflw.read(mini, skipped)
    assert np.isfinite(image.faces[0].landmarks).all(1).sum() == 19
    assert skipped.counts == {"landmark number outside 1 to 21": 2}


def test_text_instead_of_numbers_is_reported(mini, skipped):
    change(mini, "UPDATE facepose SET roll = 'much'; UPDATE facerect SET w = 'wide'")
    image, _ = aflw.read(mini, skipped)  # the face that had a box alone is gone
    np.testing.assert_allclose(np.degrees(image.faces[0].pose), [0, 0, 20], atol=0.05)
    assert np.isnan(image.faces[0].published_box_xyxy).all()
    assert skipped.counts == {
        "box or pose with a value that is not a number, treated as missing": 2,
        "fewer than 4 usable landmarks and no box": 1,
    }


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("filepath = '../../a.jpg'", "outside the data set"),
        ("db_id = '', filepath = 'etc/a.jpg'", "outside the data set"),
        ("filepath = '0/away.jpg'", "no such image file"),
        ("filepath = NULL", "no such image file"),
        ("width = 201", "size differs from the database"),
        ("file_id = 'z.jpg'", ""),  # the faces' image is not in the database
    ],
)
def test_fault_of_an_image_is_counted_and_the_rest_read(mini, skipped, fault, reason):
    change(mini, f"UPDATE faceimages SET {fault} WHERE file_id = 'a.jpg'")
    if "db_id" in fault:
        change(mini, "UPDATE faces SET db_id = '' WHERE face_id = 11")
    assert [image.name[7:] for image in aflw.read(mini, skipped)] == ["2/b.jpg", "3/c.jpg"]
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


def test_names_of_tables_in_another_case(mini, skipped):
    change(mini, "ALTER TABLE faces RENAME TO f; ALTER TABLE f RENAME TO Faces")
    change(mini, "ALTER TABLE facepose RENAME COLUMN yaw TO Yaw")
    assert len(list(aflw.read(mini, skipped))) == 3


def test_file_of_another_kind(mini, skipped):
    (mini / "aflw.sqlite").write_text("aflw")
    with pytest.raises(UserError, match=r"aflw\.sqlite .*AFLW's database"):
        list(aflw.read(mini, skipped))


@pytest.mark.parametrize(("images", "held_out"), [(21997, 1000), (10000, 1000), (25, 2), (9, 0)])
def test_held_out_images_do_not_depend_on_the_order(images, held_out):
    names = [f"flickr/{number % 4}/image{number:05d}.jpg" for number in range(images)]
    drawn = aflw.test_images(names)
    assert len(drawn) == held_out
    assert drawn <= set(names)
    assert aflw.test_images(names[::-1]) == drawn
    assert aflw.test_images(np.random.default_rng(0).permutation(names).tolist()) == drawn


def test_a_tenth_of_a_small_set_is_held_out(mini, skipped, make_image):
    for number in range(17):
        name = f"{number}.jpg"
        make_image(mini / "flickr" / "3" / name)
        change(mini, "INSERT INTO faces VALUES (?, ?, 'flickr')", (100 + number, name))
        change(mini, "INSERT INTO facerect VALUES (?, 40, 30, 60, 70, 1)", (100 + number,))
        row = ("flickr", name, f"3/{name}")
        change(mini, "INSERT INTO faceimages VALUES (NULL, ?, ?, ?, 0, NULL, NULL)", row)
    splits = {image.name: image.split for image in aflw.read(mini, skipped)}
    held_out = {name for name, split in splits.items() if split == "validation"}
    assert len(splits) == 20
    assert held_out == aflw.test_images(list(splits))
    assert set(splits.values()) == {"train", "validation"}


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o644, 0o755), (0o444, 0o555)])
def test_the_files_of_the_user_do_not_change(mini, skipped, file_mode, folder_mode):
    def state():
        times = {path: path.stat().st_mtime_ns for path in sorted(mini.rglob("*"))}
        return (mini / "aflw.sqlite").read_bytes(), mini.stat().st_mtime_ns, times

    change(mini, "PRAGMA journal_mode = WAL")  # a reader of such a one usually writes beside it
    (mini / "aflw.sqlite").chmod(file_mode)
    mini.chmod(folder_mode)
    before = state()
    assert len(list(aflw.read(mini, skipped))) == 3
    next(aflw.read(mini, skipped))  # left half-way
    assert state() == before
    mini.chmod(0o755)


def test_suffix_in_capitals(mini, skipped):
    for path in list(mini.rglob("*.sqlite")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert aflw.recognizes(mini)
    assert len(list(aflw.read(mini, skipped))) == 3
    assert skipped.lines() == []
