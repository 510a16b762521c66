"""Making data/people of miniatures of FairFace and Pointing'04."""

import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from hyperface.errors import UserError
from tools import make_people

RACES = ("Black", "White")
HEADER = ",".join(["file", *(f"{axis}{n}" for n in range(21) for axis in "xy")])


@pytest.fixture
def data(tmp_path, monkeypatch, face_points):
    """Ten crops, eight of them with points, and two people with four images each."""
    monkeypatch.setattr(make_people, "FAIRFACE", 4)
    monkeypatch.setattr(make_people, "POINTING04", 4)
    fair, pointing = tmp_path / "fairface", tmp_path / "pointing04"
    (fair / "train").mkdir(parents=True)
    rows, points = ["file,age,gender,race,service_test"], [HEADER]
    for number in range(10):
        Image.effect_noise((224, 224), 50).save(fair / "train" / f"{number}.jpg")
        gender = ("Male", "Female")[number % 2]
        rows.append(f"train/{number}.jpg,20-29,{gender},{RACES[number // 2 % 2]},True")
        if number < 8:
            points.append(f"train/{number}.jpg,{face_points}")
    (fair / "fairface_label_train.csv").write_text("\n".join(rows))
    (tmp_path / "points").mkdir()
    (tmp_path / "points" / "fairface.csv").write_text("\n".join(points))
    for person in ("01", "02"):
        (pointing / f"Person{person}").mkdir(parents=True)
        for number, pan in enumerate(("+90", "-90") * 2):
            path = pointing / f"Person{person}" / f"person{person}1{number:02d}+0{pan}.jpg"
            Image.effect_noise((384, 288), 50).save(path)
            path.with_suffix(".txt").write_text(f"{path.name}\n\nFace\n192\n144\n80\n100\n")
    return f"{fair}+points:{tmp_path / 'points'}+{pointing}"


@pytest.fixture
def face_points():
    from hyperface.geometry.mean_face import MEAN_FACE

    points = MEAN_FACE[:, :2] * (70, -70) + (112, 70)
    return ",".join(f"{value:.1f}" for value in points.ravel())


def make(data, folder, seed=1):
    make_people.make_people(data, folder, folder / "sheet.jpg", seed)
    return json.loads((folder / "faces.json").read_text())["pictures"]


def test_balanced_split_and_the_same_again(data, tmp_path):
    entries = make(data, tmp_path / "a")
    told = [entry["faces"][0] for entry in entries if entry["file"].startswith("fairface/")]
    kinds = Counter((face["attributes"]["race"], face["gender"]) for face in told)
    assert kinds == {(race, gender): 1 for race in RACES for gender in ("male", "female")}
    assert all(face["landmarks"].count(None) == 0 for face in told)
    heads = [entry for entry in entries if entry["file"].startswith("pointing04/")]
    found = Counter((h["faces"][0]["person"], h["faces"][0]["pose"]["yaw"]) for h in heads)
    people = ("pointing04 01", "pointing04 02")
    assert found == {(person, yaw): 1 for person in people for yaw in (90.0, -90.0)}
    assert {head["split"] for head in heads} == {"train", "validation"}
    # 1.16 sides of the square of 80 x 100, around the center moved by 0.08 and 0.07 sides.
    half, x, y = 1.16 * np.sqrt(8000) / 2, 192 + 6.4, 144 + 7
    left = next(h["faces"][0] for h in heads if h["faces"][0]["pose"]["yaw"] == 90)
    np.testing.assert_allclose(left["box"], [x - half, y - half, x + half, y + half], atol=0.01)
    assert make(data, tmp_path / "b") == entries
    assert all((tmp_path / "a" / entry["file"]).is_file() for entry in entries)


def test_too_little_data(data, tmp_path, monkeypatch):
    monkeypatch.setattr(make_people, "FAIRFACE", 9)
    with pytest.raises(UserError, match="9 images are needed, but the data has only 8"):
        make(data, tmp_path / "a")


def test_too_much_data(data, tmp_path, monkeypatch):
    monkeypatch.setattr(make_people, "MAX_BYTES", 1000)
    with pytest.raises(UserError, match="at most 1,000 are allowed"):
        make(data, tmp_path / "a")
    assert not (tmp_path / "a").exists()
