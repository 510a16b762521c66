"""The readers on the real data sets beside the project; skipped where they are absent."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from hyperface.annotations.finding import find_readers, read_all
from hyperface.annotations.readers import mtfl
from hyperface.annotations.record import SkipReport

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def everything(shared_datasets):
    return read_all(str(shared_datasets), shared_datasets)


@pytest.fixture(scope="module")
def of_set(shared_datasets):
    """Reads one of the sets, once, without the points of others; skipped where it is absent."""

    @cache
    def read(name):
        if not (shared_datasets / name).is_dir():
            pytest.skip(f"{name} is not among the real data sets")
        skipped = SkipReport()
        ((reader, folder),) = find_readers(shared_datasets / name, skipped)
        return list(reader.read(folder, skipped)), skipped

    return read


def faces_of(everything, source):
    return [face for image in everything[0] if image.source == source for face in image.faces]


def test_every_image_is_read(everything):
    images, skipped = everything
    # As published: a box of no size among those of WIDER FACE.
    assert set(skipped.counts) <= {"empty box"}
    ones = {"helen", "mtfl", "utkface", "youtube_faces"}
    whole = {"no_faces", "utkface", "wider_face", "pointing04"}
    assert all(len(image.faces) == 1 for image in images if image.source in ones)
    assert ones | {"no_faces"} <= {image.source for image in images}
    complete = {image.source for image in images if image.complete}
    assert {"no_faces", "utkface"} <= complete <= whole


@pytest.mark.parametrize(
    ("source", "labeled"), [("helen", 19), ("youtube_faces", 19), ("mtfl", 5), ("utkface", 0)]
)
def test_labels(of_set, source, labeled):
    for image in of_set(source)[0]:
        (face,) = image.faces
        known = np.isfinite(face.landmarks).all(1)
        assert known.sum() == labeled
        assert (np.isfinite(face.visibility) == known).all()
        # Five points tell the pitch too roughly.
        expected = [labeled > 0, labeled > 5, labeled > 0]
        assert np.isfinite(face.pose).tolist() == expected


def test_genders(everything):
    genders = Counter(face.gender for face in faces_of(everything, "mtfl") if face.gender >= 0)
    assert genders[1.0] > 2500 and genders[0.0] > 2500
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


def test_mean_yaw_falls_over_the_pose_bins_of_mtfl(of_set, shared_datasets):
    lines = (shared_datasets / "mtfl" / "training.txt").read_text().splitlines()
    rows = [line.replace("\\", "/").split() for line in lines if line.strip()]
    bins = {name: int(pose_bin) for name, *_, pose_bin in rows}
    yaws = {pose_bin: [] for pose_bin in range(1, 6)}
    for image in of_set("mtfl")[0]:
        if image.name in bins:
            yaws[bins[image.name]].append(np.degrees(image.faces[0].pose[2]))
    means = [np.mean(yaws[pose_bin]) for pose_bin in range(1, 6)]
    assert (np.diff(means) < 0).all()
    assert means[0] > 20 and means[4] < -20
    assert abs(means[2]) < 5


def test_boxes_agree_with_the_published_ones_of_mtfl(of_set):
    faces = [image.faces[0] for image in of_set("mtfl")[0]]
    ours = np.array([face.box_xyxy for face in faces])
    published = np.array([face.published_box_xyxy for face in faces])
    center_shift = (ours[:, :2] + ours[:, 2:] - published[:, :2] - published[:, 2:]) / 2
    side = ours[:, 2] - ours[:, 0]
    assert np.median(np.abs(center_shift).max(1) / side) < 0.15


def test_profiles_of_cfp(of_set):
    images, skipped = of_set("cfp")
    assert skipped.lines() == []
    yaws = {kind: [] for kind in ("frontal", "profile")}
    for image in images:
        (face,) = image.faces
        left = np.isfinite(face.landmarks[6]).all()  # the half on the image's left
        assert np.isfinite(face.landmarks).all(1).sum() == 11
        assert np.isfinite(face.pose).all()
        kind = "profile" if "/profile/" in image.name else "frontal"
        yaw = np.degrees(face.pose[2])
        yaws[kind].append(abs(yaw))
        if kind == "profile":
            assert (yaw < 0) == left
            assert face.visibility[16 if left else 12] == 0  # the far ear
        else:
            assert left and not (face.visibility == 0).any()
    assert 55 < np.median(yaws["profile"]) < 85
    assert np.percentile(yaws["profile"], 1) > 30
    assert np.median(yaws["frontal"]) < 10


def test_poses_of_pointing04(of_set):
    images, skipped = of_set("pointing04")
    assert skipped.lines() == []
    for image in images:
        angles = np.degrees(image.faces[0].pose)
        assert np.isnan(angles[0])
        assert set(np.round(angles[1:]) % 15) == {0}
    people = Counter(image.faces[0].person for image in images)
    assert len(people) > 1 and len(set(people.values())) == 1


def test_genders_of_fairface(of_set):
    images, skipped = of_set("fairface")
    assert skipped.lines() == []
    genders = Counter(image.faces[0].gender for image in images)
    assert genders[0.0] == genders[1.0] == len(images) / 2
    assert {image.split for image in images} == {None}  # the training part alone


def test_masked_faces(of_set):
    images, skipped = of_set("face_masks")
    assert skipped.lines() == []
    assert len(images) > 100 and {image.source for image in images} == {"face_masks"}


def test_crowds_of_wider_face(of_set):
    images, _ = of_set("wider_face")
    assert sum(image.complete for image in images) > 0.9 * len(images)
    assert any(image.complete for image in images if len(image.ignored_xyxy))
    sides = [
        np.sqrt(np.prod(box[2:] - box[:2]))
        for i in images
        for box in (face.published_box_xyxy for face in i.faces)
    ]
    assert min(sides) >= 8


def test_landmarks_of_lfpw(of_set):
    images, skipped = of_set("lfpw")
    assert skipped.lines() == []
    assert {image.source for image in images} == {"lfpw"}
    assert all(np.isfinite(image.faces[0].landmarks).all(1).sum() == 19 for image in images)


@pytest.mark.parametrize("source", ["mtfl", "utkface", "fairface", "cfp"])
def test_points_from_a_file(everything, shared_datasets, source):
    if not (shared_datasets / "teacher_points" / f"{source}.csv").is_file():
        pytest.skip(f"there are no points of {source}")
    faces = faces_of(everything, source)
    full = [face for face in faces if np.isfinite(face.landmarks).all(1).sum() == 19]
    assert len(full) > (0.25 if source == "cfp" else 0.9) * len(faces)
    assert all(np.isfinite(face.pose).all() for face in full)
