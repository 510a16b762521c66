"""Measures the speed of training and inference on this machine (`make bench`)."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import config
from hyperface.errors import UserError
from hyperface.geometry.schemes import SCHEMES
from hyperface.regions.sampling import RegionSampler
from hyperface.steps.data import read_data
from hyperface.steps.run_regions import label
from hyperface.steps.setting_groups import DataSettings, group, sampling_settings
from hyperface.utils.command import exit_status
from hyperface.utils.environment import describe
from hyperface.utils.files import atomic_write
from hyperface.utils.json_text import json_text
from hyperface.utils.log import PrintedStep, duration
from hyperface.utils.settings import Settings, resolve
from hyperface.visualization.metric_tables import print_table
from tools import PROJECT
from tools.benchmarks.speed_table import (
    CONVOLUTIONS,
    NETWORKS,
    PRECISIONS,
    Measured,
    feed_rows,
    precision_row,
    speed_rows,
)

# Only the measuring processes import Keras, so that `--help` and option errors are fast.
if TYPE_CHECKING:
    import keras

EXAMPLES = """examples:
  python src/tools/benchmarks/networks.py
  python src/tools/benchmarks/networks.py --data ../shared/datasets   # other images
  python src/tools/benchmarks/networks.py --batch-sizes 8 16 --seconds 10 --json bench.json
  python src/tools/benchmarks/networks.py --set NORMALIZATION=none    # other settings
"""

EXPLANATION = """\
samples/s       median of three rounds, in which all measurements of a network take turns; a ratio
                is the median of the ratios of the rounds
GFLOP/s         counted from the layers, 2 for a multiply-add; training is 3 times the forward pass,
                less the gradient of conv1 for its input
of same conv    GFLOP/s over those of one large convolution in the same precision
of bf16 conv    GFLOP/s over those of the large convolution in bfloat16
rounds          number of rounds measured; a slow measurement has fewer
tried           batch size: samples/s in one short trial
convolutions    conv1 to conv5 with their pooling: no normalization, no dense layers
constant batch  training steps on one batch in memory
pipeline        the same steps on images that are read, cropped and augmented meanwhile
pipeline alone  the input pipeline without a network
memory          peak resident memory of the process that measured the network in both precisions;
                a training run holds only one of them"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures everything and prints the tables; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: run(options), "the same command starts over")


def run(options: argparse.Namespace) -> None:
    """Measures everything, prints the tables and optionally writes JSON."""
    data = [f"DATA={options.data}"] if options.data else []
    settings = resolve(config, [*options.overrides, *data])
    started = time.monotonic()
    measured = measure_all(settings, options.batch_sizes, options.seconds)
    result = summarize(settings, measured)
    result["seconds_per_figure"] = options.seconds
    result["seconds_in_all"] = round(time.monotonic() - started, 1)
    print_result(result)
    if options.json:
        store(result, options.json)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--data",
        metavar="DIR",
        help="images for the input pipeline (default: DATA of src/config.py)",
    )
    add("--batch-sizes", type=int, nargs="+", default=[16, 32, 64], metavar="N",
        help="batch sizes to try; the best one is measured (default: 16 32 64)")  # fmt: skip
    add("--seconds", type=float, default=3.0, metavar="S",
        help="seconds for each measurement, after its warm-up (default: 3)")  # fmt: skip
    add(
        "--json",
        type=Path,
        metavar="FILE",
        help="also write the results and the environment to this file",
    )
    add("--set", dest="overrides", metavar="NAME=VALUE", nargs="+", action="extend", default=[],
        help="override settings of src/config.py")  # fmt: skip
    options = parser.parse_args(arguments)
    if min(options.batch_sizes) < 1:
        parser.error(f"--batch-sizes got {min(options.batch_sizes)}, expected at least 1")
    if not 0 < options.seconds < float("inf"):
        parser.error(f"--seconds got {options.seconds}, expected more than 0")
    if options.json and options.json.is_dir():
        parser.error(f"--json got the folder {options.json}, expected a file")
    return options


def measure_all(
    settings: Settings, batch_sizes: Sequence[int], seconds: float
) -> dict[str, Measured]:
    """Measures each network in a process of its own, so that its memory is counted separately."""
    sampler = read_sampler(settings)
    context = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        measured = {}
        for number, name in enumerate(NETWORKS, 1):
            print(f"{number} of {len(NETWORKS)}: {name}", file=sys.stderr)
            job = pool.submit(measure_network, name, settings, sampler, batch_sizes, seconds)
            measured[name] = job.result()
        return measured


def read_sampler(settings: Settings) -> RegionSampler:
    """The training regions, all jittered boxes, which take longer to make than stored proposals."""
    images = read_data(group(DataSettings, settings), PROJECT, PrintedStep())
    return label(images.training, {}, sampling_settings(settings), PrintedStep())


def measure_network(
    name: str,
    settings: Settings,
    sampler: RegionSampler,
    batch_sizes: Sequence[int],
    seconds: float,
) -> Measured:
    """Measures one of `NETWORKS`."""
    from hyperface.steps.setting_groups import training_settings
    from tools.benchmarks.measuring import Pipeline, measure

    # TensorFlow warns when a network gets batches of several sizes, as here.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    pipeline = Pipeline(sampler, training_settings(settings).augmentation, settings.SEED)
    return measure(partial(compiled_network, name, settings), pipeline, batch_sizes, seconds)


def compiled_network(name: str, settings: Settings, precision: str) -> "keras.Model":
    """Builds and compiles one of `NETWORKS`, the two with tasks as in training."""
    from hyperface.models.table import build_network
    from hyperface.steps.setting_groups import training_settings
    from hyperface.training.loop import compile_tasks
    from tools.benchmarks.timing import build_convolutions

    if name == CONVOLUTIONS:
        return build_convolutions(precision)
    num_landmarks = SCHEMES[settings.LANDMARKS].count
    model = build_network(
        name, settings.NORMALIZATION, settings.DROPOUT, precision, num_landmarks=num_landmarks
    )
    training = training_settings(settings)
    compile_tasks(model, training.loss_weights, training.optimization, steps=1_000_000)
    return model


def summarize(settings: Settings, measured: dict[str, Measured]) -> dict[str, Any]:
    """The content of the tables, with the environment and the settings."""
    first = next(iter(measured.values()))
    return {
        "environment": describe(),
        "settings": settings.as_dict(),
        "keras_backend": first.backend,
        "bfloat16_hardware": first.fast_bfloat16,
        "large_convolution_gflops": {
            precision: max(each.gflops("large", precision) for each in measured.values())
            for precision in PRECISIONS
        },
        "speeds": [row for name, each in measured.items() for row in speed_rows(name, each)],
        "feeds": [row for name, each in measured.items() for row in feed_rows(name, each)],
        "precisions": [precision_row(name, each) for name, each in measured.items()],
    }


def store(result: dict[str, Any], path: Path) -> None:
    """Writes the result as JSON."""
    try:
        with atomic_write(path) as aside:
            aside.write_text(json_text(result, indent=2) + "\n")
    except OSError as error:
        raise UserError(f"--json {path} cannot be written ({error}): give another file.") from error
    print(f"\nwrote {path}", file=sys.stderr)


def print_result(result: dict[str, Any]) -> None:
    """Prints the tables and explains their columns."""
    machine, settings = result["environment"], result["settings"]
    print(
        f"\n{machine['cpu']}, {machine['cores']} cores, {machine['date']}, "
        f"Keras {machine['libraries']['keras']} on {result['keras_backend']}, "
        f"NORMALIZATION = {settings['NORMALIZATION']}."
    )
    if result["bfloat16_hardware"]:
        print("bfloat16 hardware: yes.")
    else:
        print(
            "bfloat16 hardware: NO. It is emulated here, which is slow: its rows are of a small "
            "batch and of few steps."
        )
    print("\nSpeed at the best batch size\n")
    print_table(
        ("network", "work", "precision", "batch", "samples/s", "GFLOP/s", "of same conv",
         "of bf16 conv", "rounds", "tried"),
        [
            (row["network"], row["work"], row["precision"], row["batch_size"],
             f"{row['samples_per_second']:.1f}", f"{row['gflops']:.0f}",
             f"{row['share_of_same']:.2f}", f"{row['share_of_bfloat16']:.2f}", row["rounds"],
             ", ".join(f"{size}: {rate:.1f}" for size, rate in row["tried"].items()))
            for row in result["speeds"]
        ],
    )  # fmt: skip
    rates = result["large_convolution_gflops"].items()
    print(
        "\nThe large convolution (28 x 28, 512 channels to 512, 3 x 3) alone: "
        + ", ".join(f"{rate:.0f} GFLOP/s in {precision}" for precision, rate in rates)
    )
    print(f"\nTraining from the input pipeline, DATA = {settings['DATA']}, samples/s\n")
    print_table(
        ("network", "precision", "batch", "constant batch", "pipeline", "ratio", "pipeline alone"),
        [
            (row["network"], row["precision"], row["batch_size"], f"{row['constant']:.1f}",
             f"{row['pipeline']:.1f}", f"{row['ratio']:.2f}", f"{row['alone']:.0f}")
            for row in result["feeds"]
        ],
    )  # fmt: skip
    print("\nbfloat16 over float32, and memory\n")
    print_table(
        ("network", "training", "inference", "memory, GB"),
        [
            (row["network"], *(f"{row[key]:.2f}" for key in ("training", "inference", "memory_gb")))
            for row in result["precisions"]
        ],
    )
    print(f"\n{EXPLANATION}\n\nMeasured in {duration(result['seconds_in_all'])}.")


if __name__ == "__main__":
    sys.exit(main())
