"""The command-line options of the detector."""

import argparse
from collections.abc import Callable
from dataclasses import asdict, fields
from functools import partial
from typing import Any

from hyperface.commands.project import (
    add_weights_options,
    describe_weights,
    fill_in_weights,
)
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.models.weights import read_header
from hyperface.proposals.selective_search import propose, search_options
from hyperface.training.precision import resolve_precision
from hyperface.utils.files import sha256_of
from hyperface.utils.setting_types import SettingType
from hyperface.utils.settings import Settings


def add_detection_options(parser: argparse.ArgumentParser, threshold: str) -> None:
    """Gives a script --weights, --fast and an option for each of `DetectionSettings`.

    The former names of options are accepted, too.

    Args:
        parser: Of the script; numbers out of range end it with exit status 2.
        threshold: The default threshold, in words, for the help.
    """
    add_weights_options(parser)
    parser.add_argument(
        "--fast",
        action="store_true",
        help="let a small network propose the regions instead of selective search: faster, and"
        " better for group photos",
    )
    add = parser.add_argument_group("how regions become faces").add_argument
    for each in fields(DetectionSettings):
        meaning, former = each.metadata["help"], each.metadata["former"]
        if each.name == "suppression":
            add("--plain-nms", dest=each.name, action="store_const", const="regions", help=meaning)
            continue
        default = threshold if each.name == "threshold" else each.default
        add(
            f"--{each.name.replace('_', '-')}",
            *([f"--{former}"] if former else []),
            dest=each.name,
            metavar=each.metadata["metavar"],
            type=option_type(each.type),
            help=f"{meaning} (default: {default})",
        )


def option_type(annotation: Any) -> Callable[[str], Any]:
    """A type of argparse from an annotation with a range, as settings have it; never NaN."""
    kind = SettingType(annotation, None)

    def read(text: str) -> Any:
        try:
            return kind.parse(text)
        except (ValueError, OverflowError):
            raise argparse.ArgumentTypeError(f"expected {kind.expected}, not {text}") from None

    return read


def detection_settings(
    options: argparse.Namespace, threshold: float | None = None
) -> DetectionSettings:
    """The detection settings of a command line, with a threshold where it gives none."""
    given = {each.name: getattr(options, each.name) for each in fields(DetectionSettings)}
    if given["threshold"] is None:
        given["threshold"] = threshold
    return DetectionSettings(**{name: value for name, value in given.items() if value is not None})


def ready_detector(
    options: argparse.Namespace, config: Settings, threshold: float | None = None
) -> tuple[FaceDetector, dict[str, Any]]:
    """Loads the detector of a command line, and prints which weights it uses.

    Where neither the command line nor the caller gives a threshold, it is the weights' own.

    Returns:
        The detector; weights, precision, settings and proposals, for the file beside its results.

    Raises:
        UserError: A weights file is missing, damaged or of another network.
    """
    fill_in_weights(options, options.fast, options.project.root)
    weights, fast = options.weights, options.fast_weights if options.fast else None
    threshold = read_header(weights).threshold if threshold is None else threshold
    settings, dtype = detection_settings(options, threshold), resolve_precision(config.PRECISION)
    search = search_options(config)
    proposals = {} if fast else {"propose": partial(propose, **search)}
    print(describe_weights(weights), flush=True)
    detector = FaceDetector.load(weights, dtype, fast, settings=settings, **proposals)
    return detector, {
        "weights": sha256_of(weights),
        "computes_in": dtype,
        "detection": asdict(settings),
        "proposals": {"network": sha256_of(fast)} if fast else search,
    }
