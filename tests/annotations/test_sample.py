"""The facts of data/sample, read from its files, and that its reader agrees with them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.finding import read_all
from hyperface.geometry.fitting import fit_weak_perspective

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "data" / "sample"


@pytest.fixture(scope="module")
def images():
    return json.loads((SAMPLE / "faces.json").read_text(encoding="utf-8"))["pictures"]


@pytest.fixture(scope="module")
def faces(images):
    return [face for image in images for face in image["faces"]]


@pytest.fixture(scope="module")
def read():
    return read_all("data/sample", PROJECT)


def test_there_is_enough_of_it_and_it_is_small(images, faces):
    assert len(images) == 500
    assert len(faces) >= 700
    assert sum(not p["faces"] and p["complete"] for p in images) >= 60
    on_disk = {path.name for path in SAMPLE.glob("*.jpg")}
    assert on_disk == {image["file"] for image in images}
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 14e6


def test_every_image_opens(images):
    for image in images[::10]:
        with Image.open(SAMPLE / image["file"]) as pixels:
            pixels.load()
            assert pixels.size == (384, 288)
            assert pixels.mode == "RGB"


def test_the_reader_takes_all_of_it(read, images, faces):
    records, skipped = read
    assert skipped.lines() == []
    assert len(records) == len(images)
    assert {record.source for record in records} == {"sample"}
    assert sum(len(record.faces) for record in records) == len(faces)


def test_every_label_is_there(faces):
    for face in faces:
        assert len(face["landmarks"]) == len(face["visibility"]) == 21
        assert all(point is not None for point in face["landmarks"])
        assert sum(face["visibility"]) >= 3
        assert set(face["pose"]) == {"roll", "pitch", "yaw"}
        assert {"age", "origin", "skin", "occluder"} <= set(face["attributes"])


def test_no_head_is_on_both_sides(images):
    people = {"train": set(), "validation": set()}
    for image in images:
        people[image["split"]] |= {face["person"] for face in image["faces"]}
    assert not people["train"] & people["validation"]
    assert len(people["validation"]) > 50


def test_genders_and_origins_are_balanced(faces):
    women = np.mean([face["gender"] == "female" for face in faces])
    assert 0.44 < women < 0.56
    origins = [face["attributes"]["origin"] for face in faces]
    for origin in ("african", "asian", "caucasian"):
        assert 0.25 < origins.count(origin) / len(faces) < 0.42


def test_yaw_is_spread_from_profile_to_profile(faces):
    yaw = np.array([face["pose"]["yaw"] for face in faces])
    assert np.abs(yaw).max() <= 95
    counts, _ = np.histogram(yaw, bins=5, range=(-95, 95))
    assert counts.min() > 0.13 * len(faces)


def test_labeled_pose_agrees_with_the_pose_of_the_points(faces):
    stored, fitted = [], []
    for face in faces:
        points = np.array(face["landmarks"], float)
        fitted.append(np.degrees(fit_weak_perspective(points, np.ones(21, bool)).pose))
        stored.append([face["pose"][angle] for angle in ("roll", "pitch", "yaw")])
    difference = np.abs(np.array(stored) - np.array(fitted))
    difference = np.minimum(difference, 360 - difference)
    assert (np.median(difference, axis=0) < 6).all()


def test_a_far_ear_is_hidden_and_a_near_one_mostly_seen(faces):
    for ear, sign in ((12, 1), (16, -1)):
        hidden = [f["visibility"][ear] for f in faces if sign * f["pose"]["yaw"] > 40]
        assert np.mean(hidden) < 0.05


def test_the_readme_gives_its_numbers(images, faces):
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for name, number in (
        ("images", len(images)),
        ("faces", len(faces)),
        ("heads", len({face["person"] for face in faces})),
    ):
        assert re.search(rf"\| {name} \| {number} \|", text), (name, number)
