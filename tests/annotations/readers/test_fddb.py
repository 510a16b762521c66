import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import fddb
from hyperface.annotations.record import SkipReport

FIRST, SECOND = "2002/08/11/big/img_591", "2003/01/02/big/img_7"
ELLIPSE = "40.000000 30.000000 0.000000 100.000000 75.000000  1"


def block(name, *ellipses):
    return "".join(f"{line}\n" for line in (name, len(ellipses), *ellipses))


@pytest.fixture
def fold(tmp_path, make_image):
    """Writes folds of a data set in which two images lie; gives its folder."""
    for name in (FIRST, SECOND):
        make_image(tmp_path / "originalPics" / f"{name}.jpg")
    (tmp_path / "FDDB-folds").mkdir()

    def write(*folds):
        for number, text in enumerate(folds, start=1):
            path = tmp_path / "FDDB-folds" / f"FDDB-fold-{number:02}-ellipseList.txt"
            path.write_text(text)
            path.with_name(f"FDDB-fold-{number:02}.txt").write_text(f"{FIRST}\n")
        return tmp_path

    return write


def test_folds_one_after_the_other(fold, skipped):
    small = "10 5 1.570796 50 60 1"
    folder = fold(block(SECOND, ELLIPSE, small), block(FIRST, ELLIPSE))
    assert fddb.recognizes(folder)
    second, first = fddb.read(folder, skipped)
    assert skipped.lines() == []
    assert (first.source, first.name) == ("fddb", f"originalPics/{FIRST}.jpg")
    assert first.path == folder / "originalPics" / f"{FIRST}.jpg"
    assert (first.width, first.height, first.split, first.frame) == (200, 150, None, None)
    assert first.complete and second.complete
    assert len(first.ignored_xyxy) == 0
    (face,) = first.faces
    # 40 to each side of the center and 30 up and down; pixels counted from 0.
    assert face.box_xyxy.tolist() == face.published_box_xyxy.tolist() == [60.5, 45.5, 140.5, 105.5]
    assert face.ellipse.tolist() == [40, 30, 0, 100.5, 75.5]
    np.testing.assert_allclose(second.faces[1].ellipse, [10, 5, np.pi / 2, 50.5, 60.5], atol=1e-4)
    assert np.isnan(face.landmarks).all()
    assert np.isnan(face.visibility).all()
    assert np.isnan(face.pose).all()  # an ellipse's angle is not the head's roll
    assert np.isnan(face.gender)
    assert len(second.faces) == 2
    np.testing.assert_allclose(second.faces[1].box_xyxy, [45.5, 50.5, 55.5, 70.5], atol=1e-4)


@pytest.mark.parametrize(
    ("angle", "half_width", "half_height"),
    [
        (0, 40, 30),
        (np.pi / 2, 30, 40),
        (-np.pi / 2, 30, 40),
        (np.pi, 40, 30),
        (np.pi / 4, np.sqrt(1250), np.sqrt(1250)),  # both sqrt((40 * 40 + 30 * 30) / 2)
        (-np.pi / 4, np.sqrt(1250), np.sqrt(1250)),
        (-np.pi / 6, np.sqrt(1425), np.sqrt(1075)),  # sqrt(3/4 * 1600 + 1/4 * 900), and the other
    ],
)
def test_box_around_an_ellipse(angle, half_width, half_height):
    expected = [100 - half_width, 75 - half_height, 100 + half_width, 75 + half_height]
    ellipse = np.array([[40, 30, angle, 100, 75]])
    np.testing.assert_allclose(fddb.ellipse_box_xyxy(ellipse), [expected])


def test_box_holds_every_point_of_the_ellipse_and_touches_it():
    angle, turn = 0.7, np.linspace(0, 2 * np.pi, 3601)
    x = 100 + 40 * np.cos(turn) * np.cos(angle) - 30 * np.sin(turn) * np.sin(angle)
    y = 75 + 40 * np.cos(turn) * np.sin(angle) + 30 * np.sin(turn) * np.cos(angle)
    box = fddb.ellipse_box_xyxy(np.array([40, 30, angle, 100, 75]))
    np.testing.assert_allclose(box, [x.min(), y.min(), x.max(), y.max()], atol=1e-3)


def test_images_and_lists_beside_each_other(tmp_path, make_image, skipped):
    make_image(tmp_path / f"{FIRST}.jpg")
    (tmp_path / "FDDB-fold-03-ellipseList.txt").write_text(block(FIRST, ELLIPSE))
    assert fddb.recognizes(tmp_path)
    (image,) = fddb.read(tmp_path, skipped)
    assert image.name == f"{FIRST}.jpg"


@pytest.mark.parametrize("suffix", [".jpg", ""])
@pytest.mark.parametrize("ellipse", [ELLIPSE, ELLIPSE.removesuffix("  1"), f"{ELLIPSE} 0.9"])
def test_names_with_their_suffix_and_ellipses_without_their_last_value(
    fold, skipped, suffix, ellipse
):
    (image,) = fddb.read(fold(block(f"{FIRST}{suffix}", ellipse)), skipped)
    assert image.name == f"originalPics/{FIRST}.jpg"
    assert image.faces[0].box_xyxy.tolist() == [60.5, 45.5, 140.5, 105.5]
    assert skipped.lines() == []


@pytest.mark.parametrize("name", ["ellipseList.txt", "FDDB_annotation_EllipseList.txt"])
def test_all_folds_in_one_list(tmp_path, make_image, skipped, name):
    make_image(tmp_path / "images" / f"{FIRST}.jpg")
    (tmp_path / name).write_text(block(FIRST, ELLIPSE))
    assert fddb.recognizes(tmp_path)
    (image,) = fddb.read(tmp_path, skipped)
    assert image.name == f"images/{FIRST}.jpg"


def test_published_folds_go_before_a_list_of_all(fold, skipped):
    folder = fold(block(FIRST, ELLIPSE))
    (folder / "ellipseList.txt").write_text(block(FIRST, ELLIPSE) + block(SECOND, ELLIPSE))
    assert len(list(fddb.read(folder, skipped))) == 1


def test_lists_of_names_alone_are_not_recognized(tmp_path):
    (tmp_path / "FDDB-fold-01.txt").write_text(f"{FIRST}\n")
    assert not fddb.recognizes(tmp_path)


FAULTS = {
    "degrees instead of radians": block(FIRST, "40 30 45 100 75 1"),
    "degrees instead of": block(FIRST, ELLIPSE, "40 30 -90 100 75 1"),
    "not five numbers": block(FIRST, "40 30 0 100"),
    "ellipse that is not": block(FIRST, "40 30 x 100 75 1"),
    "five numbers": block(FIRST, ELLIPSE, "40 30 0 100"),
    "wrong number of faces": f"{FIRST}\n2\n{ELLIPSE}\n",
    "without a name": f"1\n{ELLIPSE}\n",
    "no such image file": block("2002/08/11/big/img_592", ELLIPSE),
    "such image file": block("a" * 300, ELLIPSE),
    "outside the data set": block("../2002/img_591", ELLIPSE),
    "path outside": block("/etc/img_591", ELLIPSE),
    "not finite": block(FIRST, "40 30 0 nan 75 1"),
    "empty box": block(FIRST, "0 0 0 100 75 1"),
    "outside the image": block(FIRST, "40 30 0 300 75 1"),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_fault_is_counted_and_the_rest_read(fold, skipped, reason):
    (image,) = fddb.read(fold(FAULTS[reason], block(SECOND, ELLIPSE)), skipped)
    assert image.name == f"originalPics/{SECOND}.jpg"
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


def test_negative_radius_is_no_face(fold, skipped):
    assert list(fddb.read(fold(block(FIRST, "-40 30 0 100 75 1")), skipped)) == []
    assert sum(skipped.counts.values()) == 1


def test_image_that_lost_a_face_is_not_complete(fold, skipped):
    folder = fold(block(FIRST, ELLIPSE, "40 30 0 nan 75 1") + block(SECOND))
    first, second = fddb.read(folder, skipped)
    assert len(first.faces) == 1
    assert not first.complete
    assert second.faces == ()  # said to have none
    assert second.complete


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numbers that no ellipse has
@given(
    content=st.binary(max_size=300)
    | st.lists(
        st.sampled_from([FIRST, ELLIPSE, "0", "1", "2", "1e300 inf 0 nan 1 1", "../a", "x"])
    ).map(lambda lines: "\n".join(lines).encode())
)
def test_any_bytes_give_images_or_reasons(fold, content):
    folder = fold("", block(SECOND, ELLIPSE))
    (folder / "FDDB-folds" / "FDDB-fold-01-ellipseList.txt").write_bytes(content)
    *_, last = fddb.read(folder, SkipReport())
    assert last.name == f"originalPics/{SECOND}.jpg"


@pytest.mark.parametrize("suffix", [".txt", ".TXT"])
def test_names_that_begin_with_a_number_and_suffix_in_capitals(fold, make_image, skipped, suffix):
    names = ["12 people", "0012", "7"]
    folder = fold(block(FIRST, ELLIPSE) + "".join(block(name, ELLIPSE) for name in names))
    for name in names:
        make_image(folder / "originalPics" / f"{name}.jpg")
    for path in list((folder / "FDDB-folds").iterdir()):
        path.rename(path.with_suffix(suffix))
    assert fddb.recognizes(folder)
    found = [image.name for image in fddb.read(folder, skipped)]
    assert found == [f"originalPics/{name}.jpg" for name in (FIRST, *names)]
    assert skipped.lines() == []
