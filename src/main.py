"""The whole job of HyperFace, from pictures to a trained five-headed network and its report."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -P` leaves it out
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
from collections.abc import Sequence

import config
from experiments import EXPERIMENTS, as_text
from hyperface.commands.places import PROJECT
from hyperface.commands.whole import hyperface_job
from hyperface.utils.command import exit_status
from hyperface.utils.folder import open_run
from hyperface.utils.log import Log
from hyperface.utils.settings import resolve


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the job; returns the exit status."""
    options = parse(arguments)
    if options.experiment == "list":
        print(as_text())
        return 0
    return exit_status(
        lambda: run(options), "the same command goes on from the last finished epoch"
    )


def run(options: argparse.Namespace) -> None:
    """Does the job with the knobs of the command line."""
    overrides = options.overrides
    if options.experiment:
        overrides = EXPERIMENTS[options.experiment].overrides(overrides)
    settings = resolve(config, overrides)
    with open_run(PROJECT / "runs", settings, options.resume) as folder:
        hyperface_job(settings, folder, Log(folder.path / "log.txt"), PROJECT)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  python src/main.py                                the embedded sample, under ten minutes
  python src/main.py --set DATA=/data/faces EPOCHS=40 REGIONS_PER_EPOCH=8192
  python src/main.py --set LOSS_WEIGHTS.landmarks=50 OPTIMIZER=adam LEARNING_RATE=3e-4
  python src/main.py --experiment list
  python src/main.py --experiment 1 --set DATA=/data/helen

Every knob is described in src/config.py. A run that was killed goes on when the same command is
given again.""",
    )
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="NAME=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="override knobs of src/config.py for this run",
    )
    parser.add_argument(
        "--experiment",
        choices=(*EXPERIMENTS, "list"),
        help="a preset of the later study's; what --set gives wins over it",
    )
    parser.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on with this run, refused if settings differ"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
