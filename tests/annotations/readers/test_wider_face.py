import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import wider_face
from hyperface.annotations.record import SkipReport

PARADE = "0--Parade/0_Parade_marchingband_1_849.jpg"
MEETING = "11--Meeting/11_Meeting_Meeting_11_Meeting_Meeting_11_1.jpg"
FACE = "40 30 20 25 0 0 0 0 0 0 "
INVALID = "100 60 10 12 2 0 0 1 2 0 "
# 0.88 sides of the square of the same area (120), 0.09 of the height (12) further down.
IGNORED = pytest.approx([100.18007, 62.26007, 109.81993, 71.89993])
ZEROS = "0 0 0 0 0 0 0 0 0 0 "


def block(name, *faces):
    return "".join(f"{line}\n" for line in (name, len(faces), *faces))


@pytest.fixture
def wider(tmp_path, make_image):
    """Writes the lists of a data set with one image to train on and one held out."""
    make_image(tmp_path / "WIDER_train" / "images" / PARADE)
    make_image(tmp_path / "WIDER_val" / "images" / MEETING, 120, 90)
    (tmp_path / "wider_face_split").mkdir()

    def write(train=None, val=None):
        for part, text in ("train", train), ("val", val):
            if text is not None:
                path = tmp_path / "wider_face_split" / f"wider_face_{part}_bbx_gt.txt"
                path.write_text(text)
        return tmp_path

    return write


def test_training_and_validation_parts_are_read(wider, skipped):
    second = "5 6 9 16 1 0 0 0 0 0 "
    folder = wider(block(PARADE, FACE, second), block(MEETING, FACE))
    assert wider_face.recognizes(folder)
    train, held_out = wider_face.read(folder, skipped)
    assert skipped.lines() == []
    assert (train.source, train.split) == ("wider_face", "train")
    assert train.name == f"WIDER_train/images/{PARADE}"
    assert train.path == folder / train.name
    assert (train.width, train.height) == (200, 150)
    assert train.complete
    published = [face.published_box_xyxy.tolist() for face in train.faces]
    assert published == [[40, 30, 60, 55], [5, 6, 14, 22]]
    # 0.88 sides of the square of the same area (12), 0.09 of the height (16) further down.
    half = 0.88 * 12 / 2
    square = [9.5 - half, 15.44 - half, 9.5 + half, 15.44 + half]
    np.testing.assert_allclose(train.faces[1].box_xyxy, square, atol=1e-5)
    assert train.ignored_xyxy.shape == (0, 4)
    assert held_out.split == "validation"
    assert held_out.name == f"WIDER_val/images/{MEETING}"
    assert (held_out.width, held_out.height) == (120, 90)
    (face,) = held_out.faces
    assert np.isnan(face.landmarks).all()
    assert np.isnan(face.visibility).all()
    assert np.isnan(face.pose).all()
    assert np.isnan(face.gender)


def test_one_part_is_enough(wider, skipped):
    folder = wider(val=block(MEETING, FACE))
    assert wider_face.recognizes(folder)
    assert [image.split for image in wider_face.read(folder, skipped)] == ["validation"]


def test_of_the_training_part_alone_no_split_is_prescribed(wider, skipped):
    folder = wider(train=block(PARADE, FACE))
    assert [image.split for image in wider_face.read(folder, skipped)] == [None]


def test_face_under_8_pixels_is_ignored(wider, skipped):
    small, large = "100 60 7 9 2 0 0 0 2 0", "100 60 8 8 2 0 0 0 2 0"  # 63 and 64 square pixels
    folder = wider(block(PARADE, FACE, small), block(MEETING, FACE, large))
    train, held_out = wider_face.read(folder, skipped)
    assert (len(train.faces), len(train.ignored_xyxy), train.complete) == (1, 1, True)
    assert (len(held_out.faces), len(held_out.ignored_xyxy), held_out.complete) == (2, 0, True)
    assert skipped.lines() == []


def test_without_lists_it_is_not_recognized(wider):
    assert not wider_face.recognizes(wider())


def test_invalid_face_is_ignored_and_the_image_complete(wider, skipped):
    folder = wider(block(PARADE, FACE, INVALID), block(MEETING, INVALID))
    train, held_out = wider_face.read(folder, skipped)
    assert [face.published_box_xyxy.tolist() for face in train.faces] == [[40, 30, 60, 55]]
    assert train.ignored_xyxy.tolist() == [IGNORED]
    assert held_out.faces == ()  # none that counts, but not without people
    assert held_out.ignored_xyxy.tolist() == [IGNORED]
    assert train.complete and held_out.complete  # all the rest is background
    assert skipped.lines() == []


@pytest.mark.parametrize("zeros", ["", f"{ZEROS}\n"])
def test_image_without_faces(wider, skipped, zeros):
    folder = wider(f"{PARADE}\n0\n{zeros}", block(MEETING, FACE))
    train, held_out = wider_face.read(folder, skipped)
    assert train.faces == ()
    assert train.complete
    assert len(train.ignored_xyxy) == 0
    assert len(held_out.faces) == 1
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("40 30 0 25 0 0 0 0 0 0", "empty box"),
        ("40 30 20 0 0 0 0 0 0 0", "empty box"),
        (ZEROS, "empty box"),
        ("40 30 -20 25 0 0 0 0 0 0", "box of negative size"),
        ("nan 30 20 25 0 0 0 0 0 0", "box with a number that is not finite"),
        ("200 30 20 25 0 0 0 0 0 0", "box outside the image"),
    ],
)
def test_bad_box_is_dropped_and_counted(wider, skipped, row, reason):
    folder = wider(block(PARADE, FACE, row))
    (image,) = wider_face.read(folder, skipped)
    assert len(image.faces) == 1
    assert not image.complete
    assert skipped.counts == {reason: 1}
    assert list(wider_face.read(wider(block(PARADE, row)), SkipReport())) == []


@pytest.mark.parametrize("size", ["0 12", "10 0", "-10 12", "nan 12"])
def test_bad_box_of_an_invalid_face_is_dropped_and_counted(wider, skipped, size):
    row = f"100 60 {size} 2 0 0 1 2 0"
    (image,) = wider_face.read(wider(block(PARADE, FACE, row, INVALID)), skipped)
    assert image.ignored_xyxy.tolist() == [IGNORED]
    assert not image.complete  # nobody knows where the other is
    assert sum(skipped.counts.values()) == 1


@pytest.mark.parametrize(
    "row", ["40 30 20 25", "40 30 20 25 0", "40 30 20 25 0 0 0 0", f"{FACE} 1", "40 30 20 25 x y z"]
)
def test_copies_with_fewer_or_more_values(wider, skipped, row):
    (image,) = wider_face.read(wider(block(PARADE, FACE, row)), skipped)
    assert [face.published_box_xyxy.tolist() for face in image.faces] == [[40, 30, 60, 55]] * 2
    assert image.complete
    assert skipped.lines() == []


@pytest.mark.parametrize("flag", ["x", "2", "-1", "0.5"])
def test_invalid_in_another_code_ignores_the_face_and_is_counted(wider, skipped, flag):
    row = f"100 60 10 12 2 0 0 {flag} 2 0"
    (image,) = wider_face.read(wider(block(PARADE, FACE, row)), skipped)
    assert len(image.faces) == 1
    assert image.ignored_xyxy.tolist() == [IGNORED]
    assert image.complete
    assert skipped.counts == {"invalid that is neither 0 nor 1, the face is ignored": 1}


FAULTS = {
    "outside the data set": block(f"../{PARADE}", FACE),
    "image path outside": block("/etc/a.jpg", FACE),
    "path outside the": block("C:\\a.jpg", FACE),
    "no such image file": block("0--Parade/a.jpg", FACE),
    "such image file": block("a" * 300, FACE),
    "a box of four numbers": block(PARADE, "40 30 20"),
    "without a box of four": block(PARADE, FACE, "40 30 x 25 0 0 0 0 0 0"),
    "wrong number of faces": f"{PARADE}\n2\n{FACE}\n",
    "without a name": f"1\n{FACE}\n",
}


@pytest.mark.parametrize("reason", FAULTS)
def test_fault_is_counted_and_the_rest_read(wider, skipped, reason):
    folder = wider(FAULTS[reason], block(MEETING, FACE))
    (image,) = wider_face.read(folder, skipped)
    assert image.split == "validation"
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numbers that no box has
@given(
    content=st.binary(max_size=300)
    | st.lists(
        st.sampled_from([PARADE, FACE, INVALID, ZEROS, "0", "1", "2", "../a", f"nan {'1e99 ' * 9}"])
    ).map(lambda lines: "\n".join(lines).encode())
)
def test_any_bytes_give_images_or_reasons(wider, content):
    folder = wider("", block(MEETING, FACE))
    (folder / "wider_face_split" / "wider_face_train_bbx_gt.txt").write_bytes(content)
    *_, last = wider_face.read(folder, SkipReport())
    assert last.split == "validation"


def test_names_that_begin_with_a_number(wider, make_image, skipped):
    folder = wider()
    names = ["12 people.jpg", "0--Parade/3 of us.jpg", "7.jpg"]
    for name in names:
        make_image(folder / "WIDER_train" / "images" / name)
    wider(block(PARADE, FACE) + "".join(block(name, FACE) for name in names))
    found = [image.name for image in wider_face.read(folder, skipped)]
    assert found == [f"WIDER_train/images/{name}" for name in (PARADE, *names)]
    assert skipped.lines() == []


def test_suffix_in_capitals(wider, skipped):
    folder = wider(block(PARADE, FACE), block(MEETING, FACE))
    for path in list((folder / "wider_face_split").iterdir()):
        path.rename(path.with_suffix(".TXT"))
    assert wider_face.recognizes(folder)
    assert len(list(wider_face.read(folder, skipped))) == 2
    assert skipped.lines() == []
