import numpy as np
import pytest

from hyperface.annotations.readers import fairface
from hyperface.errors import UserError

HEADER = "file,age,gender,race,service_test"
TRAIN = f"{HEADER}\ntrain/1.jpg,50-59,Male,East Asian,True\ntrain/2.jpg,30-39,Female,Indian,False\n"
VAL = f"{HEADER}\nval/1.jpg,more than 70,Female,Latino_Hispanic,True\n"


@pytest.fixture
def fair(tmp_path, make_image):
    """Writes the tables, beside images of the set's size."""
    for name in ("train/1", "train/2", "val/1"):
        make_image(tmp_path / f"{name}.jpg", 224, 224)

    def write(train=None, val=None):
        for part, content in (("train", train), ("val", val)):
            if content is not None:
                path = tmp_path / f"fairface_label_{part}.csv"
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def test_training_and_validation_parts_are_read(fair, skipped):
    folder = fair(TRAIN, VAL)
    assert fairface.recognizes(folder)
    man, woman, held_out = fairface.read(folder, skipped)
    assert skipped.lines() == []
    assert (man.source, man.name, man.path) == ("fairface", "train/1.jpg", folder / "train/1.jpg")
    assert [image.faces[0].gender for image in (man, woman, held_out)] == [0.0, 1.0, 1.0]
    groups = [image.faces[0].group for image in (man, woman, held_out)]
    assert groups == ["East Asian", "Indian", "Latino_Hispanic"]
    assert [image.split for image in (man, woman, held_out)] == ["train", "train", "validation"]
    (face,) = man.faces
    assert face.box_xyxy.tolist() == [17, 24, 208, 215]
    assert np.isnan(face.landmarks).all() and np.isnan(face.visibility).all()
    assert np.isnan(face.pose).all() and np.isnan(face.published_box_xyxy).all()
    assert face.person is None
    assert not man.complete  # others may be beside


def test_of_the_training_part_alone_no_split_is_prescribed(fair, skipped):
    assert [image.split for image in fairface.read(fair(TRAIN), skipped)] == [None, None]
    assert [image.split for image in fairface.read(fair(val=VAL), skipped)][-1] == "validation"


def test_copy_with_the_wide_margin():
    # 17 of 224 pixels with margins of 0.25: 17 / 224 x 1.5 - 0.25 = -0.1362 of the template's side
    # from its edge; with margins of 1.25 that is (1.25 - 0.1362) / 3.5 of 448 pixels.
    assert fairface.face_box_xyxy(448)[0] == pytest.approx(142.571, abs=1e-3)
    side = np.ptp(fairface.face_box_xyxy(448)[[0, 2]])
    assert side == pytest.approx(191 / 224 * 1.5 / 3.5 * 448, abs=1e-3)


def test_copies_with_windows_line_ends_are_read(fair, skipped):
    content = b"\xef\xbb\xbf" + TRAIN.replace("\n", "\r\n").replace("/", "\\").encode()
    assert len(list(fairface.read(fair(content), skipped))) == 2
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("train/1.jpg,20-29", "row without 5 cells"),
        ("train/9.jpg,20-29,Male,White,True", "no such image file"),
        ("../1.jpg,20-29,Male,White,True", "image path outside the data set"),
        ("train/2.jpg,20-29,Male,White,True", "image listed twice, the first one is used"),
        ("train/wide.jpg,20-29,Male,White,True", "not a square aligned crop"),
    ],
)
def test_bad_row_is_counted(fair, skipped, tmp_path, make_image, row, reason):
    make_image(tmp_path / "train/wide.jpg", 224, 200)
    images = list(fairface.read(fair(f"{TRAIN}{row}\n"), skipped))
    assert [image.name for image in images] == ["train/1.jpg", "train/2.jpg"]
    assert skipped.counts == {reason: 1}


def test_gender_in_another_code_costs_the_gender_alone(fair, skipped):
    images = list(fairface.read(fair(TRAIN.replace("Female", "1")), skipped))
    assert np.isnan(images[1].faces[0].gender)
    assert skipped.counts == {"gender that is neither Male nor Female, treated as missing": 1}


def test_another_table_of_that_name_is_refused(fair, skipped):
    with pytest.raises(UserError, match="no column 'gender'"):
        list(fairface.read(fair("file,sex\ntrain/1.jpg,Male\n"), skipped))
