"""The readers on the real data sets beside the project; skipped where they are absent."""

from collections import Counter

import numpy as np
import pytest

from hyperface.annotations.finding import read_all
from hyperface.annotations.readers import mtfl
from hyperface.annotations.record import SkipReport

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def everything(shared_datasets):
    return read_all(str(shared_datasets), shared_datasets)


def faces_of(everything, source):
    return [face for image in everything[0] if image.source == source for face in image.faces]


def test_every_image_is_read(everything):
    images, rejects, counts = everything
    # As published: a box of no size among those of WIDER FACE.
    assert set(rejects.counts) <= {"empty box"}
    ones = {"helen", "mtfl", "utkface", "youtube_faces"}
    assert all(len(image.faces) == 1 for image in images if image.source in ones)
    assert ones | {"no_faces"} <= counts.keys()
    complete = {image.source for image in images if image.complete}
    assert {"no_faces", "utkface"} <= complete <= {"no_faces", "utkface", "wider_face"}


@pytest.mark.parametrize(
    ("source", "labeled"), [("helen", 19), ("youtube_faces", 19), ("mtfl", 5), ("utkface", 0)]
)
def test_labels(everything, source, labeled):
    for face in faces_of(everything, source):
        known = np.isfinite(face.landmarks).all(1)
        assert known.sum() == labeled
        assert (np.isfinite(face.visibility) == known).all()
        # Five points tell the pitch too roughly.
        expected = [labeled > 0, labeled > 5, labeled > 0]
        assert np.isfinite(face.pose).tolist() == expected


def test_genders(everything):
    genders = Counter(face.gender for face in faces_of(everything, "mtfl") if face.gender >= 0)
    assert genders == {1.0: 3121, 0.0: 2728}
    genders = Counter(face.gender for face in faces_of(everything, "utkface"))
    assert genders[0.0] == genders[1.0] >= 1500  # the copy is a balanced part


def test_people(everything):
    assert len({face.person for face in faces_of(everything, "youtube_faces")}) == 347


def test_the_two_tables_of_mtfl_count_from_1_and_0(shared_datasets):
    labels = mtfl.read_table(shared_datasets / "mtfl" / "training.txt", SkipReport())
    boxes = mtfl.read_table(shared_datasets / "mtfl" / "face_boxes.txt", SkipReport())
    assert len(labels) == 5849
    assert labels.keys() <= boxes.keys()
    for name, label in labels.items():
        np.testing.assert_allclose(label.points, boxes[name].points, atol=1e-6)


def test_mean_yaw_falls_over_the_pose_bins_of_mtfl(everything, shared_datasets):
    labels = mtfl.read_table(shared_datasets / "mtfl" / "training.txt", SkipReport())
    yaws = {pose_bin: [] for pose_bin in range(1, 6)}
    for image in everything[0]:
        if image.source == "mtfl" and image.name in labels:
            yaws[labels[image.name].pose_bin].append(np.degrees(image.faces[0].pose[2]))
    means = [np.mean(yaws[pose_bin]) for pose_bin in range(1, 6)]
    assert (np.diff(means) < 0).all()
    assert means[0] > 20 and means[4] < -20
    assert abs(means[2]) < 5


def test_boxes_agree_with_the_published_ones_of_mtfl(everything):
    faces = faces_of(everything, "mtfl")
    ours = np.array([face.box_xyxy for face in faces])
    published = np.array([face.published_box_xyxy for face in faces])
    center_shift = (ours[:, :2] + ours[:, 2:] - published[:, :2] - published[:, 2:]) / 2
    side = ours[:, 2] - ours[:, 0]
    assert np.median(np.abs(center_shift).max(1) / side) < 0.15
