"""Where a program works, and the settings that it starts from."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from hyperface.models.pretrained import (
    HYPERFACE_WEIGHTS,
    PROPOSAL_WEIGHTS,
    find_pretrained_weights,
    pretrained_weights,
)
from hyperface.steps.data import FINGERPRINTS
from hyperface.utils.settings import Settings, resolve

# Settings of the programs that do not train.
SEARCH = ("PROPOSAL_METHOD", "PROPOSAL_SIDE", "PROPOSAL_BOXES", "PROPOSAL_MIN_SIDE")
OVERLAPS = (
    *("FACE_IOU", "BACKGROUND_IOU", "LANDMARKS_IOU", "POSE_GENDER_IOU", "BACKGROUND_MIN_IOU"),
)
HELD_OUT = ("DATA", "EVALUATION_DATA", "VALIDATION_FRACTION", "WITHOUT_GENDER", "SEED")


@dataclass(frozen=True)
class Project:
    """What a program is given by the script that starts it; the package itself knows none of it.

    Attributes:
        root: The folder that gets runs, trained weights and caches, and from which relative paths
            start.
        config: The module whose constants are the settings.
        experiments: Presets of settings by name.
        launcher: How a person calls a program, with {} in the place of its name.
    """

    root: Path
    config: ModuleType
    experiments: Mapping[str, Any]
    launcher: str = "python src/{}.py"

    def settings(
        self, overrides: list[str], program: str = "main", used: Sequence[str] | None = None
    ) -> Settings:
        """The constants of the config module, and over them what a person gives.

        Args:
            overrides: As after --set.
            program: The name of the program.
            used: The settings that it uses; others are refused. None for all.

        Raises:
            UserError: An override cannot be used.
        """
        return resolve(self.config, overrides, used, self.call(program))

    def parser(self, program: str, about: str | None, examples: str) -> argparse.ArgumentParser:
        """An empty command line of a program, which hands on this project as `project`."""
        parser = argparse.ArgumentParser(
            description=about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            prog=self.call(program),
            epilog=examples.format(call=self.call(program)),
        )
        parser.set_defaults(project=self)
        return parser

    def call(self, program: str) -> str:
        """How a person calls a program."""
        return self.launcher.format(program)

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return self.root / "runs"

    @property
    def trained(self) -> Path:
        """The folder that training leaves weights in."""
        return self.root / "weights"

    @property
    def fingerprints(self) -> Path:
        """The cache of fingerprints."""
        return self.root / FINGERPRINTS


def describe_weights(weights: Path) -> str:
    """Which weights are used, for the person who may not have chosen any."""
    shipped = find_pretrained_weights(weights.name)
    if shipped is not None and weights.absolute() == shipped.absolute():
        return f"weights: those that come with HyperFace ({weights})"
    return f"weights: {weights}"


def add_weights_options(parser: argparse.ArgumentParser) -> None:
    """Gives a program the options --weights and --fast-weights."""
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="weights of HyperFace, for instance weights/hyperface.weights.h5 of your own training"
        " (default: the pretrained ones)",
    )
    parser.add_argument(
        "--fast-weights",
        type=Path,
        metavar="FILE",
        help="weights of the proposal network of --fast (default: the pretrained ones)",
    )


def add_settings_option(parser: argparse.ArgumentParser, help_text: str) -> None:
    """Gives a program the option --set, read as `overrides`."""
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="NAME=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help=help_text,
    )


def fill_in_weights(options: argparse.Namespace, fast: bool) -> None:
    """Puts the pretrained weights where a person gives none.

    Args:
        options: Of a program with `add_weights_options`.
        fast: Whether the proposal network is needed.

    Raises:
        UserError: They are not there.
    """
    if options.weights is None:
        options.weights = pretrained_weights(HYPERFACE_WEIGHTS)
    if fast and options.fast_weights is None:
        options.fast_weights = pretrained_weights(PROPOSAL_WEIGHTS)
