import numpy as np
import pytest

from hyperface.annotations.readers import pointing04

NAME = "Person01/person01152+0+90"
BOX = "person01152+0+90.jpg\n\nFace\n92\n145\n80\n125\n"


@pytest.fixture
def add(tmp_path, make_image):
    """Adds an image and its file."""

    def write(name=NAME, content=BOX):
        make_image(tmp_path / f"{name}.jpg", 384, 288)
        path = tmp_path / f"{name}.txt"
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def test_an_image_is_read_with_its_box_and_pose(add, skipped):
    folder = add()
    assert pointing04.recognizes(folder)
    (image,) = pointing04.read(folder, skipped)
    assert skipped.lines() == []
    assert (image.source, image.name) == ("pointing04", f"{NAME}.jpg")
    assert (image.complete, image.split) == (True, None)
    (face,) = image.faces
    assert np.isnan(face.pose[0])
    np.testing.assert_allclose(np.degrees(face.pose[1:]), [0, 90], atol=1e-4)
    assert face.person == "pointing04 01"
    assert np.isnan(face.gender)
    assert np.isnan(face.landmarks).all() and np.isnan(face.visibility).all()
    assert face.published_box_xyxy.tolist() == [52, 82.5, 132, 207.5]
    # 1.16 sides of the square of the same area, 100, around (92, 145) moved by 0.08 widths (80),
    # away from where the nose points, and 0.07 heights (125) downwards.
    square = [98.4 - 58, 153.75 - 58, 98.4 + 58, 153.75 + 58]
    np.testing.assert_allclose(face.box_xyxy, square, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "pitch", "yaw"),
    [
        ("Person02/person02235-15-75", -15, -75),
        ("Person15/person15148+30+0", 30, 0),
        ("Person02/person02201-90+0", -90, 0),
        ("Person02/PERSON02293+90+0", 90, 0),
    ],
)
def test_angles(add, skipped, name, pitch, yaw):
    (image,) = pointing04.read(add(name), skipped)
    np.testing.assert_allclose(np.degrees(image.faces[0].pose[1:]), [pitch, yaw], atol=1e-4)


def test_a_copy_with_windows_line_ends_is_read(add, skipped, tmp_path):
    add(content=b"\xef\xbb\xbf" + BOX.replace("\n", "\r\n").encode())
    (image,) = pointing04.read(tmp_path, skipped)
    assert image.faces[0].published_box_xyxy.tolist() == [52, 82.5, 132, 207.5]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "image without a box"),
        ("", "no box of four numbers below the word Face"),
        ("a.jpg\nFace\n92\n145\n80\n", "no box of four numbers below the word Face"),
        (BOX.replace("145", "x"), "box with a value that is not a number"),
        (BOX.replace("\n80\n", "\n0\n"), "empty box"),
        (BOX.replace("\n80\n", "\n-80\n"), "box of negative size"),
        (BOX.replace("\n92\n", "\n900\n"), "box outside the image"),
    ],
)
def test_bad_box_is_counted(add, skipped, content, reason):
    add()
    folder = add("Person01/person01153+0-90", content)
    assert [image.name for image in pointing04.read(folder, skipped)] == [f"{NAME}.jpg"]
    assert skipped.counts == {reason: 1}


def test_other_files_are_counted(add, skipped, tmp_path, make_image):
    folder = add()
    make_image(tmp_path / "Person01" / "front.jpg")
    (tmp_path / "Person01" / "person01154+0+0.jpg").write_bytes(b"")
    assert len(list(pointing04.read(folder, skipped))) == 1
    assert skipped.counts == {
        "file name without person, series, number, tilt and pan": 1,
        "an empty file": 1,
    }


def test_other_folders_are_not_recognized(tmp_path, make_image):
    assert not pointing04.recognizes(tmp_path)
    make_image(tmp_path / "Person01" / "person01.jpg")
    assert not pointing04.recognizes(tmp_path)
