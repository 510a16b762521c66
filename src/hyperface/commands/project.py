"""The folders of a program, and the settings that it starts from."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from hyperface.models.pretrained import (
    find_pretrained_weights,
    pretrained_weights,
    proposal_weights_for,
)
from hyperface.utils.files import existing_path, find_path, possible_paths
from hyperface.utils.setting_types import SettingType
from hyperface.utils.settings import Settings, resolve

# Groups of settings that programs other than the training use.
SEARCH = ("PROPOSAL_METHOD", "PROPOSAL_SIDE", "PROPOSAL_BOXES", "PROPOSAL_MIN_SIDE")
FAST = (
    *("FAST_SCORE_THRESHOLD", "FAST_MIN_PROPOSALS", "FAST_NMS_IOU", "FAST_MAX_PROPOSALS"),
    *("FAST_MIN_FACE_PX", "FAST_LONG_SIDE", "FAST_MAX_LONG_SIDE"),
)
OVERLAPS = (
    *("FACE_IOU", "BACKGROUND_IOU", "LANDMARKS_IOU", "POSE_GENDER_IOU", "BACKGROUND_MIN_IOU"),
)
WEIGHTS_HINT = "give the path of a .weights.h5 file, or leave it out to use the included weights"
HELD_OUT = (
    *("DATA", "EVALUATION_DATA", "VALIDATION_FRACTION", "SPLIT_SEED"),
    *("WITHOUT_GENDER", "SEED"),
)


@dataclass(frozen=True)
class Project:
    """The project of the script that starts a program; the package itself does not depend on it."""

    # The folder for runs, trained weights and caches. Relative paths start from the current folder
    # or, if nothing is there, from this one.
    root: Path
    config: ModuleType  # the module whose constants are the settings
    experiments: Mapping[str, Any]  # presets of settings by name
    command: str = "hyperface"  # that starts the program

    def settings(self, overrides: list[str], used: Sequence[str] | None = None) -> Settings:
        """The constants of the config module with the overrides after --set.

        Overrides of settings that the program does not use are refused; None means that it uses all
        settings.

        Raises:
            UserError: An override cannot be used.
        """
        return resolve(self.config, overrides, used, self.command)

    def parser(self, about: str | None, examples: str) -> argparse.ArgumentParser:
        """A parser without options for the program; its result has this project as `project`."""
        parser = _Parser(
            description=about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            prog=self.command,
            epilog=examples.format(call=self.command),
        )
        parser.set_defaults(project=self)
        return parser

    def find_files(self, options: argparse.Namespace, *names: str) -> None:
        """Replaces the paths in options, if given, by those of existing files and folders.

        Raises:
            UserError: One is neither in the current folder nor in the project's.
        """
        for name in names:
            if (given := getattr(options, name)) is not None:
                option = f"--{name.replace('_', '-')}"
                setattr(options, name, existing_path(given, self.root, option, "give another path"))

    def input_path(self, text: str) -> str:
        """The path as given, or in the project's folder if it exists only there."""
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


class _Parser(argparse.ArgumentParser):
    """Also says where a setting belongs."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments") and re.search(r" [A-Z_.a-z]+=", message):
            message += " (give settings after --set: --set NAME=VALUE)"
        super().error(message)


def describe_weights(weights: Path, use: str = "weights") -> str:
    """A line on which weights are used, since the user may not have chosen any."""
    shipped = find_pretrained_weights(weights.name)
    if shipped is not None and weights.absolute() == shipped.absolute():
        return f"{use}: the included ones ({weights})"
    return f"{use}: {weights}"


def add_weights_options(parser: argparse.ArgumentParser, exported: bool = False) -> None:
    """Adds the options --weights and --fast-weights to a program.

    Args:
        parser: The parser of the program.
        exported: Whether the program accepts exported networks, too.
    """
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="weights of HyperFace, such as weights/hyperface.weights.h5 of your own training"
        f"{', or a folder of exported ONNX files' if exported else ''}"
        " (default: the included ones)",
    )
    parser.add_argument(
        "--fast-weights",
        type=Path,
        metavar="FILE",
        help="weights of the proposal detector (default: those beside --weights, or else the"
        " included ones)",
    )


def option_type(annotation: Any) -> Callable[[str], Any]:
    """A type for argparse from the annotation of a setting with its range; NaN is refused."""
    kind = SettingType(annotation, None)

    def read(text: str) -> Any:
        try:
            return kind.parse(text)
        except (ValueError, OverflowError):
            raise argparse.ArgumentTypeError(f"expected {kind.expected}, not {text}") from None

    return read


def add_former_option(
    add: Callable[..., object], name: str, dest: str, kind: Callable[[str], object]
) -> None:
    """Adds the former name of an option, which the help does not show, with `add_argument`."""
    add(name, dest=dest, type=kind, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def add_settings_option(parser: argparse.ArgumentParser, help_text: str) -> None:
    """Adds the option --set to a program; its values are in `overrides`."""
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
    """Finds the given weights or, if none are given, the pretrained ones.

    Raises:
        UserError: They do not exist.
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
