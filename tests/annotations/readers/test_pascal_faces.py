import numpy as np
import pytest
import scipy.io

from hyperface.annotations.readers import pascal_faces
from hyperface.errors import UserError

FILES = {
    "Annotations_Face_PASCALLayout_large_fixed.mat": "pascal_faces",
    "new_annotations_AFW.mat": "afw",
}
PASCAL, AFW = FILES
FIELDS = [(name, object) for name in ("imgname", "imgsize", "objects", "flags")]
FACE = [41, 31, 100, 110, 0, 0]
EMPTY = np.zeros((0, 0))


def write(folder, *entries, file=PASCAL):
    """Entries are names and objects."""
    structs = np.empty((1, len(entries)), FIELDS)
    for number, (name, objects) in enumerate(entries):
        structs[0, number] = (name, np.array([[200, 150]]), objects, EMPTY)
    folder.mkdir(exist_ok=True)
    scipy.io.savemat(folder / file, {"Annotations": structs})


@pytest.fixture
def folder(tmp_path, make_image):
    """A folder with two images, still without annotations."""
    for name in ("1.jpg", "2.jpg"):
        make_image(tmp_path / "set" / name)
    return tmp_path / "set"


@pytest.mark.parametrize("file", FILES)
def test_both_files(folder, skipped, file):
    write(
        folder, ("2.jpg", np.array([FACE, [121, 31, 160, 80, 0, 0]])), ("1.jpg", EMPTY), file=file
    )
    assert pascal_faces.recognizes(folder)
    first, second = pascal_faces.read(folder, skipped)
    assert skipped.lines() == []
    assert (first.source, first.name) == (FILES[file], "2.jpg")
    assert (first.width, first.height) == (200, 150)
    assert first.path == folder / "2.jpg"
    assert first.complete
    # Pixels 41 to 100 and 31 to 110, counted from 1 and all in the box.
    boxes = [face.box_xyxy.tolist() for face in first.faces]
    assert boxes == [[40, 30, 100, 110], [120, 30, 160, 80]]
    for face in first.faces:
        assert face.published_box_xyxy.tolist() == face.box_xyxy.tolist()
        for labels in (face.landmarks, face.visibility, face.pose, face.gender):
            assert np.isnan(labels).all()
    assert second.faces == ()  # an image without any face is background all over
    assert second.complete


def test_both_files_in_one_folder(folder, skipped):
    write(folder, ("1.jpg", np.array([FACE])), file=PASCAL)
    write(folder, ("2.jpg", np.array([FACE])), file=AFW)
    images = list(pascal_faces.read(folder, skipped))
    assert [image.source for image in images] == ["pascal_faces", "afw"]


def test_face_to_be_ignored_is_neither_face_nor_background(folder, skipped):
    ignored = [121, 31, 160, 80, 0, 1]
    write(folder, ("1.jpg", np.array([FACE, ignored])), ("2.jpg", np.array([ignored])))
    first, second = pascal_faces.read(folder, skipped)
    assert [face.box_xyxy.tolist() for face in first.faces] == [[40, 30, 100, 110]]
    assert second.faces == ()
    for image in (first, second):
        assert image.ignored_xyxy.tolist() == [[120, 30, 160, 80]]
        assert image.ignored_xyxy.dtype == np.float32
        assert image.complete
    assert skipped.lines() == []


def cell(content):
    array = np.empty((1, 1), object)
    array[0, 0] = content
    return array


@pytest.mark.parametrize(
    ("name", "objects"),
    [
        ("1.jpg", np.array([FACE[:5]])),
        ("1.jpg", np.array([FACE[:4]])),
        ("1.jpg", np.array([[*FACE, 7, 7]])),
        ("1", np.array([FACE])),
        (cell("1.jpg"), np.array([FACE])),
        (cell(cell("1.jpg")), cell(np.array([FACE]))),
        ("1.jpg", np.array([FACE], np.uint16)),
        ("1.jpg", np.array([[41, 31, 100, 110, 0, np.nan]])),  # not said to be ignored
    ],
)
def test_copies_with_less_and_with_more(folder, skipped, name, objects):
    write(folder, (name, objects))
    (image,) = pascal_faces.read(folder, skipped)
    assert image.name == "1.jpg"
    assert [face.box_xyxy.tolist() for face in image.faces] == [[40, 30, 100, 110]]
    assert image.complete
    assert skipped.lines() == []


def test_structs_in_cells(folder, skipped):
    structs = np.empty((2, 1), object)
    for number in range(2):
        structs[number, 0] = {"imgname": f"{number + 1}.jpg", "objects": np.array([FACE])}
    scipy.io.savemat(folder / AFW, {"Annotations": structs})
    assert [image.name for image in pascal_faces.read(folder, skipped)] == ["1.jpg", "2.jpg"]
    assert skipped.lines() == []


@pytest.mark.parametrize("code", [2, -1, 0.5])
def test_ignore_in_another_code_ignores_the_face_and_is_counted(folder, skipped, code):
    write(folder, ("1.jpg", np.array([FACE, [121, 31, 160, 80, 0, code]])))
    (image,) = pascal_faces.read(folder, skipped)
    assert len(image.faces) == 1
    assert image.ignored_xyxy.tolist() == [[120, 30, 160, 80]]
    assert skipped.counts == {"ignore that is neither 0 nor 1, the face is ignored": 1}


@pytest.mark.parametrize("place", ["images", "JPEGImages", "testimages"])
def test_images_in_a_folder_of_their_own(tmp_path, make_image, skipped, place):
    write(tmp_path / "set", ("1.jpg", np.array([FACE])))
    make_image(tmp_path / "set" / place / "1.jpg")
    (image,) = pascal_faces.read(tmp_path / "set", skipped)
    assert image.name == f"{place}/1.jpg"
    assert image.path.is_file()


BOX_FAULTS = [
    ([41, 31, 40, 110], "empty box"),
    ([41, np.nan, 100, 110], "not finite"),
    ([41, 31, np.inf, 110], "not finite"),
    ([100, 31, 41, 110], "box of negative size"),
    ([41, 110, 100, 31], "box of negative size"),
    ([241, 31, 300, 110], "box outside the image"),
    ([-80, -80, 0, 0], "box outside the image"),
]


@pytest.mark.parametrize("ignore", [0, 1])
@pytest.mark.parametrize(("box", "reason"), BOX_FAULTS)
def test_faulty_box_is_dropped_and_counted(folder, skipped, box, reason, ignore):
    write(folder, ("1.jpg", np.array([FACE, [*box, 0, ignore]])))
    (image,) = pascal_faces.read(folder, skipped)
    assert [face.box_xyxy.tolist() for face in image.faces] == [[40, 30, 100, 110]]
    assert len(image.ignored_xyxy) == 0
    assert not image.complete  # somewhere in it is a face that nobody knows the place of
    (line,) = skipped.lines()
    assert reason in line
    assert "1.jpg" in line


def test_image_of_nothing_but_faulty_boxes_is_dropped(folder, skipped):
    write(folder, ("1.jpg", np.array([[9, 9, 5, 5, 0, 0]])), ("2.jpg", np.array([FACE])))
    assert [image.name for image in pascal_faces.read(folder, skipped)] == ["2.jpg"]
    assert skipped.counts == {"box of negative size": 1}


@pytest.mark.parametrize(
    ("name", "objects", "reason"),
    [
        (7, np.array([FACE]), "entry without a name"),
        ("", np.array([FACE]), "entry without a name"),
        ("1.jpg", np.array([FACE[:3]]), "rows of at least 4 numbers"),
        ("1.jpg", np.array([FACE]).T, "rows of at least 4 numbers"),
        ("1.jpg", "faces", "rows of at least 4 numbers"),
        ("../1.jpg", np.array([FACE]), "outside the data set"),
        ("/etc/1.jpg", np.array([FACE]), "outside the data set"),
        ("3.jpg", np.array([FACE]), "no such image file"),
    ],
)
def test_faulty_entry_is_counted_and_the_rest_read(folder, skipped, name, objects, reason):
    write(folder, (name, objects), ("2.jpg", np.array([FACE])))
    assert [image.name for image in pascal_faces.read(folder, skipped)] == ["2.jpg"]
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


@pytest.mark.parametrize("variable", [np.ones((2, 6)), "text", {"imgname": "1.jpg"}])
def test_variable_of_another_form(folder, skipped, variable):
    scipy.io.savemat(folder / AFW, {"Annotations": variable})
    with pytest.raises(UserError, match=r"AFW\.mat has no struct with imgname and objects"):
        list(pascal_faces.read(folder, skipped))


@pytest.mark.parametrize("numbers", [np.uint8, np.int16, np.float32])
def test_numbers_of_any_type(folder, skipped, numbers):
    write(folder, ("1.jpg", np.array([[0, 0, 100, 110, 0, 0]], numbers)))
    (image,) = pascal_faces.read(folder, skipped)
    assert image.faces[0].box_xyxy.tolist() == [-1, -1, 100, 110]


def test_suffix_in_capitals(folder, skipped):
    for name, file in (("1.jpg", PASCAL), ("2.jpg", AFW)):
        write(folder, (name, np.array([FACE])), file=file)
    for path in list(folder.rglob("*.mat")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert pascal_faces.recognizes(folder)
    assert len(list(pascal_faces.read(folder, skipped))) == 2
    assert skipped.lines() == []
