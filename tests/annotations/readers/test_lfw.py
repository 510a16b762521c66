import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import lfw
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError

ANA, ABEL = "Ana_Guevara", "Abel_Pacheco"


@pytest.fixture
def people(tmp_path, make_image):
    """Two people, one of them in two images, in a folder that may have lists above it."""
    folder = tmp_path / "archive" / "lfw"
    for name, number in ((ANA, 1), (ANA, 2), (ABEL, 1)):
        make_image(folder / name / f"{name}_{number:04}.jpg", 250, 250)
    return folder


def genders(folder, skipped):
    return {
        image.path.stem: image.faces[0].gender
        for image in lfw.read(folder, skipped)
        if not np.isnan(image.faces[0].gender)
    }


def test_face_in_the_middle(people, skipped):
    assert lfw.recognizes(people)
    images = list(lfw.read(people, skipped))
    assert skipped.lines() == []
    names = [f"{ABEL}/{ABEL}_0001.jpg", f"{ANA}/{ANA}_0001.jpg", f"{ANA}/{ANA}_0002.jpg"]
    assert [image.name for image in images] == names
    assert [image.path for image in images] == [people / name for name in names]
    first = images[0]
    assert (first.source, first.width, first.height) == ("lfw", 250, 250)
    assert not first.complete  # of the people in the background nothing is known
    assert first.split is None
    (face,) = first.faces
    # 250 / 2.2 = 113.636 wide, so 56.818 to each side of 125.
    np.testing.assert_allclose(face.box_xyxy, [68.182, 68.182, 181.818, 181.818], atol=1e-3)
    assert (face.published_box_xyxy == face.box_xyxy).all()
    assert face.box_xyxy.dtype == np.float32
    assert np.isnan(face.landmarks).all()
    assert np.isnan(face.visibility).all()
    assert np.isnan(face.pose).all()
    assert np.isnan(face.gender)
    assert [image.faces[0].person for image in images] == [ABEL, ANA, ANA]


def test_box_of_an_image_of_another_size(tmp_path, make_image, skipped):
    make_image(tmp_path / ANA / f"{ANA}_0001.jpg", 220, 110)
    (image,) = lfw.read(tmp_path, skipped)
    np.testing.assert_allclose(image.faces[0].box_xyxy, [60, 30, 160, 80], atol=1e-4)


@pytest.mark.parametrize("above", [False, True])
def test_gender_lists_beside_the_people_and_above_them(people, skipped, above):
    place = people.parent if above else people
    (place / "male_names.txt").write_bytes(f"{ABEL}_0001.jpg\r\n".encode())
    (place / "female_names.txt").write_text(f"{ANA}_0002.jpg\nNobody_0001.jpg\n")
    assert genders(people, skipped) == {f"{ABEL}_0001": 0.0, f"{ANA}_0002": 1.0}
    assert skipped.lines() == []


def test_list_beside_the_people_goes_before_the_one_above(people, skipped):
    (people / "male_names.txt").write_text(f"{ABEL}_0001.jpg\n")
    (people.parent / "male_names.txt").write_text(f"{ANA}_0001.jpg\n")
    assert genders(people, skipped) == {f"{ABEL}_0001": 0.0}


@pytest.mark.parametrize(
    "written",
    [
        *(f"{ANA}_0001.jpg", f"{ANA}/{ANA}_0001.jpg", f"{ANA}_0001", f"lfw\\{ANA}\\{ANA}_0001.jpg"),
        *(f"{ANA}_0001.jpg\t0.98 sure", f"{ANA}_0001.png, female", f"{ANA}_0001\tfemale"),
        *(f"{ANA.lower()}_0001.JPG", f"{ANA}\t1", f"{ANA} 0001", f"{ANA}_0001 2"),
    ],
)
def test_ways_to_write_a_name(people, skipped, written):
    (people / "female_names.txt").write_text(f"{written}\n")
    assert genders(people, skipped) == {f"{ANA}_0001": 1.0}


def test_list_in_another_case(people, skipped):
    (people / "Female_Names.txt").write_text(f"{ANA}_0001.jpg\n")
    assert genders(people, skipped) == {f"{ANA}_0001": 1.0}


def test_name_with_a_point_in_it(tmp_path, make_image, skipped):
    make_image(tmp_path / "J._Doe" / "J._Doe_0001.jpg")
    (tmp_path / "male_names.txt").write_text("J._Doe_0001\n")
    assert genders(tmp_path, skipped) == {"J._Doe_0001": 0.0}


def test_lists_that_fit_no_image_are_reported_once(people, skipped):
    (people / "male_names.txt").write_text("Somebody_0001.jpg\nNobody_0001.jpg\n")
    (people / "female_names.txt").write_text("Somebody_0002.jpg\n")
    assert genders(people, skipped) == {}
    assert skipped.counts == {"gender lists without a name that matches an image": 1}


def test_image_in_both_lists_has_no_gender_and_is_reported_once(people, skipped):
    (people / "male_names.txt").write_text(f"{ANA}_0001.jpg\n{ABEL}_0001.jpg\n")
    (people / "female_names.txt").write_text(f"{ANA}_0001.jpg\n{ANA}_0001.jpg\n{ANA}_0002.jpg\n")
    assert genders(people, skipped) == {f"{ABEL}_0001": 0.0, f"{ANA}_0002": 1.0}
    (line,) = skipped.lines()
    assert line.startswith("1 x image in both gender lists")
    assert f"{ANA}_0001" in line


def test_broken_image_is_counted(people, skipped):
    (people / ANA / f"{ANA}_0001.jpg").write_bytes(b"")
    (people / ABEL / f"{ABEL}_0001.jpg").write_text("not an image")
    assert len(list(lfw.read(people, skipped))) == 1
    assert skipped.counts == {"an empty file": 1, "not an image or video of a known format": 1}


def test_names_with_letters_of_a_pattern(tmp_path, make_image):
    make_image(tmp_path / "A[1]*" / "A[1]*_0001.jpg")
    assert lfw.recognizes(tmp_path)


def test_other_folders_are_not_recognized(tmp_path, make_image):
    assert not lfw.recognizes(tmp_path)
    make_image(tmp_path / "holiday" / "beach_0001.jpg")
    make_image(tmp_path / "work" / "desk.jpg")
    assert not lfw.recognizes(tmp_path)
    make_image(tmp_path / ANA / f"{ANA}_0001.jpg")
    assert not lfw.recognizes(tmp_path)  # most are not named after a person


def test_list_that_cannot_be_read_is_one_clear_error(people, skipped, monkeypatch):
    (people / "male_names.txt").write_text("")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(people), "open", refuse)
    with pytest.raises(UserError, match=r"male_names\.txt"):
        list(lfw.read(people, skipped))


@given(
    content=st.binary(max_size=200) | st.text(f"{ANA}_0001.jpg/\\\n", max_size=200).map(str.encode)
)
def test_any_bytes_in_the_lists_give_images(people, content):
    (people / "male_names.txt").write_bytes(content)
    (people / "female_names.txt").write_bytes(content[::-1])
    assert len(list(lfw.read(people, SkipReport()))) == 3


def test_a_unreadable_folder_is_counted_and_the_rest_read(people, make_image, closed, skipped):
    make_image(people / "lost+found" / "a.jpg")
    closed(people / "lost+found")
    assert lfw.recognizes(people)
    assert len(list(lfw.read(people, skipped))) == 3
    assert skipped.counts == {"no permission to read the folder": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("there", ["Zo\u00eb_Ball", "Zoe\u0308_Ball"])
def test_a_gender_list_edited_on_windows(tmp_path, make_image, skipped, encoding, there):
    make_image(tmp_path / there / f"{there}_0001.jpg")
    (tmp_path / "female_names.txt").write_bytes("Zo\u00eb_Ball_0001.jpg\r\n".encode(encoding))
    assert genders(tmp_path, skipped) == {f"{there}_0001": 1.0}
    assert skipped.lines() == []
