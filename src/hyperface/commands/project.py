"""Where a program works, and the settings that it starts from."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from hyperface.models.pretrained import (
    find_pretrained_weights,
    pretrained_weights,
    proposal_weights_for,
)
from hyperface.utils.files import existing_path, find_path, possible_paths
from hyperface.utils.settings import Settings, resolve

# Settings of the programs that do not train.
SEARCH = ("PROPOSAL_METHOD", "PROPOSAL_SIDE", "PROPOSAL_BOXES", "PROPOSAL_MIN_SIDE")
FAST = (
    *("FAST_SCORE_THRESHOLD", "FAST_MIN_PROPOSALS", "FAST_NMS_IOU", "FAST_MAX_PROPOSALS"),
    *("FAST_MIN_FACE_PX", "FAST_LONG_SIDE", "FAST_MAX_LONG_SIDE"),
)
OVERLAPS = (
    *("FACE_IOU", "BACKGROUND_IOU", "LANDMARKS_IOU", "POSE_GENDER_IOU", "BACKGROUND_MIN_IOU"),
)
WEIGHTS_HINT = "give the path of a .weights.h5 file, or leave the option out for the pretrained one"
HELD_OUT = (
    *("DATA", "EVALUATION_DATA", "VALIDATION_FRACTION", "SPLIT_SEED"),
    *("WITHOUT_GENDER", "SEED"),
)


@dataclass(frozen=True)
class Project:
    """What a program is given by the script that starts it; the package itself knows none of it.

    Attributes:
        root: The folder that gets runs, trained weights and caches. A relative path starts from the
            current folder, and where there is nothing from this one.
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

    def find_files(self, options: argparse.Namespace, *names: str) -> None:
        """Finds the files and folders that options name, where they are given.

        Raises:
            UserError: One is neither in the current folder nor in the project's.
        """
        for name in names:
            if (given := getattr(options, name)) is not None:
                option = f"--{name.replace('_', '-')}"
                setattr(options, name, existing_path(given, self.root, option, "give another path"))

    def input_path(self, text: str) -> str:
        """The path as given, unless it leads to something in the project's folder alone."""
        path = find_path(text, self.root)
        return text if path in (None, possible_paths(text, self.root)[0]) else str(path)

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
        from hyperface.steps.data import FINGERPRINTS  # Keras, which not every program needs

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
        help="weights of HyperFace, for instance weights/hyperface.weights.h5 of your own training;"
        " for predict and evaluate also a folder of exported ONNX files (default: the pretrained"
        " ones)",
    )
    parser.add_argument(
        "--fast-weights",
        type=Path,
        metavar="FILE",
        help="weights of the proposal detector (default: those beside --weights, or the pretrained"
        " ones)",
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


def fill_in_weights(options: argparse.Namespace, fast: bool, project: Path) -> None:
    """Finds the weights that a person gives, or else the pretrained ones.

    Raises:
        UserError: They are not there.
    """
    for name in ("weights", "fast_weights"):
        given = getattr(options, name)
        if given is not None:
            option = "--" + name.replace("_", "-")
            setattr(options, name, existing_path(given, project, option, WEIGHTS_HINT))
        elif name == "weights":
            options.weights = pretrained_weights()
        elif fast and not options.weights.is_dir():  # exported networks lie together
            options.fast_weights = proposal_weights_for(options.weights)
