"""Batches handed to Keras: made in background threads while the network computes."""

import math
from collections.abc import Sequence

import keras

from hyperface.records.record import Picture
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import Batch, make_batch, training_batch
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler

WORKERS = 2  # threads; decoding and cutting run outside the interpreter's lock
QUEUE = 4  # batches ready in advance


class TrainingBatches(keras.utils.PyDataset):
    """One epoch of random, balanced, augmented batches.

    Args:
        sampler: Draws the regions.
        augmentation: Changes them.
        batch_size: Regions a batch.
        regions: Regions an epoch, rounded up to whole batches.
        seed: With epoch and number, all that a batch depends on.
        epoch: From 0.
        tasks: The targets to give.
    """

    def __init__(
        self,
        sampler: RegionSampler,
        augmentation: Augmentation,
        batch_size: int,
        regions: int,
        seed: int,
        epoch: int,
        tasks: Sequence[str],
    ) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=QUEUE)
        self._sampler = sampler
        self._augmentation = augmentation
        self._batch_size = batch_size
        self._batches = math.ceil(regions / batch_size)
        self._seed = seed
        self._epoch = epoch
        self._tasks = tuple(tasks)

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, number: int) -> Batch:
        images, targets = training_batch(
            self._sampler, self._augmentation, self._batch_size, self._seed, self._epoch, number
        )
        return images, {task: targets[task] for task in self._tasks}


class FixedBatches(keras.utils.PyDataset):
    """Given regions in their order, unchanged: for validation and evaluation."""

    def __init__(
        self,
        regions: Sequence[Region],
        pictures: Sequence[Picture],
        rules: OverlapRules,
        batch_size: int,
        tasks: Sequence[str],
    ) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=QUEUE)
        self._regions = regions
        self._pictures = pictures
        self._rules = rules
        self._batch_size = batch_size
        self._tasks = tuple(tasks)

    def __len__(self) -> int:
        return math.ceil(len(self._regions) / self._batch_size)

    def __getitem__(self, number: int) -> Batch:
        start = number * self._batch_size
        regions = self._regions[start : start + self._batch_size]
        images, targets = make_batch(regions, self._pictures, self._rules)
        return images, {task: targets[task] for task in self._tasks}
