"""How fast this machine trains and answers, and what holds it back (`make bench`)."""

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import config
from hyperface.errors import UserError
from hyperface.pictures.fingerprints import fingerprint_all
from hyperface.records.finding import read_all
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.sampling import Jitter, RegionSampler
from hyperface.runs.environment import describe
from hyperface.runs.files import write_aside
from hyperface.runs.log import duration
from hyperface.runs.memory import PeakMemory, anonymous_bytes
from hyperface.runs.progress import progress
from hyperface.runs.settings import Settings, resolve
from hyperface.tasks import TASKS
from hyperface.training.speed import (
    Figure,
    Target,
    best_batch_size,
    count_operations,
    in_rounds,
    markdown_table,
    ratio,
    steps_within,
)

# What imports Keras is imported where it is used: `--help` and a wrong option need not wait for it.
if TYPE_CHECKING:
    import keras

    from hyperface.training.timing import CountedBatches

PROJECT = Path(__file__).resolve().parent.parent
PRECISIONS = ("float32", "mixed_bfloat16")
WORKS = ("training", "inference")
CONVOLUTIONS = "convolutions"  # conv1 to conv5 alone, measured beside the two networks
ROUNDS = 3
WARM_UP = 2  # steps before anything counts: they build the graph and take the memory
LARGE_BATCH = 8  # of the large convolution: 30 GFLOP a step

EXAMPLES = """examples:
  python src/bench.py                                      as it is set in src/config.py
  python src/bench.py --data ../shared/datasets            the input pipeline on other pictures
  python src/bench.py --batch-sizes 8 16 --seconds 10 --json bench.json
  python src/bench.py --set NORMALIZATION=none             with other knobs of src/config.py
"""

EXPLANATION = """\
samples/s       the median of the rounds, in which all figures of a network take turns; each ratio
                is the median of the turns' own ratios
GFLOP/s         counted from the layers, 2 for a multiply-add; training is 3 times the forward pass,
                conv1 without the gradient for its input
of same conv    GFLOP/s over those of one large convolution in the same precision
of bf16 conv    GFLOP/s over those of the large convolution in bfloat16
rounds          in how many the figure was measured; a slow one has fewer
tried           batch size: samples/s in one short trial
convolutions    conv1 to conv5 with their pools: the networks without normalisation and dense layers
constant batch  training steps on one batch in memory
pipeline        the same steps on pictures that are read, cut and augmented meanwhile
feed alone      what the pipeline gives with no network beside it
memory          the highest anonymous memory; a bench holds a network in both precisions, a training
                in one"""


@dataclass(frozen=True)
class Speed:
    """A row of the table of speeds; the shares are of the large convolution's GFLOP/s."""

    network: str
    work: str
    precision: str
    batch_size: int
    samples_per_second: float
    gflops: float
    share_of_same: float
    share_of_bfloat16: float
    rounds: int
    tried: dict[int, float]


@dataclass(frozen=True)
class Feed:
    """A row of the table of the input pipeline, in samples a second."""

    network: str
    precision: str
    batch_size: int
    constant: float
    pipeline: float
    ratio: float
    alone: float


@dataclass(frozen=True)
class Measured:
    """One network in every precision.

    Attributes:
        figures: By (what, precision); what is "large" (the large convolution), "training",
            "pipeline" or "inference".
        tried: Samples a second by (work, precision) and batch size.
        operations: Of a sample, by work; and of the "large" convolution.
        peak_memory: Bytes; None where the system does not tell.
    """

    figures: dict[tuple[str, str], Figure]
    tried: dict[tuple[str, str], dict[int, float]]
    operations: dict[str, int]
    peak_memory: int | None

    def gflops(self, what: str, precision: str) -> float:
        """What was achieved."""
        return self.figures[what, precision].rate * self.operations[what] / 1e9

    def share(self, work: str, precision: str, large_precision: str) -> float:
        """GFLOP/s over those of the large convolution."""
        rates = ratio(self.figures[work, precision], self.figures["large", large_precision])
        return rates * self.operations[work] / self.operations["large"]


class Bench:
    """What every measurement needs.

    Args:
        settings: The knobs of config.py.
        batch_sizes: To try.
        seconds: For one figure.
    """

    def __init__(self, settings: Settings, batch_sizes: Sequence[int], seconds: float) -> None:
        from hyperface.training.precision import resolve_precision

        self.settings = settings
        self.seconds = seconds
        self.fast_bfloat16 = resolve_precision("auto") == "mixed_bfloat16"
        self._batch_sizes = sorted(set(batch_sizes))
        self._sampler = read_sampler(settings)
        self._augmentation = Augmentation(
            mirror=settings.MIRROR,
            colour=settings.COLOUR,
            grey=settings.GREY,
            blur=settings.BLUR,
            scale=settings.RESOLUTION_LOSS,
        )
        self._epoch = 0

    def batch_sizes(self, precision: str) -> list[int]:
        """Those to try, ascending: only one where bfloat16 is imitated, which may take long."""
        imitated = precision == "mixed_bfloat16" and not self.fast_bfloat16
        return self._batch_sizes[:1] if imitated else self._batch_sizes

    def pipeline(self, size: int, tasks: Sequence[str]) -> "CountedBatches":
        """The training's batches, new ones each time."""
        from hyperface.training.timing import ENDLESS, CountedBatches

        self._epoch += 1
        return CountedBatches(
            self._sampler,
            self._augmentation,
            size,
            size * ENDLESS,
            self.settings.SEED,
            self._epoch,
            tasks,
        )

    def constant_batch(self, model: "keras.Model", size: int) -> tuple:
        """One batch, with the targets that the network learns."""
        if model.name == CONVOLUTIONS:
            return self.pipeline(size, ())[0][0], np.zeros((size, 1), np.float32)
        return self.pipeline(size, model.output_names)[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures everything and prints the tables; returns the exit status."""
    options = parse(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    overrides = [*options.overrides, *([f"DATA={options.data}"] if options.data else [])]
    try:
        result = measure_all(resolve(config, overrides), options.batch_sizes, options.seconds)
        print_result(result)
        if options.json:
            store(result, options.json)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", metavar="DIR", help="pictures for the input pipeline (default: DATA of config)")
    add("--batch-sizes", type=int, nargs="+", default=[16, 32, 64], metavar="N",
        help="sizes to try; the figures are of the best (16 32 64)")  # fmt: skip
    add("--seconds", type=float, default=4.0, metavar="S",
        help="for each figure, after its warm-up (4)")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="store the result, with the environment")
    add("--set", dest="overrides", metavar="NAME=VALUE", nargs="+", action="extend", default=[],
        help="override knobs of src/config.py")  # fmt: skip
    options = parser.parse_args(arguments)
    if min(options.batch_sizes) < 1:
        parser.error(f"--batch-sizes got {min(options.batch_sizes)}, expected at least 1")
    if not 0 < options.seconds < float("inf"):
        parser.error(f"--seconds got {options.seconds}, expected more than 0")
    if options.json and options.json.is_dir():
        parser.error(f"--json got the folder {options.json}, expected a file")
    return options


def read_sampler(settings: Settings) -> RegionSampler:
    """Regions of all readable pictures, all jittered: to pick a stored proposal takes less time."""
    pictures, rejects, _ = read_all(settings.DATA, PROJECT)
    cache = PROJECT / "data" / "cache" / "fingerprints.npy"
    _, broken = fingerprint_all([picture.path for picture in pictures], cache)
    for index, reason in broken.items():
        rejects.add(reason, pictures[index].name)
    for line in rejects.lines():
        print(f"skipped {line}", file=sys.stderr)
    sound = [picture for index, picture in enumerate(pictures) if index not in broken]
    if not any(picture.faces for picture in sound):
        raise UserError(f"no picture under {settings.DATA} has a face to train on: add one")
    return RegionSampler(
        sound,
        {},
        OverlapRules(
            face=settings.FACE_IOU,
            background=settings.BACKGROUND_IOU,
            landmarks=settings.LANDMARKS_IOU,
            pose_gender=settings.POSE_GENDER_IOU,
            background_min=settings.BACKGROUND_MIN_IOU,
        ),
        Jitter(settings.JITTER_SHIFT, settings.JITTER_SCALE, settings.JITTER_ASPECT),
        settings.BATCH_SHARES,
        set_weights=settings.DATA_WEIGHTS,
    )


def measure_all(settings: Settings, batch_sizes: Sequence[int], seconds: float) -> dict:
    """Everything that the tables show."""
    import keras

    from hyperface.networks.face_model import build_face_model
    from hyperface.networks.hyperface import build_hyperface
    from hyperface.training.timing import build_convolutions

    started = time.monotonic()
    bench = Bench(settings, batch_sizes, seconds)
    measured = {}
    for name, build in (
        ("hyperface", partial(build_network, build_hyperface, settings)),
        ("face_model", partial(build_network, build_face_model, settings)),
        (CONVOLUTIONS, build_convolutions),
    ):
        print(f"{name}: in {' and '.join(PRECISIONS)}", file=sys.stderr)
        measured[name] = measure(bench, name, build)
        keras.backend.clear_session()
        gc.collect()
    alone = feed_alone(bench)
    speeds = [row for name, each in measured.items() for row in speed_rows(name, each)]
    feeds = [row for name, each in measured.items() for row in feed_rows(name, each, alone)]
    return {
        "environment": describe(),
        "settings": settings.as_dict(),
        "keras_backend": keras.backend.backend(),
        "bfloat16_hardware": bench.fast_bfloat16,
        "seconds_per_figure": seconds,
        "seconds_in_all": round(time.monotonic() - started, 1),
        "large_convolution_gflops": {
            precision: max(each.gflops("large", precision) for each in measured.values())
            for precision in PRECISIONS
        },
        "speeds": speeds,
        "feeds": feeds,
        "anonymous_memory_now": anonymous_bytes(),
        "anonymous_memory_peaks": {name: each.peak_memory for name, each in measured.items()},
        "targets": targets(measured, speeds, feeds, bench.fast_bfloat16),
    }


def build_network(build: Callable, settings: Settings, precision: str) -> "keras.Model":
    """A network compiled as the training compiles it."""
    from hyperface.training.loop import compile_tasks
    from hyperface.training.optimization import Optimization

    model = build(settings.NORMALIZATION, settings.DROPOUT, precision)
    optimization = Optimization(
        settings.OPTIMIZER,
        settings.LEARNING_RATE,
        settings.MOMENTUM,
        settings.WEIGHT_DECAY,
        settings.SCHEDULE,
        settings.WARMUP,
        settings.GRADIENT_CLIP_NORM,
    )
    compile_tasks(model, settings.LOSS_WEIGHTS, optimization, steps=1_000_000)
    return model


def measure(bench: Bench, name: str, build: Callable[[str], "keras.Model"]) -> Measured:
    """Times one network: first which batch size is best, then all figures in turns.

    Args:
        bench: What is measured with.
        name: Of the network.
        build: Gives the compiled network in a precision.
    """
    from hyperface.training.timing import build_large_convolution, time_inference

    with PeakMemory() as memory:
        models = {precision: build(precision) for precision in PRECISIONS}
        tried = try_batch_sizes(bench, name, models)
        runs: dict[tuple[str, str], tuple[Figure, Callable[[int], float]]] = {}
        for precision, model in models.items():
            large, maps = build_large_convolution(precision, LARGE_BATCH)
            time_inference(large, maps, WARM_UP)
            runs["large", precision] = Figure(LARGE_BATCH), partial(time_inference, large, maps)
            sizes = {work: best_batch_size(tried[work, precision]) for work in WORKS}
            for what, run in network_runs(bench, model, sizes).items():
                size = sizes["inference" if what == "inference" else "training"]
                runs[what, precision] = Figure(size), run
        turns = in_rounds(list(runs.values()), ROUNDS, bench.seconds)
        for _ in progress(turns, ROUNDS * len(runs), f"{name}: figures in turns"):
            pass
    operations = count_operations(models["float32"])
    return Measured(
        figures={key: figure for key, (figure, _) in runs.items()},
        tried=tried,
        operations={
            "training": operations.training,
            "inference": operations.forward,
            "large": count_operations(large).forward,
        },
        peak_memory=memory.peak,
    )


def network_runs(
    bench: Bench, model: "keras.Model", sizes: dict[str, int]
) -> dict[str, Callable[[int], float]]:
    """What takes a number of steps and gives the seconds of one: by training, pipeline, inference.

    Args:
        bench: What is measured with.
        model: Compiled. The bare convolutions have no tasks, so no pipeline either.
        sizes: The batch sizes of "training" and "inference".
    """
    from hyperface.training.timing import ConstantBatches, time_inference, time_training

    constant = ConstantBatches(bench.constant_batch(model, sizes["training"]))
    images = bench.constant_batch(model, sizes["inference"])[0]

    def pipeline(steps: int) -> float:
        batches = bench.pipeline(sizes["training"], model.output_names)
        return time_training(model, batches, steps, lead=1)

    return {
        "training": partial(time_training, model, constant, lead=1),
        **({} if model.name == CONVOLUTIONS else {"pipeline": pipeline}),
        "inference": partial(time_inference, model, images),
    }


def try_batch_sizes(
    bench: Bench, name: str, models: dict[str, "keras.Model"]
) -> dict[tuple[str, str], dict[int, float]]:
    """Samples a second by (work, precision) and batch size, from one short trial each."""
    jobs = [(work, precision) for precision in models for work in WORKS]
    tried = {job: {} for job in jobs}

    def trials() -> Iterator[None]:
        for work, precision in jobs:
            for size in bench.batch_sizes(precision):
                started = time.monotonic()
                tried[work, precision][size] = try_batch_size(bench, models[precision], work, size)
                yield
                if time.monotonic() - started > 3 * bench.seconds:
                    break  # the next size would take even longer

    total = sum(len(bench.batch_sizes(precision)) for _, precision in jobs)
    for _ in progress(trials(), total, f"{name}: batch sizes"):
        pass
    return tried


def try_batch_size(bench: Bench, model: "keras.Model", work: str, size: int) -> float:
    """Samples a second, after the warm-up."""
    from hyperface.training.timing import ConstantBatches, time_inference, time_training

    batch = bench.constant_batch(model, size)
    if work == "training":
        run = partial(time_training, model, ConstantBatches(batch))
        step = run(steps=1, lead=WARM_UP)
        run = partial(run, lead=1)
    else:
        run = partial(time_inference, model, batch[0])
        run(steps=WARM_UP)
        step = run(steps=1)
    share = bench.seconds / ROUNDS
    return size / (step if step >= share else run(steps=steps_within(share, step)))


def feed_alone(bench: Bench) -> float:
    """Samples a second of the input pipeline with no network beside it."""
    from hyperface.training.feeding import WORKERS

    size = bench.settings.BATCH_SIZE
    batches = bench.pipeline(size, tuple(TASKS))
    made, started = 0, time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        while time.monotonic() - started < bench.seconds:
            made += len(list(pool.map(batches.__getitem__, range(made, made + 2 * WORKERS))))
    return made * size / (time.monotonic() - started)


def speed_rows(name: str, measured: Measured) -> Iterator[Speed]:
    """Training and inference of one network in each precision."""
    for work in WORKS:
        for precision in PRECISIONS:
            figure = measured.figures[work, precision]
            yield Speed(
                network=name,
                work=work,
                precision=precision,
                batch_size=figure.samples,
                samples_per_second=figure.rate,
                gflops=measured.gflops(work, precision),
                share_of_same=measured.share(work, precision, precision),
                share_of_bfloat16=measured.share(work, precision, "mixed_bfloat16"),
                rounds=figure.rounds,
                tried=measured.tried[work, precision],
            )


def feed_rows(name: str, measured: Measured, alone: float) -> Iterator[Feed]:
    """The training step on the real pipeline beside the one on a constant batch."""
    for precision in PRECISIONS:
        pipeline = measured.figures.get(("pipeline", precision))
        constant = measured.figures["training", precision]
        if pipeline is not None:
            yield Feed(
                network=name,
                precision=precision,
                batch_size=pipeline.samples,
                constant=constant.rate,
                pipeline=pipeline.rate,
                ratio=ratio(pipeline, constant),
                alone=alone,
            )


def targets(
    measured: dict[str, Measured],
    speeds: Sequence[Speed],
    feeds: Sequence[Feed],
    fast_bfloat16: bool,
) -> list[Target]:
    """What is to be reached, beside what was."""
    excuse = "" if fast_bfloat16 else "no bfloat16 hardware"
    networks = {name: each for name, each in measured.items() if name != CONVOLUTIONS}
    gains = [
        Target(
            f"bfloat16 over float32, {name} {work}",
            ratio(each.figures[work, "mixed_bfloat16"], each.figures[work, "float32"]),
            2.5,
            excuse=excuse,
        )
        for name, each in networks.items()
        for work in WORKS
    ]
    fed = [
        Target(f"pipeline over constant batch, {row.network} {row.precision}", row.ratio, 0.9)
        for row in feeds
    ]
    bound = [
        Target(
            f"convolutions over the large one, {row.work} {row.precision}",
            row.share_of_same,
            0.5,
            excuse="" if row.precision == "float32" else excuse,
        )
        for row in speeds
        if row.network == CONVOLUTIONS
    ]
    memory = [
        Target(f"memory of {name}, GB", each.peak_memory / 1e9, 4.0, at_most=True)
        for name, each in networks.items()
        if each.peak_memory is not None
    ]
    return [*gains, *fed, *bound, *memory]


def store(result: dict, path: Path) -> None:
    """Writes the result as JSON."""

    def plain(row) -> dict:
        return {**asdict(row), **({"met": row.met} if isinstance(row, Target) else {})}

    try:
        with write_aside(path) as aside:
            aside.write_text(json.dumps(result, indent=2, default=plain) + "\n")
    except OSError as error:
        raise UserError(f"--json {path} cannot be written ({error}): give another file") from error
    print(f"\nwrote {path}", file=sys.stderr)


def print_result(result: dict) -> None:
    """The tables, and what their columns are."""
    machine = result["environment"]
    print(
        f"\n{machine['cpu']}, {machine['cores']} cores, {machine['date']}, "
        f"Keras {machine['libraries']['keras']} on {result['keras_backend']}, "
        f"{result['settings']['NORMALIZATION']} normalisation."
    )
    if result["bfloat16_hardware"]:
        print("bfloat16 hardware: yes.")
    else:
        print(
            "bfloat16 hardware: NO. It is imitated here, which is slow: its rows are of the "
            "smallest batch size and of few steps."
        )
    print_table(
        "Speed at the best batch size",
        ("network", "work", "precision", "batch", "samples/s", "GFLOP/s", "of same conv",
         "of bf16 conv", "rounds", "tried"),
        [
            (row.network, row.work, row.precision, str(row.batch_size),
             f"{row.samples_per_second:.1f}", f"{row.gflops:.0f}", f"{row.share_of_same:.2f}",
             f"{row.share_of_bfloat16:.2f}", str(row.rounds),
             ", ".join(f"{size}: {rate:.1f}" for size, rate in row.tried.items()))
            for row in result["speeds"]
        ],
        text_columns=(0, 1, 2, 9),
    )  # fmt: skip
    print(
        "\nThe large convolution (28 x 28, 512 channels to 512, 3 x 3): "
        + ", ".join(f"{rate:.0f} GFLOP/s in {precision}"
                    for precision, rate in result["large_convolution_gflops"].items())
    )  # fmt: skip
    print_table(
        f"Training from the input pipeline, DATA = {result['settings']['DATA']}, samples/s",
        ("network", "precision", "batch", "constant batch", "pipeline", "ratio", "feed alone"),
        [
            (row.network, row.precision, str(row.batch_size), f"{row.constant:.1f}",
             f"{row.pipeline:.1f}", f"{row.ratio:.2f}", f"{row.alone:.0f}")
            for row in result["feeds"]
        ],
        text_columns=(0, 1),
    )  # fmt: skip
    print_table(
        "Targets",
        ("figure", "value", "target", "verdict"),
        [row.cells() for row in result["targets"]],
        text_columns=(0, 2, 3),
    )
    now = result["anonymous_memory_now"]
    print("\nAnonymous memory at the end: "
          + ("not told by this system" if now is None else f"{now / 1e9:.2f} GB")
          + f". Measured in {duration(result['seconds_in_all'])}.\n\n{EXPLANATION}")  # fmt: skip


def print_table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], text_columns: Sequence[int]
) -> None:
    """A titled table."""
    print(f"\n{title}\n\n{markdown_table([head, *rows], text_columns)}")


if __name__ == "__main__":
    sys.exit(main())
