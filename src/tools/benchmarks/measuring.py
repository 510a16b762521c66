"""Measuring one network: which batch size is best, then all its figures in turns."""

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
from hyperface.training.feeding import WORKERS
from hyperface.training.precision import resolve_precision
from hyperface.utils.progress import progress
from tools.benchmarks.memory import PeakMemory
from tools.benchmarks.speed import (
    Figure,
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
WARM_UP = 2  # steps before anything counts: they build the graph and take the memory
LARGE_BATCH = 8  # of the large convolution: 30 GFLOP a step

Run = Callable[[int], float]  # takes a number of steps, gives the seconds of one


@dataclass(frozen=True)
class Pipeline:
    """What the training's batches are made from."""

    sampler: RegionSampler
    augmentation: Augmentation
    seed: int

    def batches(self, size: int, tasks: Sequence[str], epoch: int = 0) -> CountedBatches:
        """The training's batches, without end."""
        regions = size * ENDLESS
        return CountedBatches(
            self.sampler, self.augmentation, size, regions, self.seed, epoch, tasks
        )


def measure(
    build: Callable[[str], keras.Model],
    pipeline: Pipeline,
    batch_sizes: Sequence[int],
    seconds: float,
) -> Measured:
    """Times training and inference of a network in float32 and in bfloat16.

    Args:
        build: Gives the compiled network in a precision. The bare convolutions have no tasks, and
            are not trained on the pipeline.
        pipeline: Where batches come from.
        batch_sizes: To try. Where bfloat16 is imitated, which takes long, it is measured at a
            quarter of the smallest.
        seconds: For one figure.
    """
    fast_bfloat16 = resolve_precision("auto") == "mixed_bfloat16"
    sizes = {precision: sorted(set(batch_sizes)) for precision in PRECISIONS}
    if not fast_bfloat16:
        sizes["mixed_bfloat16"] = [max(1, min(batch_sizes) // 4)]
    with PeakMemory() as memory:
        models = {precision: build(precision) for precision in PRECISIONS}
        tried = try_batch_sizes(models, pipeline, sizes, seconds)
        best = {job: best_batch_size(rates) for job, rates in tried.items()}
        large = {p: build_large_convolution(p, LARGE_BATCH) for p in PRECISIONS}
        runs: dict[tuple[str, str], tuple[Figure, Run]] = {}
        for precision, model in models.items():
            network, maps = large[precision]
            time_inference(network, maps, WARM_UP)
            runs["large", precision] = Figure(LARGE_BATCH), partial(time_inference, network, maps)
            size = best["training", precision]
            for what, run in training_runs(model, pipeline, size).items():
                runs[what, precision] = Figure(size), run
            size = best["inference", precision]
            images = constant_batch(model, pipeline, size)[0]
            runs["inference", precision] = Figure(size), partial(time_inference, model, images)
        if model.name != CONVOLUTIONS:
            size = best["training", PRECISIONS[0]]
            runs["feed", PRECISIONS[0]] = Figure(size), partial(time_feed, pipeline, size)
        turns = in_rounds(list(runs.values()), ROUNDS, seconds)
        for _ in progress(turns, ROUNDS * len(runs), f"{model.name}: figures in turns"):
            pass
    operations = count_operations(model)
    return Measured(
        figures={key: figure for key, (figure, _) in runs.items()},
        tried=tried,
        operations={
            "training": operations.training,
            "inference": operations.forward,
            "large": count_operations(network).forward,
        },
        peak_memory=memory.peak,
        backend=keras.backend.backend(),
        fast_bfloat16=fast_bfloat16,
    )


def constant_batch(model: keras.Model, pipeline: Pipeline, size: int) -> Batch:
    """One batch, with the targets that the network learns."""
    if model.name == CONVOLUTIONS:
        return pipeline.batches(size, ())[0][0], np.zeros((size, 1), np.float32)
    return pipeline.batches(size, model.output_names)[0]


def training_runs(model: keras.Model, pipeline: Pipeline, size: int) -> dict[str, Run]:
    """The same steps on a constant batch and on the pipeline, whose images are new each time."""
    epochs = count(1)

    def run_pipeline(steps: int) -> float:
        batches = pipeline.batches(size, model.output_names, next(epochs))
        return time_training(model, batches, steps, lead=1)

    constant = ConstantBatches(constant_batch(model, pipeline, size))
    runs = {"training": partial(time_training, model, constant, lead=1)}
    return runs if model.name == CONVOLUTIONS else {**runs, "pipeline": run_pipeline}


def time_feed(pipeline: Pipeline, size: int, steps: int) -> float:
    """Seconds of a batch from the pipeline with no network beside it."""
    batches = pipeline.batches(size, tuple(TASKS))
    number = WORKERS * steps  # so that every thread has as much to do
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
        models: By precision.
        pipeline: Where the images come from.
        sizes: By precision, ascending; no larger one is tried once a step takes `seconds`.
        seconds: For one figure, of which a trial takes a round's share.
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
    """Seconds of a step, after the warm-up: of one if it takes as long as `seconds`, or of more."""
    if work == "training":
        run = partial(time_training, model, ConstantBatches(batch))
        step = run(steps=1, lead=WARM_UP)
        run = partial(run, lead=1)
    else:
        run = partial(time_inference, model, batch[0])
        run(steps=WARM_UP)
        step = run(steps=1)
    return step if step >= seconds else run(steps=steps_within(seconds, step))
