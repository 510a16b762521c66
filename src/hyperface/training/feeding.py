"""Feeds batches to Keras, which are made in background threads while the network computes."""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import Batch, make_batch
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.utils.progress import is_terminal

WORKERS = 2  # threads; decoding and cutting run outside the interpreter's lock
QUEUE = 4  # batches ready in advance


class RegionBatches(keras.utils.PyDataset):
    """Numbered batches, made in threads.

    Args:
        make: Makes a batch with the targets of every task from its number.
        count: Number of batches.
        tasks: The tasks whose targets are returned.

    Attributes:
        failure: The error raised while making a batch; see `reraise_user_errors`.
    """

    def __init__(self, make: Callable[[int], Batch], count: int, tasks: Sequence[str]) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=QUEUE)
        self.failure: Exception | None = None
        self._make = make
        self._count = count
        self._tasks = tuple(tasks)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Batch:
        try:
            images, targets = self._make(number)
        except Exception as error:
            self.failure = error
            raise
        return images, {task: targets[task] for task in self._tasks}


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


class TrainingBatches(RegionBatches):
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

    def __init__(
        self,
        sampler: RegionSampler,
        augmentation: Augmentation,
        batch_size: int,
        regions: int,
        seed: int,
        epoch: int,
        tasks: Sequence[str],
        rows: Sequence[int] | None = None,
    ) -> None:
        def make(number: int) -> Batch:
            rng = np.random.default_rng((seed, epoch, number))
            drawn = [sampler.draw(kind, rng) for kind in sampler.kinds(batch_size)]
            return make_batch(drawn, sampler.images, sampler.rules, (augmentation, rng), rows=rows)

        super().__init__(make, math.ceil(regions / batch_size), tasks)


class FixedBatches(RegionBatches):
    """Given regions in their order, unchanged: for validation and evaluation.

    Args:
        regions: The regions; the last batch may be shorter than the others.
        images: The images that they index.
        rules: The IoU thresholds.
        batch_size: Regions per batch.
        tasks: The tasks whose targets are returned.
    """

    def __init__(
        self,
        regions: Sequence[Region],
        images: Sequence[AnnotatedImage],
        rules: OverlapRules,
        batch_size: int,
        tasks: Sequence[str],
    ) -> None:
        def make(number: int) -> Batch:
            start = number * batch_size
            return make_batch(regions[start : start + batch_size], images, rules)

        super().__init__(make, math.ceil(len(regions) / batch_size), tasks)


def predict_regions(
    model: keras.Model,
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
    batch_size: int,
) -> dict[str, np.ndarray]:
    """The outputs of a network for given regions, (B, ...) by task; see `FixedBatches`."""
    batches = FixedBatches(regions, images, rules, batch_size, model.output_names)
    with reraise_user_errors(batches):
        return model.predict(batches, verbose=1 if is_terminal(sys.stdout) else 0)
