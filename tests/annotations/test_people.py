"""The facts of data/people, read from its files, and that its reader agrees with them."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.finding import read_all

PROJECT = Path(__file__).resolve().parents[2]
PEOPLE = PROJECT / "data" / "people"


@pytest.fixture(scope="module")
def entries():
    return json.loads((PEOPLE / "faces.json").read_text(encoding="utf-8"))["pictures"]


@pytest.fixture(scope="module")
def read():
    return read_all("data/people", PROJECT)


def test_every_image_is_read(read, entries):
    images, skipped = read
    assert skipped.lines() == [] and skipped.notes == []
    assert {image.source for image in images} == {"people"}
    assert [len(image.faces) for image in images] == [1] * 600
    assert [image.name for image in images] == [entry["file"] for entry in entries]
    on_disk = {path.relative_to(PEOPLE).as_posix() for path in PEOPLE.rglob("*.jpg")}
    assert on_disk == {entry["file"] for entry in entries}
    assert sum(path.stat().st_size for path in PEOPLE.rglob("*.*")) < 8e6


def test_the_two_sets(read):
    images = read[0]
    faces = [i.faces[0] for i in images if i.name.startswith("fairface/")]
    heads = [i.faces[0] for i in images if i.name.startswith("pointing04/")]
    assert (len(faces), len(heads)) == (400, 200)
    assert all(np.isfinite(face.landmarks).all(1).sum() == 19 for face in faces)
    assert all(np.isfinite(face.pose).all() for face in faces)
    assert Counter(face.gender for face in faces) == {0.0: 200, 1.0: 200}
    assert all(np.isnan(face.landmarks).all() and np.isnan(face.gender) for face in heads)
    assert all(np.isfinite(face.pose).tolist() == [False, True, True] for face in heads)
    people = Counter(face.person for face in heads)
    assert len(people) == 10 and set(people.values()) == {20}
    pans = Counter(round(float(np.degrees(face.pose[2]))) for face in heads)
    assert sorted(pans) == list(range(-90, 91, 15))
    assert min(pans.values()) >= 10
    assert all(i.complete == i.name.startswith("pointing04/") for i in images)


def test_races_and_genders_are_balanced(entries):
    told = [entry["faces"][0] for entry in entries if "attributes" in entry["faces"][0]]
    groups = Counter((face["attributes"]["race"], face["gender"]) for face in told)
    assert len(groups) == 14
    assert set(groups.values()) == {28, 29}


def test_nobody_is_on_both_sides(read):
    images = read[0]
    sides = {
        split: {i.faces[0].person for i in images if i.split == split}
        for split in ("train", "validation")
    }
    assert not sides["train"] & sides["validation"]
    assert len(sides["train"] | sides["validation"]) == 410
    held_out = Counter(i.name.split("/")[0] for i in images if i.split == "validation")
    assert held_out == {"fairface": 84, "pointing04": 40}
    assert all(image.split for image in images)


def test_yaw_has_the_sign_of_the_pan_in_the_name(read):
    for image in read[0]:
        if image.name.startswith("pointing04/"):
            pan = int(re.search(r"[+-]\d+$", Path(image.name).stem)[0])
            assert round(float(np.degrees(image.faces[0].pose[2]))) == pan


def test_images_open(entries):
    for entry in entries[::20]:
        with Image.open(PEOPLE / entry["file"]) as pixels:
            pixels.load()
            side = entry["file"].split("/")[0]
            assert pixels.size == {"fairface": (224, 224), "pointing04": (384, 288)}[side]


def test_licenses_are_named():
    text = (PEOPLE / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "Estimating Face Orientation from Robust Detection of Salient Facial Features" in text
