"""Judges a trained network on the held-out pictures of its data: faces found in whole pictures."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's greetings drown the rest

import config
from hyperface.detection.hyperface import HyperFace
from hyperface.detection.pipeline import DetectionSettings
from hyperface.errors import UserError
from hyperface.job.data import read_data
from hyperface.job.judging import ablation, judge_modes, table_lines
from hyperface.job.places import FAST_WEIGHTS, PROJECT, WEIGHTS
from hyperface.job.regions import search_options, spread
from hyperface.proposals.selective_search import propose
from hyperface.records.record import Rejects
from hyperface.runs.command import exit_status
from hyperface.runs.log import PrintedStep
from hyperface.runs.settings import resolve
from hyperface.training.precision import resolve_precision


def main(arguments: Sequence[str] | None = None) -> int:
    """Judges; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: evaluate(options), "the same command begins anew")


def evaluate(options: argparse.Namespace) -> None:
    """Finds the faces of the held-out pictures in several ways, and prints a table."""
    knobs = resolve(config, options.overrides)
    dtype = resolve_precision(knobs.PRECISION)
    settings = DetectionSettings(threshold=options.threshold)
    search = partial(propose, **search_options(knobs))
    full = HyperFace.load(options.weights, dtype, settings=settings, propose=search)
    fast = None
    if options.fast_weights != FAST_WEIGHTS or FAST_WEIGHTS.exists():
        fast = HyperFace.load(options.weights, dtype, options.fast_weights, settings=settings)
    _, held_out = read_data(knobs, PROJECT, PrintedStep())
    chosen = [held_out[index] for index in spread(held_out, options.pictures, knobs.SEED)]
    modes = ablation(full, fast, settings)
    rejects = Rejects()
    judge_modes(modes, chosen, rejects)
    for line in rejects.lines():
        print(f"skipped {line}")
    if not any(mode.judged for mode in modes):
        raise UserError(
            "No held-out picture can be judged; give other DATA or VALIDATION_FRACTION."
        )
    print("\naverage precision, % (95 % interval over pictures), by data set")
    print("\n".join(table_lines(modes, options.sure)))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""example:
  python src/evaluate.py --set DATA=/data/helen+/data/no_faces --pictures 40

Give DATA, EVALUATION_DATA, VALIDATION_FRACTION and SEED as in the training, so that the same
pictures are held out.""",
    )
    add = parser.add_argument
    add("--weights", type=Path, default=WEIGHTS, metavar="FILE", help="of HyperFace")
    add("--fast-weights", type=Path, default=FAST_WEIGHTS, metavar="FILE",
        help="of the proposal network; without it the fast mode is left out")  # fmt: skip
    add("--pictures", type=int, default=20, help="of each data set at the most (20)")
    add("--threshold", type=float, default=0.1,
        help="probability from which a region is kept (0.1)")  # fmt: skip
    add("--sure", type=float, default=0.5, help="score for the columns found and wrong (0.5)")
    add("--set", dest="overrides", metavar="NAME=VALUE", nargs="+", action="extend", default=[],
        help="knobs of src/config.py, as in the training")  # fmt: skip
    options = parser.parse_args(arguments)
    if options.pictures < 1 or not (0 <= options.threshold <= 1 and 0 <= options.sure <= 1):
        parser.error("--pictures is at least 1, --threshold and --sure are from 0 to 1")
    return options


if __name__ == "__main__":
    sys.exit(main())
