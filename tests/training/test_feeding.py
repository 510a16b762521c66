"""Batches as Keras gets them: a function of seed, epoch and number alone."""

import keras
import numpy as np
import pytest
from PIL import Image
from training_defaults import JITTER

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import make_batch
from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.tasks import TASKS
from hyperface.training.feeding import fixed_batches, training_batches

ALL = tuple(TASKS)
AUGMENTATION = Augmentation(mirror=0.5, color=0.3, gray=0.2, blur=0.3, scale=0.3)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two faces, one of them with landmarks alone, and an image without any."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    box = np.array([20, 15, 60, 55], np.float32)
    points = rng.uniform([20, 15], [60, 55], (21, 2)).astype(np.float32)
    seen = np.ones(21, np.float32)
    faces = [
        (Face(box, points, seen, np.array([0.1, -0.2, 0.3], np.float32), 1.0),),
        (Face(box + 5, points + 5, seen),),
        (),
    ]
    found = []
    for number, each in enumerate(faces):
        path = folder / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (70, 90, 3), np.uint8)).save(path)
        found.append(AnnotatedImage(path, path.name, "set", 90, 70, each, complete=True))
    return found


@pytest.fixture(scope="module")
def sampler(images):
    shares = {"face": 0.5, "hard_negative": 0.25, "background": 0.25}
    return RegionSampler(images, {}, OverlapRules(), JITTER, shares)


def same(ours, theirs):
    return np.array_equal(ours[0], theirs[0]) and all(
        np.array_equal(ours[1][task], theirs[1][task]) for task in ours[1]
    )


@pytest.fixture(scope="module")
def training(sampler):
    def make(seed=1, epoch=0, size=4, regions=12, tasks=ALL):
        return training_batches(sampler, AUGMENTATION, size, regions, seed, epoch, tasks)

    return make


def test_a_batch_depends_on_seed_epoch_and_number_alone(training):
    first = [training()[number] for number in range(3)]
    dataset = training()
    for number in (2, 0, 1, 2):  # in any order, again and again
        assert same(dataset[number], first[number])
    dataset.on_epoch_end()
    assert same(dataset[1], first[1])


def test_another_seed_epoch_or_number_is_another_batch(training):
    batch = training()[0]
    for other in (training(seed=2)[0], training(epoch=1)[0], training()[1]):
        assert not np.array_equal(batch[0], other[0])


def test_a_batch_has_regions_and_targets(training):
    images, targets = training(size=5)[0]
    assert images.shape == (5, 227, 227, 3)
    assert images.dtype == np.uint8
    assert {task: target.shape for task, target in targets.items()} == {
        task: (5, *shape) for task, shape in TARGET_SHAPES.items()
    }
    assert all(target.dtype == np.float32 for target in targets.values())
    assert all(np.isfinite(target).all() for target in targets.values()), "missing is not NaN"


def test_only_the_tasks_asked_for_are_given(training):
    all_tasks, one = training()[0], training(tasks=["detection"])[0]
    assert set(one[1]) == {"detection"}
    assert np.array_equal(one[0], all_tasks[0])
    assert np.array_equal(one[1]["detection"], all_tasks[1]["detection"])


@pytest.mark.parametrize(("regions", "batches"), [(12, 3), (13, 4), (1, 1)])
def test_an_epoch_is_rounded_up_to_whole_batches(training, regions, batches):
    dataset = training(regions=regions)
    assert len(dataset) == batches
    assert len(dataset[batches - 1][0]) == 4


def nine_regions():
    boxes = [np.array([5 + n, 4, 50 + 2 * n, 60]) for n in range(9)]
    return [Region(n // 3, box, 0 if n < 6 else -1, 0.4, False) for n, box in enumerate(boxes)]


def test_fixed_batches_cover_every_region_once_and_in_order(images):
    regions, rules = nine_regions(), OverlapRules()
    dataset = fixed_batches(regions, images, rules, 4, ALL)
    assert len(dataset) == 3
    parts = [dataset[number] for number in range(3)]
    assert [len(pixel_arrays) for pixel_arrays, _ in parts] == [4, 4, 1]
    pixel_arrays, targets = make_batch(regions, images, rules)
    assert np.array_equal(np.concatenate([part[0] for part in parts]), pixel_arrays)
    for task in ALL:
        assert np.array_equal(np.concatenate([part[1][task] for part in parts]), targets[task])
    assert same(dataset[1], parts[1]), "they are never changed at random"


@pytest.mark.slow
def test_keras_predicts_every_region_once_and_in_order(images):
    """Through the background threads, as the evaluation does."""
    regions, rules = nine_regions(), OverlapRules()
    entrance = keras.Input((227, 227, 3))
    mean = keras.Model(entrance, keras.layers.GlobalAveragePooling2D()(entrance))
    dataset = fixed_batches(regions, images, rules, 2, ("detection",))
    pixel_arrays, _ = make_batch(regions, images, rules)
    for _ in range(2):
        found = mean.predict(dataset, verbose=0)
        np.testing.assert_allclose(found, pixel_arrays.mean(axis=(1, 2)), rtol=1e-4)


@pytest.mark.slow
def test_keras_sees_the_same_batches_in_every_epoch_of_the_same_number(training):
    seen = {0: [], 1: []}
    entrance = keras.Input((227, 227, 3))
    mean = keras.Model(entrance, keras.layers.GlobalAveragePooling2D()(entrance))
    for _ in range(2):
        for epoch, found in seen.items():
            found.append(mean.predict(training(epoch=epoch), verbose=0))
    assert np.array_equal(*seen[0])
    assert np.array_equal(*seen[1])
    assert not np.array_equal(seen[0][0], seen[1][0])
    assert len(seen[0][0]) == 12
