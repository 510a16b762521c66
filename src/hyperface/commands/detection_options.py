"""The command-line options of the detector."""

import argparse
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple

from hyperface.commands.project import (
    add_former_option,
    add_weights_options,
    describe_weights,
    fill_in_weights,
    option_type,
)
from hyperface.detection.detection_settings import FAST_PROPOSALS, PROPOSALS, DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.fast_proposals import fast_settings
from hyperface.detection.recipe import DetectorRecipe
from hyperface.errors import UserError
from hyperface.exporting.runtimes import PROPOSAL_FILE, load_region_network
from hyperface.proposals.selective_search import search_options
from hyperface.utils.files import sha256_of
from hyperface.utils.settings import Settings


def add_detection_options(parser: argparse.ArgumentParser, threshold: str) -> None:
    """Adds --weights, --proposals and an option for each of `DetectionSettings` to a program.

    Former names of options are accepted, too.

    Args:
        parser: The parser of the program; it exits with status 2 for numbers out of range.
        threshold: A description of the default threshold for the help.
    """
    add_weights_options(parser, exported=True)
    parser.add_argument(
        "--proposals",
        choices=PROPOSALS,
        default=FAST_PROPOSALS,
        help="what proposes the regions: fast, a single-shot detector, which is many times faster"
        " and finds more faces, or selective_search, as in the paper (default: fast); the setting"
        " PROPOSAL_METHOD=opencv_fast is a mode of selective search and not this detector",
    )
    parser.add_argument(  # of earlier versions
        "--fast",
        dest="proposals",
        action="store_const",
        const=FAST_PROPOSALS,
        help=argparse.SUPPRESS,
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
            dest=each.name,
            metavar=each.metadata["metavar"],
            type=option_type(each.type),
            help=f"{meaning} (default: {default})",
        )
        if former:
            add_former_option(add, f"--{former}", each.name, option_type(each.type))


def describe_threshold(threshold: float, recommended: bool) -> str:
    """A sentence on the threshold that is used by default, and on how to choose one."""
    if recommended:
        return f"threshold: {threshold:g}, the value stored with these weights"
    return (
        f"threshold: {threshold:g}, since none is stored with the weights; to choose one, draw "
        "some images with --draw and set --threshold above the scores of false positives (0.95 if "
        "the weights were trained from the included ones, whose scores are too high)"
    )


def detection_settings(
    options: argparse.Namespace, threshold: float | None = None
) -> DetectionSettings:
    """The detection settings of a command line, with the default threshold if it gives none."""
    given = {each.name: getattr(options, each.name) for each in fields(DetectionSettings)}
    if given["threshold"] is None:
        given["threshold"] = threshold
    return DetectionSettings(**{name: value for name, value in given.items() if value is not None})


def load_detector(
    options: argparse.Namespace, config: Settings, threshold: float | None = None
) -> tuple[FaceDetector, dict[str, Any]]:
    """Loads the detector of a command line, and prints which weights it uses.

    Arguments, results and errors are those of `detector_recipe`, but the detector is returned
    instead of its recipe.
    """
    recipe, about = detector_recipe(options, config, threshold)
    return recipe.load(), about


def detector_recipe(
    options: argparse.Namespace, config: Settings, threshold: float | None = None
) -> tuple[DetectorRecipe, dict[str, Any]]:
    """The recipe of the detector of a command line; prints which weights it uses.

    If neither the command line nor the caller gives a threshold, that of the weights is used.

    Returns:
        The recipe; weights, precision, settings and proposals, to be stored beside the results.

    Raises:
        UserError: A weights file is missing, damaged or of another network.
    """
    is_fast = options.proposals == FAST_PROPOSALS
    fill_in_weights(options, is_fast, options.project.root)
    if options.weights.is_dir():
        chosen = _exported_choice(options, is_fast)
    else:
        chosen = _keras_choice(options, config, is_fast)
    recommended, fast = chosen.threshold, chosen.fast
    source = describe_weights(fast, "proposals") if fast else "proposals: selective search"
    print(source, flush=True)
    settings = detection_settings(options, recommended if threshold is None else threshold)
    if threshold is None and options.threshold is None:
        print(describe_threshold(settings.threshold, recommended is not None), flush=True)
    search, fast_search = search_options(config), fast_settings(config)
    here = options.weights.absolute(), fast and fast.absolute()  # for processes elsewhere, too
    recipe = DetectorRecipe(*here, settings, fast_search, search, chosen.dtype)
    calibration = {} if chosen.calibration is None else {"calibration": chosen.calibration}
    return recipe, {
        "weights": sha256_of(chosen.weights),
        "computes_in": chosen.computes_in,
        "detection": asdict(settings),
        "proposals": {"network": sha256_of(fast), **asdict(fast_search)} if fast else search,
        **calibration,
    }


class _Chosen(NamedTuple):
    """The files of the networks, and what is known about them."""

    weights: Path
    fast: Path | None  # the proposal detector; None for selective search
    threshold: float | None  # the recommended one
    computes_in: str
    dtype: str | None  # Keras dtype policy
    calibration: dict[str, Any] | None = None  # if it is not stored in the file of the weights


def _keras_choice(options: argparse.Namespace, config: Settings, is_fast: bool) -> _Chosen:
    """The choice of a weights file."""
    from hyperface.models.weights import read_header  # Keras, which exported networks do not need
    from hyperface.training.precision import resolve_precision

    print(describe_weights(options.weights), flush=True)
    dtype = resolve_precision(config.PRECISION)
    fast, header = options.fast_weights if is_fast else None, read_header(options.weights)
    calibration = header.facts.get("calibration")
    return _Chosen(options.weights, fast, header.threshold, dtype, dtype, calibration)


def _exported_choice(options: argparse.Namespace, is_fast: bool) -> _Chosen:
    """The choice of a folder of ONNX files, without TensorFlow."""
    folder = options.weights
    if options.fast_weights is not None:
        raise UserError(
            f"--fast-weights goes with a .weights.h5 file, but --weights is the folder {folder}, "
            "which has its own proposal detector: leave --fast-weights out."
        )
    network = load_region_network(folder)
    print(f"weights: {network.path}", flush=True)
    fast = folder / PROPOSAL_FILE if is_fast else None
    precision = f"ONNX {network.facts.get('precision')}"
    return _Chosen(network.path, fast, network.facts.get("threshold"), precision, None)
