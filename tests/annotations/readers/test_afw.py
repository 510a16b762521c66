import numpy as np
import pytest
import scipy.io

from hyperface.annotations.readers import afw
from hyperface.errors import UserError
from hyperface.geometry.rectangle import face_rectangle_xyxy

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
def folder(tmp_path, make_image):
    """A folder with two images, still without annotations."""
    for name in ("1.jpg", "2.jpg"):
        make_image(tmp_path / "set" / name)
    return tmp_path / "set"


@pytest.fixture
def six(face_landmarks):
    def make(**where):
        return face_landmarks(**where)[SIX]

    return make


def test_labels_of_a_face(folder, skipped, six, face_landmarks):
    turned = {"roll": 10, "yaw": -30}
    write(folder, row("1.jpg", face(six(**turned), pose=(45, 5, 2))))
    assert afw.recognizes(folder)
    (image,) = afw.read(folder, skipped)
    assert skipped.lines() == []
    assert (image.source, image.name) == ("afw", "1.jpg")
    assert (image.width, image.height) == (200, 150)
    assert image.path == folder / "1.jpg"
    assert not image.complete  # later annotators found more faces
    (found,) = image.faces
    expected, labeled = face_landmarks(**turned), np.isin(np.arange(21), SIX)
    np.testing.assert_allclose(found.landmarks[labeled], expected[labeled], atol=1e-3)
    assert np.isnan(found.landmarks[~labeled]).all()
    assert (found.visibility[labeled] == 1).all()
    assert np.isnan(found.visibility[~labeled]).all()
    # Pixels 41 to 100 and 31 to 110, counted from 1 and all in the box.
    assert found.published_box_xyxy.tolist() == [40, 30, 100, 110]
    np.testing.assert_allclose(found.box_xyxy, face_rectangle_xyxy(expected, labeled), atol=0.1)
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
def test_yaw_of_any_type_changes_its_sign(folder, skipped, six, yaw, dtype, expected):
    write(folder, row("1.jpg", face(six(), pose=(yaw, 0, 0), dtype=dtype)))
    (image,) = afw.read(folder, skipped)
    assert np.degrees(image.faces[0].pose[2]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("yaw", [255, -200])
def test_impossible_yaw_is_reported_and_missing(folder, skipped, six, yaw):
    write(folder, row("1.jpg", face(six(yaw=20), pose=(yaw, 0, 0))))
    (image,) = afw.read(folder, skipped)
    assert np.degrees(image.faces[0].pose[2]) == pytest.approx(20, abs=0.5)  # the points'
    assert skipped.counts == {"yaw over 180 degrees, treated as missing": 1}


def test_point_that_is_nan_is_invisible(folder, skipped, six):
    points = six()
    points[5] = np.nan
    write(folder, row("1.jpg", face(points)))
    (image,) = afw.read(folder, skipped)
    assert image.faces[0].visibility[19] == 0
    assert np.isnan(image.faces[0].landmarks[19]).all()
    assert (image.faces[0].visibility[SIX[:5]] == 1).all()


@pytest.mark.parametrize("point", [(-1, -1), (0, 0), (np.nan, 50), (np.inf, 50)])
def test_an_invalid_point_is_missing_and_not_invisible(folder, skipped, six, point):
    points = six()
    points[5] = np.array(point) - 0.5
    write(folder, row("1.jpg", face(points)))
    (image,) = afw.read(folder, skipped)
    assert np.isnan(image.faces[0].landmarks[19]).all()
    assert np.isnan(image.faces[0].visibility[19])


def test_several_faces_and_images_in_the_order_of_the_file(folder, skipped, six):
    left, right = face(six(scale=15, x=60)), face(six(scale=15, x=140))
    write(folder, row("2.jpg", left, right), row("1.jpg", left))
    first, second = afw.read(folder, skipped)
    assert (first.name, second.name) == ("2.jpg", "1.jpg")
    assert [round(float(found.box_xyxy[[0, 2]].mean())) for found in first.faces] == [60, 140]


def test_face_without_points_has_its_published_box(folder, skipped, six):
    write(folder, row("1.jpg", face(np.full((6, 2), np.nan))))
    (image,) = afw.read(folder, skipped)
    assert image.faces[0].box_xyxy.tolist() == [40, 30, 100, 110]
    assert (image.faces[0].visibility[SIX] == 0).all()
    np.testing.assert_allclose(np.degrees(image.faces[0].pose), [np.nan, np.nan, -30], atol=1e-3)


@pytest.mark.parametrize("file", ["anno.mat", "anno2.mat"])
@pytest.mark.parametrize("place", ["testimages", "images"])
def test_images_in_a_folder_of_their_own(tmp_path, make_image, skipped, six, file, place):
    folder = write(tmp_path / "set", row("1.jpg", face(six())), file=file)
    make_image(folder / place / "1.jpg")
    assert afw.recognizes(folder)
    (image,) = afw.read(folder, skipped)
    assert image.name == f"{place}/1.jpg"
    assert image.path.is_file()


def turned(row):
    """A face whose matrices are turned; a box of 2 x 2 cannot be told from its turned one."""
    return tuple(np.array(part) if part.shape == (2, 2) else part.T for part in row)


def column(*contents):
    return cells(*contents).T


@pytest.fixture
def forms(six):
    """By name, tables of two images with a face each, as copies have them; names and parts."""
    (box, pose, points), names = face(six()), ("1.jpg", "2.jpg")
    plain = [(name, cells(box), cells(pose), cells(points)) for name in names]
    stems = [(name[0], *rest) for name, *rest in plain]
    further = [(*row, np.ones((1, 2)), "more") for row in plain]
    columns = [(name, *map(column, (box, pose, points))) for name in names]
    other_way = [(name, *map(cells, turned((box, pose, points)))) for name in names]
    own_cells = [(cells(name), cells(cells(box)), cells(cells(pose)), column(cells(points)))
                 for name in names]  # fmt: skip
    bare = [(name, box, pose, points) for name in names]

    def table(rows):
        return np.concatenate([cells(*row) for row in rows])

    return {
        "published": table(plain),
        "names without suffix": table(stems),
        "further columns": table(further),
        "columns of cells": table(columns),
        "poses 3 x 1, points 2 x 6": table(other_way),
        "cells in cells": table(own_cells),
        "one face without cells": table(bare),
        "turned": table(plain).T,
        "rows in cells": cells(*(cells(*row) for row in plain)),
        "rows in a column of cells": column(*(column(*row) for row in plain)),
        "columns in cells": cells(*(column(*each) for each in zip(*plain, strict=True))),
        "all in a cell": cells(table(plain)),
    }


FORMS = ("published", "names without suffix", "further columns", "columns of cells",
         "poses 3 x 1, points 2 x 6", "cells in cells", "one face without cells", "turned",
         "rows in cells", "rows in a column of cells", "columns in cells", "all in a cell",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_copies(folder, skipped, forms, six, form):
    assert set(FORMS) == set(forms)
    scipy.io.savemat(folder / "anno.mat", {"anno": forms[form]})
    images = list(afw.read(folder, skipped))
    assert skipped.lines() == []
    assert [image.name for image in images] == ["1.jpg", "2.jpg"]
    for image in images:
        (found,) = image.faces
        np.testing.assert_allclose(found.landmarks[SIX], six(), atol=1e-3)
        assert found.published_box_xyxy.tolist() == [40, 30, 100, 110]
        assert np.degrees(found.pose[2]) == pytest.approx(-30, abs=1e-3)


def test_boxes_alone(folder, skipped):
    rows = [cells(name, cells(np.array(BOX, float))) for name in ("1.jpg", "2.jpg")]
    write(folder, *rows)
    first, _ = afw.read(folder, skipped)
    assert first.faces[0].box_xyxy.tolist() == [40, 30, 100, 110]
    for labels in (first.faces[0].landmarks, first.faces[0].visibility, first.faces[0].pose):
        assert np.isnan(labels).all()
    assert skipped.lines() == []


def test_empty_pose_is_missing_and_not_an_error(folder, skipped, six):
    box, _, points = face(six(yaw=20))
    write(folder, row("1.jpg", (box, np.zeros((0, 0)), points)))
    (image,) = afw.read(folder, skipped)
    assert np.degrees(image.faces[0].pose[2]) == pytest.approx(20, abs=0.5)  # the points'
    assert skipped.lines() == []


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
def test_wrong_shape_costs_that_label_with_a_reason(folder, skipped, six, part, wrong):
    labels = list(face(six()))
    labels[part] = wrong
    write(folder, row("1.jpg", labels, face(six())), row("2.jpg", labels))
    first, second = afw.read(folder, skipped)
    assert (len(first.faces), len(second.faces)) == (2, 1)
    (found,) = second.faces
    assert np.isnan(found.published_box_xyxy).all() == (part == 0)
    np.testing.assert_allclose(np.degrees(found.pose[2]), 0 if part == 1 else -30, atol=0.5)
    assert np.isnan(found.landmarks).all() == (part == 2)
    assert np.isnan(found.visibility).all() == (part == 2)
    what = ("box that is not 2 x 2", "pose that is not 3", "points that are not 6 pairs of")[part]
    assert skipped.counts == {f"{what} numbers, treated as missing": 2}
    assert "2.jpg" in skipped.lines()[0]


def test_face_of_which_nothing_can_be_read_is_dropped(folder, skipped, six):
    nothing = np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1))
    write(folder, row("1.jpg", nothing, face(six())), row("2.jpg", nothing))
    (image,) = afw.read(folder, skipped)
    assert (image.name, len(image.faces)) == ("1.jpg", 1)
    assert skipped.counts["fewer than 4 usable landmarks and no box"] == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: cells(7), "row without a name"),
        (lambda _: cells("../1.jpg"), "outside the data set"),
        (lambda _: cells("/etc/1.jpg"), "outside the data set"),
        (lambda _: cells("3.jpg"), "no such image file"),
        (lambda given: cells(given[0, 0], cells(BOX, BOX)), "unequal numbers"),
        (lambda given: cells(given[0, 0], *(3 * [np.zeros((0, 0))])), "unequal numbers"),
    ],
)
def test_fault_of_a_row_is_counted_and_the_rest_read(folder, skipped, six, change, reason):
    wrong, right = row("1.jpg", face(six())), row("2.jpg", face(six()))
    new = change(wrong)
    wrong[:, : new.shape[1]] = new
    write(folder, wrong, right)
    assert [image.name for image in afw.read(folder, skipped)] == ["2.jpg"]
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


@pytest.mark.parametrize(
    "table", [np.ones((2, 4)), "text", cells(1, 2, 3), cells("1.jpg").T, cells()]
)
def test_table_of_another_form(folder, skipped, table):
    scipy.io.savemat(folder / "anno.mat", {"anno": table})
    with pytest.raises(UserError, match=r"anno\.mat has no table of names and boxes"):
        list(afw.read(folder, skipped))


def test_suffix_in_capitals(folder, skipped, six):
    write(folder, row("1.jpg", face(six())))
    for path in list(folder.rglob("*.mat")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert afw.recognizes(folder)
    assert len(list(afw.read(folder, skipped))) == 1
    assert skipped.lines() == []
