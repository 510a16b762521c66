"""Evaluates on whole images of annotated data: the paper's tables, and an ablation."""

import sys
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -P` leaves it out
    from hyperface.startup import prepare_process

    prepare_process()

import config
from experiments import EXPERIMENTS
from hyperface.commands import evaluate_command
from hyperface.commands.project import Project

PROJECT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit status."""
    project = Project(PROJECT, config, EXPERIMENTS, "python src/evaluate.py")
    return evaluate_command.main(arguments, project)


if __name__ == "__main__":
    sys.exit(main())
