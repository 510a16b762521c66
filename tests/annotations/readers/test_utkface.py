import numpy as np
import pytest

from hyperface.annotations.readers import utkface

MAN, WOMAN = "26_0_2_20170104023102422.jpg.chip.jpg", "61_1_0_20170109142408075.jpg"


def test_crops_are_read_with_their_labels(tmp_path, make_image, skipped):
    make_image(tmp_path / MAN, 200, 200)
    make_image(tmp_path / WOMAN, 100, 100)
    assert utkface.recognizes(tmp_path)
    man, woman = utkface.read(tmp_path, skipped)
    assert skipped.lines() == []
    assert (man.faces[0].gender, woman.faces[0].gender) == (0.0, 1.0)
    assert (man.faces[0].group, woman.faces[0].group) == ("Asian", "White")
    assert man.faces[0].box_xyxy.tolist() == [12, 17, 185, 190]
    assert woman.faces[0].box_xyxy.tolist() == [6, 8.5, 92.5, 95]
    assert man.complete
    assert np.isnan(man.faces[0].landmarks).all()
    assert np.isnan(man.faces[0].visibility).all()
    assert np.isnan(man.faces[0].pose).all()
    assert (man.source, man.name) == ("utkface", MAN)


def test_what_is_not_a_crop_is_counted(tmp_path, make_image, skipped):
    make_image(tmp_path / MAN, 200, 200)
    make_image(tmp_path / WOMAN, 200, 150)
    make_image(tmp_path / "61_1_20170109142408075.jpg", 200, 200)  # misspelt in the set itself
    (tmp_path / "30_0_0_20170109142408075.jpg").write_bytes(b"")
    assert [image.name for image in utkface.read(tmp_path, skipped)] == [MAN]
    assert skipped.counts == {
        "not a square aligned crop": 1,
        "file name without age_gender_race_date": 1,
        "an empty file": 1,
    }


@pytest.mark.parametrize(("code", "counted"), [("2", 1), ("3", 1), ("x", 1), ("", 0)])
def test_gender_in_another_code_costs_the_gender_alone(
    tmp_path, make_image, skipped, code, counted
):
    make_image(tmp_path / MAN, 200, 200)
    make_image(tmp_path / f"53_{code}_0_20170116184028385.jpg.chip.jpg", 200, 200)
    _, other = utkface.read(tmp_path, skipped)
    assert np.isnan(other.faces[0].gender)
    assert other.faces[0].box_xyxy.tolist() == [12, 17, 185, 190]
    assert skipped.counts["gender that is neither 0 nor 1, treated as missing"] == counted
    assert len(skipped.lines()) == counted


@pytest.mark.parametrize("race", ["", "7"])  # which nobody needs
def test_any_race_is_read(tmp_path, make_image, skipped, race):
    make_image(tmp_path / f"53_1_{race}_20170116184028385.jpg.chip.jpg", 200, 200)
    assert utkface.recognizes(tmp_path)
    (image,) = utkface.read(tmp_path, skipped)
    assert image.faces[0].gender == 1.0


def test_other_images_are_not_recognized(tmp_path, make_image):
    assert not utkface.recognizes(tmp_path)
    make_image(tmp_path / "2024_01_01.jpg")
    make_image(tmp_path / "20_01_2_x.jpg")
    assert not utkface.recognizes(tmp_path)
