"""Measures one network: finds its best batch size, then takes all measurements in turns."""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count

import keras
import numpy as np

from hyperface.regions.augmentation import Augmentation
from hyperface.regions.batches import Batch
from hyperface.regions.sampling import RegionSampler
from hyperface.tasks import TASKS
from hyperface.training.feeding import WORKERS, training_batches
from hyperface.training.precision import resolve_precision
from hyperface.utils.progress import progress
from tools.benchmarks.speed import (
    Measurement,
    best_batch_size,
    count_operations,
    in_rounds,
    steps_within,
)
from tools.benchmarks.speed_table import CONVOLUTIONS, PRECISIONS, WORKS, Measured
from tools.benchmarks.timing import (
    ENDLESS,
    ConstantBatches,
    CountedBatches,
    build_large_convolution,
    time_inference,
    time_training,
)

ROUNDS = 3
WARM_UP = 2  # steps before the measurement: they build the graph and allocate memory
LARGE_BATCH = 8  # of the large convolution: 30 GFLOP a step

Run = Callable[[int], float]  # from a number of steps to the seconds for one


@dataclass(frozen=True)
class Pipeline:
    """The source of the training batches."""

    sampler: RegionSampler
    augmentation: Augmentation
    seed: int

    def batches(self, size: int, tasks: Sequence[str], epoch: int = 0) -> CountedBatches:
        """The training batches, endlessly."""
        regions = size * ENDLESS
        return CountedBatches(
            training_batches(
                self.sampler, self.augmentation, size, regions, self.seed, epoch, tasks
            )
        )


def measure(
    build: Callable[[str], keras.Model],
    pipeline: Pipeline,
    batch_sizes: Sequence[int],
    seconds: float,
) -> Measured:
    """Times training and inference of a network in float32 and in bfloat16.

    Args:
        build: Returns the compiled network in a given precision. The bare convolutions have no
            tasks and are not trained on the pipeline.
        pipeline: Makes the batches.
        batch_sizes: The batch sizes to try. Emulated bfloat16 is slow and is measured at a quarter
            of the smallest.
        seconds: Time for one measurement.
    """
    fast_bfloat16 = resolve_precision("auto") == "mixed_bfloat16"
    sizes = {precision: sorted(set(batch_sizes)) for precision in PRECISIONS}
    if not fast_bfloat16:
        sizes["mixed_bfloat16"] = [max(1, min(batch_sizes) // 4)]
    models = {precision: build(precision) for precision in PRECISIONS}
    tried = try_batch_sizes(models, pipeline, sizes, seconds)
    best = {job: best_batch_size(rates) for job, rates in tried.items()}
    large = {p: build_large_convolution(p, LARGE_BATCH) for p in PRECISIONS}
    runs: dict[tuple[str, str], tuple[Measurement, Run]] = {}
    for precision, model in models.items():
        network, maps = large[precision]
        time_inference(network, maps, WARM_UP)
        runs["large", precision] = Measurement(LARGE_BATCH), partial(time_inference, network, maps)
        size = best["training", precision]
        for name, run in training_runs(model, pipeline, size).items():
            runs[name, precision] = Measurement(size), run
        size = best["inference", precision]
        images = constant_batch(model, pipeline, size)[0]
        runs["inference", precision] = Measurement(size), partial(time_inference, model, images)
    if model.name != CONVOLUTIONS:
        size = best["training", PRECISIONS[0]]
        runs["feed", PRECISIONS[0]] = Measurement(size), partial(time_feed, pipeline, size)
    turns = in_rounds(list(runs.values()), ROUNDS, seconds)
    for _ in progress(turns, ROUNDS * len(runs), f"{model.name}: measurements"):
        pass
    operations = count_operations(model)
    return Measured(
        measurements={key: measurement for key, (measurement, _) in runs.items()},
        tried=tried,
        operations={
            "training": operations.training,
            "inference": operations.forward,
            "large": count_operations(network).forward,
        },
        peak_memory=peak_memory(),
        backend=keras.backend.backend(),
        fast_bfloat16=fast_bfloat16,
    )


def peak_memory() -> int:
    """Peak resident memory of this process, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def constant_batch(model: keras.Model, pipeline: Pipeline, size: int) -> Batch:
    """One batch, with the targets of the network's tasks."""
    if model.name == CONVOLUTIONS:
        return pipeline.batches(size, ())[0][0], np.zeros((size, 1), np.float32)
    return pipeline.batches(size, model.output_names)[0]


def training_runs(model: keras.Model, pipeline: Pipeline, size: int) -> dict[str, Run]:
    """Training on a constant batch, and on the pipeline, which makes new images each time."""
    epochs = count(1)

    def run_pipeline(steps: int) -> float:
        batches = pipeline.batches(size, model.output_names, next(epochs))
        return time_training(model, batches, steps, lead=1)

    constant = ConstantBatches(constant_batch(model, pipeline, size))
    runs = {"training": partial(time_training, model, constant, lead=1)}
    return runs if model.name == CONVOLUTIONS else {**runs, "pipeline": run_pipeline}


def time_feed(pipeline: Pipeline, size: int, steps: int) -> float:
    """Seconds in which the pipeline alone makes a batch."""
    batches = pipeline.batches(size, tuple(TASKS))
    number = WORKERS * steps  # the same load for every thread
    start = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(batches.__getitem__, range(number)):
            pass
    return (time.perf_counter() - start) / number


def try_batch_sizes(
    models: Mapping[str, keras.Model],
    pipeline: Pipeline,
    sizes: Mapping[str, Sequence[int]],
    seconds: float,
) -> dict[tuple[str, str], dict[int, float]]:
    """Samples a second by (work, precision) and batch size, from one short trial each.

    Args:
        models: The network in each precision.
        pipeline: Makes the batches.
        sizes: The batch sizes for each precision, ascending; none larger is tried once a step
            takes `seconds`.
        seconds: Time for one measurement; a trial takes the time of one round.
    """
    jobs = [(work, precision) for precision in models for work in WORKS]
    tried = {job: {} for job in jobs}

    def trials() -> Iterator[None]:
        for work, precision in jobs:
            for size in sizes[precision]:
                batch = constant_batch(models[precision], pipeline, size)
                step = try_batch(models[precision], batch, work, seconds / ROUNDS)
                tried[work, precision][size] = size / step
                yield
                if step > seconds:
                    break

    total = sum(len(sizes[precision]) for _, precision in jobs)
    name = next(iter(models.values())).name
    for _ in progress(trials(), total, f"{name}: batch sizes"):
        pass
    return tried


def try_batch(model: keras.Model, batch: Batch, work: str, seconds: float) -> float:
    """Seconds for one step after the warm-up, averaged over as many as fit into `seconds`."""
    if work == "training":
        run = partial(time_training, model, ConstantBatches(batch))
        step = run(steps=1, lead=WARM_UP)
        run = partial(run, lead=1)
    else:
        run = partial(time_inference, model, batch[0])
        run(steps=WARM_UP)
        step = run(steps=1)
    return step if step >= seconds else run(steps=steps_within(seconds, step))
