import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.annotations.summary import box_bin, labeled_faces, summarize, yaw_bin


def face(side=40.0, yaw=None, **labels):
    pose = np.full(3, np.nan, np.float32)
    if yaw is not None:
        pose[2] = np.radians(yaw)
    return Face(np.float32([10, 10, 10 + side, 10 + side]), pose=pose, **labels)


def image(*faces, source="set", **more):
    return AnnotatedImage(None, "a", source, 100, 100, faces, **more)


def test_counts_by_data_set():
    summaries = summarize(
        [
            image(face(yaw=20, gender=1.0, person="Ana"), face(100), complete=True),
            image(face(person="Ana"), split="train"),
            image(complete=True, source="other", ignored_xyxy=np.ones((2, 4))),
        ]
    )
    assert list(summaries) == ["other", "set"]
    ours = summaries["set"]
    assert (ours.images, ours.faces, ours.without_faces, ours.complete) == (2, 3, 0, 1)
    assert ours.people == 1
    assert ours.splits == {"train": 1}
    assert ours.labeled == {
        "detection": 3, "landmarks": 0, "visibility": 0, "pose": 1, "gender": 1,
    }  # fmt: skip
    assert {name: count for name, count in ours.box_sides.items() if count} == {
        "32 to 64": 2,
        "64 to 128": 1,
    }
    assert {name: count for name, count in ours.yaws.items() if count} == {"+15 to +45": 1}
    assert ours.genders == {"female": 1, "not labeled": 2}
    other = summaries["other"]
    assert (other.images, other.faces, other.without_faces, other.ignored) == (1, 0, 1, 2)


def test_labeled_faces():
    landmarks = np.full((21, 2), np.nan)
    placed = landmarks.copy()
    placed[3] = 1, 2
    half = landmarks.copy()
    half[3, 0] = 1
    faces = [
        face(),
        face(landmarks=half, visibility=np.zeros(21)),
        face(landmarks=placed, yaw=0, gender=0.0),
    ]
    assert {task: there.tolist() for task, there in labeled_faces(faces).items()} == {
        "detection": [True, True, True],
        "landmarks": [False, False, True],
        "visibility": [False, True, False],
        "pose": [False, False, True],
        "gender": [False, False, True],
    }


@pytest.mark.parametrize(
    ("side", "words"),
    [(0.5, "0 to 16"), (16, "16 to 32"), (31.9, "16 to 32"), (511, "256 to 512"),
     (512, "512 and more"), (4000, "512 and more")],
)  # fmt: skip
def test_box_bins(side, words):
    assert box_bin(side) == words


@pytest.mark.parametrize(
    ("yaw", "words"),
    [(-105, "-105 to -75"), (0, "-15 to +15"), (15, "+15 to +45"), (104, "+75 to +105"),
     (105, None), (-120, None)],
)  # fmt: skip
def test_yaw_bins(yaw, words):
    assert yaw_bin(yaw) == words
