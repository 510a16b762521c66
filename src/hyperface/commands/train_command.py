"""Trains HyperFace on annotated images, evaluates it, and writes a report."""

import argparse
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hyperface.annotations.finding import refuse_missing_data
from hyperface.commands.project import Project, add_settings_option
from hyperface.training.processes import is_first, join, run_distributed
from hyperface.utils.command import exit_status
from hyperface.utils.settings import Settings

EXAMPLES = """examples:
  {call}                                the included images, about ten minutes
  {call} --set DATA=/data/faces EPOCHS=40 REGIONS_PER_EPOCH=8192
  {call} --set LOSS_WEIGHTS.landmarks=50 OPTIMIZER=adam LEARNING_RATE=3e-4
  {call} --experiment list
  {call} --experiment 1 --set DATA=/data/helen

src/config.py describes every setting. The same command resumes an interrupted run."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Trains; returns the exit status."""
    options = parse(arguments, project)
    if options.experiment == "list":
        print(experiments_text(project.experiments))
        return 0
    on_rerun = "the same command resumes after the last finished epoch"
    return run_distributed(partial(exit_status, partial(train, options), on_rerun))


def train(options: argparse.Namespace) -> None:
    """Trains and evaluates, as the command line says."""
    settings = settings_of(options)
    join()
    resumed = None
    if is_first():
        options.project.find_files(options, "resume")
        resumed = options.resume
    given = settings.DATA, settings.EVALUATION_DATA, settings.FACE_MODEL_DATA
    for data in filter(None, () if resumed else given):
        refuse_missing_data(data, options.project.root)
    from hyperface.pipeline import train_and_evaluate  # after the settings: Keras takes seconds

    train_and_evaluate(settings, options.project.root, resumed)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings of the command line, those of its experiment included."""
    overrides = options.overrides
    if options.experiment:
        overrides = options.project.experiments[options.experiment].overrides(overrides)
    return options.project.settings(overrides)


def experiments_text(experiments: Mapping[str, Any]) -> str:
    """A list of all experiments with their requirements and settings."""
    lines = []
    for name, experiment in experiments.items():
        lines.append(f"{name}  {experiment.about}")
        lines += [f"      needs {setting}: {kind}" for setting, kind in experiment.expects.items()]
        lines.append(f"      sets {' '.join(experiment.preset)}")
    return "\n".join(lines)


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser(__doc__, EXAMPLES)
    add_settings_option(parser, "override settings of src/config.py for this run")
    parser.add_argument(
        "--experiment",
        choices=(*project.experiments, "list"),
        help="use a preset of settings (docs/experiments.md), which --set overrides; 'list' prints"
        " all presets",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="DIR",
        help="resume the run in this folder, which must have the same settings",
    )
    return parser.parse_args(arguments)
