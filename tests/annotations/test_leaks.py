import os

import numpy as np

from hyperface.annotations.leaks import Leak, find_leaks
from hyperface.annotations.record import AnnotatedImage, Face


def image(path, source="set", split=None, people=(), frame=None):
    faces = tuple(Face(np.zeros(4), person=person) for person in people)
    name = path.name if frame is None else f"{path.name}/{frame}"
    return AnnotatedImage(path, name, source, 10, 10, faces, split=split, frame=frame)


def test_the_same_file_under_two_names(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "b.jpg").write_bytes(b"a")
    os.link(tmp_path / "a.jpg", tmp_path / "hard.jpg")
    (tmp_path / "soft.jpg").symlink_to("a.jpg")
    images = [
        image(tmp_path / "a.jpg", split="train"),
        image(tmp_path / "hard.jpg", split="validation"),
        image(tmp_path / "b.jpg", split="validation"),
        image(tmp_path / "soft.jpg", "other"),
    ]
    assert find_leaks(images) == [
        Leak("file", ("other", "set (train)"), 1, ("set/a.jpg",)),
        Leak("file", ("other", "set (validation)"), 1, ("set/a.jpg",)),
        Leak("file", ("set (train)", "set (validation)"), 1, ("set/a.jpg",)),
    ]


def test_frames_of_one_video_are_different_images(tmp_path):
    (tmp_path / "v.avi").touch()
    frames = [
        image(tmp_path / "v.avi", split="train", frame=1),
        image(tmp_path / "v.avi", split="validation", frame=2),
    ]
    assert find_leaks(frames) == []


def test_shared_people_and_near_identical_images_are_found(tmp_path):
    images = [
        image(tmp_path / "1", split="train", people=["Ana", "Ben"]),
        image(tmp_path / "2", split="train", people=["Eve"]),
        image(tmp_path / "3", split="validation", people=["Ben", "Ana", "Eve", "Tom"]),
        image(tmp_path / "4", split="validation", people=["Zoe", None]),
    ]
    (leak,) = find_leaks(images)
    assert (leak.kind, leak.count) == ("person", 3)
    assert set(leak.examples) == {"Ana", "Ben", "Eve"}
    _, alike = find_leaks(images, np.array([0, 1, 1, 3]))
    near = "near-identical image"
    assert alike == Leak(near, ("set (train)", "set (validation)"), 1, ("set/2",))


def test_within_a_part_nothing_leaks(tmp_path):
    images = [image(tmp_path / str(n), people=["Ana"]) for n in range(3)]
    assert find_leaks(images, np.zeros(3, int)) == []
