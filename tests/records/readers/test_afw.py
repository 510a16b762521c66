import numpy as np
import pytest
import scipy.io

from hyperface.errors import UserError
from hyperface.face.rectangle import face_rectangle_xyxy
from hyperface.records.readers import afw

SIX = [7, 10, 14, 17, 18, 19]
BOX = [[41, 31], [100, 110]]


def cells(*contents):
    """A row of MATLAB cells."""
    row = np.empty((1, len(contents)), object)
    for number, content in enumerate(contents):
        row[0, number] = content
    return row


def face(six, box=BOX, pose=(30, 5, 2), dtype=np.int16):
    """A face's box, pose and points as the file has them."""
    return np.array(box, float), np.array([pose], dtype), six + 0.5  # counted from 1


def row(name, *faces):
    boxes, poses, points = zip(*faces, strict=True)
    return cells(name, cells(*boxes), cells(*poses), cells(*points))


def write(folder, *rows, file="anno.mat"):
    folder.mkdir(exist_ok=True)
    scipy.io.savemat(folder / file, {"anno": np.concatenate(rows)})
    return folder


@pytest.fixture
def folder(tmp_path, make_picture):
    """A folder with two pictures, still without annotations."""
    for name in ("1.jpg", "2.jpg"):
        make_picture(tmp_path / "set" / name)
    return tmp_path / "set"


@pytest.fixture
def six(face_landmarks):
    def make(**where):
        return face_landmarks(**where)[SIX]

    return make


def test_labels_of_a_face(folder, rejects, six, face_landmarks):
    turned = {"roll": 10, "yaw": -30}
    write(folder, row("1.jpg", face(six(**turned), pose=(45, 5, 2))))
    assert afw.recognises(folder)
    (picture,) = afw.read(folder, rejects)
    assert rejects.lines() == []
    assert (picture.source, picture.name) == ("afw", "1.jpg")
    assert (picture.width, picture.height) == (200, 150)
    assert picture.path == folder / "1.jpg"
    assert not picture.complete  # later annotators found more faces
    (found,) = picture.faces
    expected, labelled = face_landmarks(**turned), np.isin(np.arange(21), SIX)
    np.testing.assert_allclose(found.landmarks[labelled], expected[labelled], atol=1e-3)
    assert np.isnan(found.landmarks[~labelled]).all()
    assert (found.visibility[labelled] == 1).all()
    assert np.isnan(found.visibility[~labelled]).all()
    # Pixels 41 to 100 and 31 to 110, counted from 1 and all in the box.
    assert found.published_box_xyxy.tolist() == [40, 30, 100, 110]
    np.testing.assert_allclose(found.box_xyxy, face_rectangle_xyxy(expected, labelled), atol=0.1)
    # Roll is the points', yaw the file's with its sign changed; six points tell no pitch.
    np.testing.assert_allclose(np.degrees(found.pose), [10, np.nan, -45], atol=0.5)
    assert np.isnan(found.gender)


@pytest.mark.parametrize(
    ("yaw", "dtype", "expected"),
    [
        (30, np.uint8, -30),
        (105, np.uint8, -105),
        (-30, np.int16, 30),
        (-105, np.int8, 105),
        (15, np.float64, -15),
        (0, np.uint8, 0),
    ],
)
def test_yaw_of_any_type_changes_its_sign(folder, rejects, six, yaw, dtype, expected):
    write(folder, row("1.jpg", face(six(), pose=(yaw, 0, 0), dtype=dtype)))
    (picture,) = afw.read(folder, rejects)
    assert np.degrees(picture.faces[0].pose[2]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("yaw", [255, -200])
def test_impossible_yaw_is_said_and_missing(folder, rejects, six, yaw):
    write(folder, row("1.jpg", face(six(yaw=20), pose=(yaw, 0, 0))))
    (picture,) = afw.read(folder, rejects)
    assert np.degrees(picture.faces[0].pose[2]) == pytest.approx(20, abs=0.5)  # the points'
    assert rejects.counts == {"yaw over 180 degrees, taken as missing": 1}


def test_point_that_is_nan_is_invisible(folder, rejects, six):
    points = six()
    points[5] = np.nan
    write(folder, row("1.jpg", face(points)))
    (picture,) = afw.read(folder, rejects)
    assert picture.faces[0].visibility[19] == 0
    assert np.isnan(picture.faces[0].landmarks[19]).all()
    assert (picture.faces[0].visibility[SIX[:5]] == 1).all()


@pytest.mark.parametrize("point", [(-1, -1), (0, 0), (np.nan, 50), (np.inf, 50)])
def test_point_that_is_no_place_is_missing_and_not_invisible(folder, rejects, six, point):
    points = six()
    points[5] = np.array(point) - 0.5
    write(folder, row("1.jpg", face(points)))
    (picture,) = afw.read(folder, rejects)
    assert np.isnan(picture.faces[0].landmarks[19]).all()
    assert np.isnan(picture.faces[0].visibility[19])


def test_several_faces_and_pictures_in_the_order_of_the_file(folder, rejects, six):
    left, right = face(six(scale=15, x=60)), face(six(scale=15, x=140))
    write(folder, row("2.jpg", left, right), row("1.jpg", left))
    first, second = afw.read(folder, rejects)
    assert (first.name, second.name) == ("2.jpg", "1.jpg")
    assert [round(float(found.box_xyxy[[0, 2]].mean())) for found in first.faces] == [60, 140]


def test_face_without_points_has_its_published_box(folder, rejects, six):
    write(folder, row("1.jpg", face(np.full((6, 2), np.nan))))
    (picture,) = afw.read(folder, rejects)
    assert picture.faces[0].box_xyxy.tolist() == [40, 30, 100, 110]
    assert (picture.faces[0].visibility[SIX] == 0).all()
    np.testing.assert_allclose(np.degrees(picture.faces[0].pose), [np.nan, np.nan, -30], atol=1e-3)


@pytest.mark.parametrize("file", ["anno.mat", "anno2.mat"])
@pytest.mark.parametrize("place", ["testimages", "images"])
def test_pictures_in_a_folder_of_their_own(tmp_path, make_picture, rejects, six, file, place):
    folder = write(tmp_path / "set", row("1.jpg", face(six())), file=file)
    make_picture(folder / place / "1.jpg")
    assert afw.recognises(folder)
    (picture,) = afw.read(folder, rejects)
    assert picture.name == f"{place}/1.jpg"
    assert picture.path.is_file()


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        (0, np.array([[41.0, 31, 100, 110]])),
        (0, "box"),
        (1, np.array([[30, 5]])),
        (1, cells(30, 5, 2)),
        (2, np.ones((5, 2))),
        (2, np.ones((6, 3))),
        (2, np.ones((6, 2)) * 1j),
    ],
)
def test_wrong_shape_loses_the_face_with_a_reason(folder, rejects, six, part, wrong):
    labels = list(face(six()))
    labels[part] = wrong
    write(folder, row("1.jpg", labels, face(six())), row("2.jpg", labels))
    (picture,) = afw.read(folder, rejects)
    assert len(picture.faces) == 1
    assert rejects.counts == {"face without a box of 2 x 2, a pose of 3 and 6 points": 2}
    assert "2.jpg" in rejects.lines()[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: cells(7), "row without a name"),
        (lambda _: cells("../1.jpg"), "outside the data set"),
        (lambda _: cells("/etc/1.jpg"), "outside the data set"),
        (lambda _: cells("3.jpg"), "no such picture file"),
        (lambda given: cells(given[0, 0], given[0, 1][:, :0]), "unequal numbers"),
        # Boxes, poses and points of a single face, not in cells.
        (lambda given: cells(given[0, 0], *(given[0, n][0, 0] for n in (1, 2, 3))), "row"),
    ],
)
def test_fault_of_a_row_is_counted_and_the_rest_read(folder, rejects, six, change, reason):
    wrong, right = row("1.jpg", face(six())), row("2.jpg", face(six()))
    new = change(wrong)
    wrong[:, : new.shape[1]] = new
    write(folder, wrong, right)
    assert [picture.name for picture in afw.read(folder, rejects)] == ["2.jpg"]
    (line,) = rejects.lines()
    assert line.startswith("1 x")
    assert reason in line


@pytest.mark.parametrize("table", [np.ones((2, 4)), "text", cells("1.jpg", 1, 2), cells(1).T])
def test_table_of_another_form(folder, rejects, table):
    scipy.io.savemat(folder / "anno.mat", {"anno": table})
    with pytest.raises(UserError, match=r"anno\.mat has no table of 4 columns"):
        list(afw.read(folder, rejects))
