from dataclasses import replace

import numpy as np
import pytest
from mirroring import mirror_points, mirror_xyxy
from PIL import Image
from training_defaults import JITTER

from hyperface.annotations.pixels import read_pixels
from hyperface.errors import UserError
from hyperface.geometry.landmarks import MIRROR
from hyperface.geometry.pose import mirror_pose
from hyperface.images.reading import decode_image
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import make_batch
from hyperface.regions.cropping import crop_region
from hyperface.regions.encoding import TARGET_SHAPES, region_targets
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.tasks import TASKS
from hyperface.training.feeding import training_batches

RULES = OverlapRules()
EVERYTHING = Augmentation(
    mirror=0.5, color=0.3, gray=0.2, blur=0.3, scale=0.3, rotation=0.5, occlusion=0.5
)


@pytest.fixture(scope="module")
def images(tmp_path_factory, make_face, make_image):
    """Two real files: a face among strangers, and no face at all."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for name in ("face.png", "none.png"):
        Image.fromarray(rng.integers(0, 256, (200, 300, 3), np.uint8)).save(folder / name)
    return [
        make_image(make_face(100, 50, 180, 130), path=folder / "face.png"),
        make_image(complete=True, path=folder / "none.png"),
    ]


@pytest.fixture(scope="module")
def sampler(images):
    shares = {"face": 0.5, "hard_negative": 0.25, "background": 0.25}
    return RegionSampler(images, {}, RULES, JITTER, shares)


def region(image, box, face=-1, overlap=0.0):
    return Region(image, np.array(box), face, overlap, proposed=False)


def training_batch(sampler, augmentation, size, seed, epoch, number):
    return training_batches(sampler, augmentation, size, size, seed, epoch, TASKS)[number]


def assert_equal(first, second):
    np.testing.assert_array_equal(first[0], second[0])
    for name in TASKS:
        np.testing.assert_array_equal(first[1][name], second[1][name], err_msg=name)


def test_rows_are_the_cropped_and_labeled_regions(images):
    regions = [
        region(0, [100, 50, 180, 120], 0, 70 / 80),
        region(1, [10, 20, 237, 170]),
        region(0, [90, 40, 150, 100], 0, 0.4),
    ]
    pixel_arrays, targets = make_batch(regions, images, RULES)
    assert pixel_arrays.shape == (3, 227, 227, 3)
    assert pixel_arrays.dtype == np.uint8
    for row, each in enumerate(regions):
        decoded = decode_image(images[each.image].path)
        np.testing.assert_array_equal(pixel_arrays[row], crop_region(decoded, each.box_xyxy))
        for name, value in region_targets(each, images, RULES).items():
            np.testing.assert_array_equal(targets[name][row], value)
    for name, shape in TARGET_SHAPES.items():
        assert targets[name].shape == (3, *shape)
        assert targets[name].dtype == np.float32
    np.testing.assert_array_equal(targets["detection"], [[1, 1], [0, 1], [0, 0]])


@pytest.mark.parametrize(
    ("overlap", "complete", "expected"),
    [
        (0.2, False, [0, 1]),
        (0.05, False, [0, 0]),  # a stranger's face may be there
        (0.05, True, [0, 1]),
        (0.6, False, [1, 1]),
    ],
)
def test_background_depends_on_the_image(images, overlap, complete, expected):
    here = [replace(images[0], complete=complete)]
    targets = region_targets(region(0, [0, 0, 50, 50], 0, overlap), here, RULES)
    np.testing.assert_array_equal(targets["detection"], expected)


def test_targets_are_those_of_the_regions_face(images):
    other = replace(images[0].faces[0], gender=1.0 - images[0].faces[0].gender)
    pair = [replace(images[0], faces=(other, images[0].faces[0]))]
    each = region(0, [100, 50, 180, 120], 1, 70 / 80)
    expected = region_targets(replace(each, face=0), images, RULES)
    for name, value in region_targets(each, pair, RULES).items():
        np.testing.assert_array_equal(value, expected[name])


def test_no_region_gives_an_empty_batch(images):
    pixel_arrays, targets = make_batch([], images, RULES)
    assert pixel_arrays.shape == (0, 227, 227, 3)
    assert targets["landmarks"].shape == (0, 21, 4)


def test_mirror_is_in_step_with_the_labels(images, tmp_path):
    box = np.array([110, 40, 190, 130])
    face = images[0].faces[0]
    visibility = np.float32(np.arange(21) % 2)
    face = replace(face, visibility=visibility)
    there = replace(images[0], faces=(face,))
    Image.fromarray(decode_image(there.path)[:, ::-1]).save(tmp_path / "mirrored.png")
    mirrored = replace(
        there,
        path=tmp_path / "mirrored.png",
        faces=(
            replace(
                face,
                box_xyxy=mirror_xyxy(face.box_xyxy, 300),
                landmarks=mirror_points(face.landmarks, 300),
                visibility=visibility[MIRROR],
                pose=mirror_pose(face.pose),
            ),
        ),
    )
    always = Augmentation(mirror=1.0)
    rng = np.random.default_rng(0)
    pixel_arrays, targets = make_batch([region(0, box, 0, 0.6)], [there], RULES, (always, rng))
    by_hand = make_batch([region(0, mirror_xyxy(box, 300), 0, 0.6)], [mirrored], RULES)
    assert np.abs(pixel_arrays.astype(int) - by_hand[0]).max() <= 1  # rounding in the interpolation
    for name in TASKS:
        np.testing.assert_allclose(targets[name], by_hand[1][name], atol=1e-6, err_msg=name)


def test_neighbors_are_cut_from_one_decoding(images):
    opened = []

    def read(image):
        opened.append(image.path.name)
        return read_pixels(image)

    box = [0, 0, 50, 50]
    regions = [region(0, box), region(0, box), region(1, box), region(1, box), region(0, box)]
    make_batch(regions, images, RULES, read=read)
    assert opened == ["face.png", "none.png", "face.png"]


def test_an_image_that_changed_its_size_is_a_user_error(images):
    def read(image):
        return np.zeros((100, 300, 3), np.uint8)

    with pytest.raises(UserError, match=r"face\.png changed .*another size"):
        make_batch([region(0, [0, 0, 50, 50])], images, RULES, read=read)


def test_an_image_that_vanished_is_a_user_error(images, tmp_path):
    gone = [replace(images[0], path=tmp_path / "gone.png")]
    with pytest.raises(UserError, match=r"gone\.png changed .*no such image file"):
        make_batch([region(0, [0, 0, 50, 50])], gone, RULES)


def test_a_batch_follows_from_seed_epoch_and_number(sampler):
    first = training_batch(sampler, EVERYTHING, 4, seed=1, epoch=2, number=3)
    training_batch(sampler, EVERYTHING, 4, seed=5, epoch=5, number=5)
    assert_equal(first, training_batch(sampler, EVERYTHING, 4, seed=1, epoch=2, number=3))


@pytest.mark.parametrize("other", [{"seed": 2}, {"epoch": 3}, {"number": 4}])
def test_another_seed_epoch_or_number_is_another_batch(sampler, other):
    where = {"seed": 1, "epoch": 2, "number": 3}
    first = training_batch(sampler, Augmentation(), 4, **where)[0]
    second = training_batch(sampler, Augmentation(), 4, **{**where, **other})[0]
    assert (first != second).any(axis=(1, 2, 3)).all()


def test_a_training_batch_has_its_shares(sampler):
    images, targets = training_batch(sampler, EVERYTHING, 8, seed=0, epoch=0, number=0)
    assert images.shape == (8, 227, 227, 3)
    np.testing.assert_array_equal(targets["landmarks"][:, 0, 3], [1] * 4 + [0] * 4)
    np.testing.assert_array_equal(targets["detection"][4:], [[0, 1]] * 4)


def test_a_rotated_row_has_rotated_labels(images):
    face = images[0].faces[0]
    whole = [region(0, [100, 50, 180, 130], 0, 1.0)]
    always = Augmentation(rotation=1.0, rotation_degrees=30.0)
    for seed in range(10):
        _, targets = make_batch(whole, images, RULES, (always, np.random.default_rng(seed)))
        roll = targets["pose"][0, 0, 0] - face.pose[0]
        assert 0 < abs(roll) <= np.radians(30) + 1e-6
        seen = targets["landmarks"][0, :, 2] == 1
        assert seen.sum() > 10
        # About the box's middle, which is 0 in region units, clockwise by the roll.
        sin, cos = np.sin(roll), np.cos(roll)
        plain = region_targets(whole[0], images, RULES)["landmarks"][:, :2]
        expected = plain @ [[cos, sin], [-sin, cos]]
        np.testing.assert_allclose(targets["landmarks"][0, seen, :2], expected[seen], atol=1e-5)
        np.testing.assert_array_equal(targets["detection"], [[1, 1]])


class Rotating:
    """A random generator that always rotates, by the given degrees."""

    def __init__(self, degrees):
        self.degrees = degrees

    def random(self):
        return 0.0

    def uniform(self, low, high):
        return self.degrees


def test_no_rotation_brings_another_face_into_a_region(images, make_face, make_image):
    # Two faces 66 pixels apart. About the first, 45 degrees clockwise bring the second to
    # (146.7, 106.7, 206.7, 166.7), which overlaps the region by 0.53; the other way, it is far.
    faces = make_face(100, 60, 160, 120), make_face(166, 60, 226, 120)
    group = make_image(*faces, complete=True, path=images[0].path)
    near = [region(0, [130, 104, 190, 164], 0, 0.071)]
    always = Augmentation(rotation=1.0, rotation_degrees=45.0)
    plain = crop_region(decode_image(group.path), near[0].box_xyxy)
    for degrees, kept in ((45.0, True), (-45.0, False)):
        pixel_arrays, targets = make_batch(near, [group], RULES, (always, Rotating(degrees)))
        assert np.array_equal(pixel_arrays[0], plain) == kept
        np.testing.assert_array_equal(targets["detection"], [[0, 1]])


def test_no_rotation_brings_an_ignored_face_into_the_background(images, make_face, make_image):
    # As above, of an ignored face: it would overlap the region by more than 0.1.
    face, ignored = make_face(100, 60, 160, 120), [[166, 60, 226, 120]]
    group = make_image(face, complete=True, path=images[0].path, ignored=ignored)
    near = [region(0, [130, 104, 190, 164], 0, 0.071)]
    always = Augmentation(rotation=1.0, rotation_degrees=45.0)
    plain = crop_region(decode_image(group.path), near[0].box_xyxy)
    for degrees, kept in ((45.0, True), (-45.0, False)):
        pixel_arrays, _ = make_batch(near, [group], RULES, (always, Rotating(degrees)))
        assert np.array_equal(pixel_arrays[0], plain) == kept


@pytest.mark.parametrize("rows", [range(8), range(8, 16), [3, 12, 15], []])
def test_single_rows_equal_those_of_the_whole_batch(sampler, rows):
    """Every random change of a row is drawn, also where another process makes the row."""
    whole, labels = training_batch(sampler, EVERYTHING, 16, 1, 2, 3)
    own = training_batches(sampler, EVERYTHING, 16, 16, 1, 2, TASKS, list(rows))[3]
    assert_equal(own, (whole[list(rows)], {name: labels[name][list(rows)] for name in TASKS}))


def test_images_are_read_for_the_rows_alone_and_for_what_occludes_them(images):
    regions = [
        region(0, [100, 50, 180, 130], 0, 1.0),
        region(1, [10, 20, 100, 110]),
        region(0, [100, 50, 180, 130], 0, 1.0),
    ]
    for occlusion, expected in ((0.0, {"face.png"}), (1.0, {"face.png", "none.png"})):
        read = []

        def reading(image, read=read):
            read.append(image.path.name)
            return read_pixels(image)

        changes = (Augmentation(occlusion=occlusion), np.random.default_rng(0))
        make_batch(regions, images, RULES, changes, reading, rows=[2])
        assert set(read) == expected
        assert len(read) == len(expected)


def test_faces_are_occluded_by_regions_without_a_face(tmp_path, make_face, make_image):
    for name, level in (("face.png", 50), ("none.png", 200)):
        Image.fromarray(np.full((200, 300, 3), level, np.uint8)).save(tmp_path / name)
    images = [
        make_image(make_face(100, 50, 180, 130), path=tmp_path / "face.png"),
        make_image(complete=True, path=tmp_path / "none.png"),
    ]
    regions = [region(0, [100, 50, 180, 130], 0, 1.0), region(1, [10, 20, 237, 170])]
    always = Augmentation(occlusion=1.0)
    plain = region_targets(regions[0], images, RULES)["visibility"]
    hid = 0
    for seed in range(20):
        pixel_arrays, targets = make_batch(
            regions, images, RULES, (always, np.random.default_rng(seed))
        )
        assert set(np.unique(pixel_arrays[0])) <= {50, 200}
        assert (pixel_arrays[1] == 200).all()
        hidden = targets["visibility"][0, :, 0] != plain[:, 0]
        assert (200 in pixel_arrays[0]) or not hidden.any()
        hid += hidden.sum()
    assert hid > 20
    pixel_arrays, _ = make_batch(regions[:1], images, RULES, (always, np.random.default_rng(0)))
    assert (pixel_arrays == 50).all()  # nothing to paste


def test_without_background_hard_negatives_occlude_faces(tmp_path, make_face, make_image):
    for name, level in (("face.png", 50), ("near.png", 200)):
        Image.fromarray(np.full((200, 300, 3), level, np.uint8)).save(tmp_path / name)
    images = [
        make_image(make_face(100, 50, 180, 130), path=tmp_path / name)
        for name in ("face.png", "near.png")
    ]
    regions = [region(0, [100, 50, 180, 130], 0, 1.0), region(1, [60, 10, 140, 90], 0, 0.14)]
    always = Augmentation(occlusion=1.0)
    hid = 0
    for seed in range(20):
        pixel_arrays, _ = make_batch(regions, images, RULES, (always, np.random.default_rng(seed)))
        assert (pixel_arrays[1] == 200).all()
        hid += 200 in pixel_arrays[0]
    assert hid > 10
