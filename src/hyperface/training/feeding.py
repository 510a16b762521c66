"""Feeds batches to Keras, which are made in background threads while the network computes."""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.proposals.locations import locations_of
from hyperface.regions.assignment import assign
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import Batch, make_batch
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.regions.scenes import SceneMaker
from hyperface.utils.progress import is_terminal

WORKERS = 2  # threads; decoding and cutting run outside the interpreter's lock
QUEUE = 4  # batches ready in advance


class Batches(keras.utils.PyDataset):
    """Numbered batches, made in threads.

    Args:
        make: Makes a batch from its number.
        count: Number of batches.

    Attributes:
        failure: The error raised while making a batch; see `reraise_user_errors`.
    """

    def __init__(self, make: Callable[[int], Any], count: int) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=QUEUE)
        self.failure: Exception | None = None
        self._make, self._count = make, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Any:
        try:
            return self._make(number)
        except Exception as error:
            self.failure = error
            raise


@contextmanager
def reraise_user_errors(*feeds: keras.utils.PyDataset) -> Iterator[None]:
    """Raises the `UserError` of a feed's thread instead of the error that Keras makes of it."""
    try:
        yield
    except Exception as error:
        for feed in feeds:
            if isinstance(failure := getattr(feed, "failure", None), UserError):
                raise failure from error
        raise


def training_batches(
    sampler: RegionSampler,
    augmentation: Augmentation,
    batch_size: int,
    regions: int,
    seed: int,
    epoch: int,
    tasks: Sequence[str],
    rows: Sequence[int] | None = None,
) -> Batches:
    """One epoch of random, balanced, augmented batches; a number always gives the same one.

    Args:
        sampler: Draws the regions.
        augmentation: The augmentation of the regions.
        batch_size: Regions per batch.
        regions: Regions per epoch, rounded up to whole batches.
        seed: A batch depends only on this seed, the epoch and its number.
        epoch: The epoch, from 0.
        tasks: The tasks whose targets are returned.
        rows: The rows of each batch that this process makes; None for all.
    """

    def make(number: int) -> Batch:
        rng = np.random.default_rng((seed, epoch, number))
        drawn, changes = sampler.sample(batch_size, rng), (augmentation, rng)
        batch = make_batch(drawn, sampler.images, sampler.rules, changes, rows=rows)
        return _of_tasks(batch, tasks)

    return Batches(make, math.ceil(regions / batch_size))


def fixed_batches(
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
    batch_size: int,
    tasks: Sequence[str],
) -> Batches:
    """Given regions of images in their order, unchanged: for validation and evaluation.

    The last batch may be shorter than the others. Only the targets of the tasks are returned.
    """

    def make(number: int) -> Batch:
        start = number * batch_size
        return _of_tasks(make_batch(regions[start : start + batch_size], images, rules), tasks)

    return Batches(make, math.ceil(len(regions) / batch_size))


def scene_batches(maker: SceneMaker, batch_size: int, count: int, seed: int, epoch: int) -> Batches:
    """One epoch of random scenes and the targets of their locations, for the proposal detector.

    A batch, (B, S, S, 3) uint8 RGB and (B, P, 5) float32, depends only on the seed, the epoch and
    its number.
    """

    def make(number: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((seed, epoch, number))
        locations = locations_of(maker.settings.side, maker.settings.side)
        scenes = [maker.make(rng) for _ in range(batch_size)]
        targets = [
            assign(locations, scene.boxes_xyxy, scene.background_at(locations)) for scene in scenes
        ]
        return np.stack([scene.pixels for scene in scenes]), np.stack(targets)

    return Batches(make, count)


def _of_tasks(batch: Batch, tasks: Sequence[str]) -> Batch:
    images, targets = batch
    return images, {task: targets[task] for task in tasks}


def predict_regions(
    model: keras.Model,
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
    batch_size: int,
) -> dict[str, np.ndarray]:
    """The outputs of a network for given regions, (B, ...) by task; see `fixed_batches`."""
    batches = fixed_batches(regions, images, rules, batch_size, model.output_names)
    with reraise_user_errors(batches):
        return model.predict(batches, verbose=1 if is_terminal(sys.stdout) else 0)
