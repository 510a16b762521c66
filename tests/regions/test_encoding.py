import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirroring import mirror_points, mirror_xyxy

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.landmarks import MIRROR
from hyperface.geometry.pose import mirror_pose
from hyperface.regions.encoding import (
    TARGET_SHAPES,
    decode_landmarks,
    encode_landmarks,
    mirror_targets,
    region_targets,
    target_shapes,
)
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.tasks import TASKS

PAPER = OverlapRules()
REGION = np.array([100, 50, 300, 150])  # 200 wide, 100 high, center (200, 100)
NAN = np.float32(np.nan)
WIDTH = 640


def encoded(face, overlap=1.0, background=False, box=REGION):
    return targets_of(box, face, overlap, background, PAPER)


def targets_of(box, face, overlap, background, rules):
    """The targets of a region; where it is to be no background, a face to ignore lies on it."""
    ignored = np.zeros((0, 4)) if background else box[None]
    faces = () if face is None else (face,)
    image = AnnotatedImage(None, "a", "s", 640, 480, faces, True, ignored_xyxy=ignored)
    return region_targets(Region(0, box, len(faces) - 1, overlap, False), [image], rules)


@st.composite
def labeled_faces(draw):
    """Faces with any mixture of labels, all positions exact in binary."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    landmarks = np.float32(rng.integers(80 * 8, 320 * 8, (21, 2)) / 8)
    visibility = rng.choice(np.float32([1, 1, 0, NAN]), 21)
    landmarks[rng.random(21) < 0.2] = NAN
    pose = np.float32(rng.uniform(-1, 1, 3))
    pose[rng.random(3) < 0.2] = NAN
    gender = float(rng.choice([0.0, 1.0, np.nan]))
    return Face(np.float32([90, 40, 310, 160]), landmarks, visibility, pose, gender)


def mirrored(face):
    return Face(
        np.float32(mirror_xyxy(face.box_xyxy, WIDTH)),
        mirror_points(face.landmarks, WIDTH),
        face.visibility[MIRROR],
        mirror_pose(face.pose),
        face.gender,
    )


def test_landmarks_by_hand():
    points = [[200, 100], [100, 50], [300, 150], [250, 75], [400, 100]]
    units = [[0, 0], [-0.5, -0.5], [0.5, 0.5], [50 / 200, -25 / 100], [200 / 200, 0]]
    np.testing.assert_allclose(encode_landmarks(points, REGION), units)
    np.testing.assert_allclose(decode_landmarks(units, REGION), points)


@settings(deadline=None, max_examples=30)
@given(
    st.tuples(*2 * [st.floats(-1000, 1000)], *2 * [st.floats(1, 1000)]),
    st.integers(0, 2**32 - 1),
)
def test_landmarks_round_trip(xywh, seed):
    left, top, width, height = xywh
    box = [left, top, left + width, top + height]
    points = np.random.default_rng(seed).uniform(-1000, 1000, (21, 2))
    there_and_back = decode_landmarks(encode_landmarks(points, box), box)
    np.testing.assert_allclose(there_and_back, points, atol=1e-9)


def test_decodes_a_batch_each_row_in_its_own_box():
    units = np.full((2, 21, 2), 0.25)
    boxes = np.array([REGION, [0, 0, 8, 4]])
    decoded = decode_landmarks(units, boxes)
    np.testing.assert_array_equal(decoded[0, 20], [200 + 0.25 * 200, 100 + 0.25 * 100])
    np.testing.assert_array_equal(decoded[1, 0], [4 + 0.25 * 8, 2 + 0.25 * 4])


@settings(deadline=None, max_examples=15)
@given(labeled_faces(), st.sampled_from([0.0, 0.2, 0.4, 0.6]), st.booleans())
def test_shapes_and_numbers(face, overlap, background):
    for given_face in (face, None):
        targets = encoded(given_face, overlap, background)
        assert tuple(targets) == tuple(TARGET_SHAPES) == tuple(TASKS)
        for name, value in targets.items():
            assert value.shape == TARGET_SHAPES[name]
            assert value.dtype == np.float32
            assert np.isfinite(value).all()
            assert np.isin(value[..., -1], [0, 1]).all()


@pytest.mark.parametrize(
    ("overlap", "background", "detection", "landmarks", "pose"),
    [
        (0.51, False, [1, 1], 1, 1),
        (0.5, False, [0, 0], 1, 0),  # exclusive: ignored for detection, pose and gender
        (0.36, False, [0, 0], 1, 0),
        (0.35, False, [0, 0], 0, 0),
        (0.34, True, [0, 1], 0, 0),
        (0.34, False, [0, 0], 0, 0),  # not known to be background: nothing is labeled
        (0.0, True, [0, 1], 0, 0),
    ],
)
def test_labels_by_overlap(make_face, overlap, background, detection, landmarks, pose):
    targets = encoded(make_face(100, 50, 300, 150), overlap, background)
    np.testing.assert_array_equal(targets["detection"], detection)
    assert (targets["landmarks"][:, 3] == landmarks).all()
    assert (targets["visibility"][:, 1] == landmarks).all()
    assert (targets["pose"][:, 1] == pose).all()
    assert targets["gender"][1] == pose


@pytest.mark.parametrize("background", [False, True])
def test_without_a_face_only_detection_is_labeled(background):
    targets = encoded(None, 0.0, background)
    np.testing.assert_array_equal(targets["detection"], [0, background])
    assert not any(targets[name].any() for name in TASKS if name != "detection")


def test_values_by_hand(make_face):
    landmarks = np.tile(np.float32([250, 75]), (21, 1))
    face = make_face(100, 50, 300, 150, landmarks=landmarks, gender=0.0)
    targets = encoded(face)
    np.testing.assert_array_equal(targets["landmarks"], [[50 / 200, -25 / 100, 1, 1]] * 21)
    np.testing.assert_array_equal(targets["visibility"], [[1, 1]] * 21)
    np.testing.assert_array_equal(targets["pose"], np.float32([[0.1, 1], [-0.2, 1], [0.3, 1]]))
    np.testing.assert_array_equal(targets["gender"], [0, 1])
    np.testing.assert_array_equal(encoded(make_face(0, 0, 9, 9))["gender"], [1, 1])


def test_invisible_missing_and_outside_are_told_apart(make_face):
    landmarks = np.tile(np.float32([250, 75]), (21, 1))
    visibility = np.ones(21, np.float32)
    visibility[1] = 0  # invisible, its place known
    visibility[2], landmarks[2] = 0, NAN  # invisible, its place unknown, as AFLW has it
    visibility[3], landmarks[3] = NAN, NAN  # missing
    landmarks[4] = 99, 75  # one pixel left of the region
    landmarks[5] = 250, 150.25  # just below it
    landmarks[6] = 300, 150  # on its corner
    face = make_face(100, 50, 300, 150, landmarks=landmarks, visibility=visibility)
    expected = np.tile([50 / 200, -25 / 100, 1, 1], (21, 1))
    expected[[1, 2, 4, 5]] = 0, 0, 0, 1  # labeled as not visible, at (0, 0)
    expected[3] = 0, 0, 0, 0
    expected[6] = 0.5, 0.5, 1, 1
    targets = encoded(face)
    np.testing.assert_array_equal(targets["landmarks"], expected)
    np.testing.assert_array_equal(targets["visibility"], expected[:, 2:])


def test_pose_and_gender_may_be_missing_each_on_its_own(make_face):
    pose = np.array([NAN, 0.2, NAN], np.float32)
    targets = encoded(make_face(100, 50, 300, 150, pose=pose, gender=float("nan")))
    np.testing.assert_array_equal(targets["pose"], np.float32([[0, 0], [0.2, 1], [0, 0]]))
    np.testing.assert_array_equal(targets["gender"], [0, 0])
    assert targets["landmarks"][:, 3].all()


def test_a_face_without_labels_trains_detection_alone():
    targets = encoded(Face(REGION.astype(np.float32)))
    np.testing.assert_array_equal(targets["detection"], [1, 1])
    assert not any(targets[name].any() for name in TASKS if name != "detection")


@settings(deadline=None, max_examples=15)
@given(labeled_faces(), st.sampled_from([0.4, 0.6]))
def test_mirrored_targets_are_the_targets_of_the_mirrored_face(face, overlap):
    by_targets = mirror_targets(encoded(face, overlap))
    by_record = encoded(mirrored(face), overlap, box=mirror_xyxy(REGION, WIDTH))
    for name in TASKS:
        np.testing.assert_array_equal(by_targets[name], by_record[name], err_msg=name)


@settings(deadline=None, max_examples=30)
@given(labeled_faces())
def test_mirroring_twice_restores_targets_and_nothing_changes_in_place(face):
    targets = encoded(face)
    before = {name: value.copy() for name, value in targets.items()}
    twice = mirror_targets(mirror_targets(targets))
    for name in TASKS:
        np.testing.assert_array_equal(twice[name], before[name])
        np.testing.assert_array_equal(targets[name], before[name])


@settings(deadline=None, max_examples=10)
@given(labeled_faces(), labeled_faces())
def test_mirrors_a_batch_as_its_rows(first, second):
    rows = [encoded(first), encoded(second)]
    batch = mirror_targets({name: np.stack([row[name] for row in rows]) for name in TASKS})
    for index, row in enumerate(rows):
        for name, value in mirror_targets(row).items():
            np.testing.assert_array_equal(batch[name][index], value)


def test_another_scheme_of_landmarks_has_targets_of_its_own_width():
    rules = OverlapRules(num_landmarks=68)
    landmarks = np.full((68, 2), NAN)
    landmarks[0], landmarks[8] = (100, 50), (250, 75)
    visibility = np.where(np.isfinite(landmarks[:, 0]), np.float32(1), NAN)
    face = Face(np.float32(REGION), landmarks, visibility)
    targets = targets_of(REGION, face, 1.0, False, rules)
    np.testing.assert_array_equal(targets["landmarks"][0], [-0.5, -0.5, 1, 1])
    np.testing.assert_array_equal(targets["landmarks"][8], [0.25, -0.25, 1, 1])
    assert targets["visibility"][:, 1].sum() == 2
    mirrored_targets = mirror_targets(targets)
    np.testing.assert_array_equal(mirrored_targets["landmarks"][16], [0.5, -0.5, 1, 1])
    np.testing.assert_array_equal(mirrored_targets["landmarks"][8], [-0.25, -0.25, 1, 1])
    shapes = {task: target.shape for task, target in targets.items()}
    assert shapes == target_shapes(68)
    empty = targets_of(REGION, None, 0.0, True, rules)
    assert {task: target.shape for task, target in empty.items()} == shapes
