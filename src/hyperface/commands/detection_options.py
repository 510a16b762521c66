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
from hyperface.detection.detection_settings import FAST_PROPOSALS, PROPOSALS, DetectionSettings
from hyperface.detection.detector import HINT, FaceDetector
from hyperface.detection.fast_proposals import FastProposals, fast_settings
from hyperface.errors import UserError
from hyperface.exporting.runtimes import (
    PROPOSAL_FILE,
    OnnxNetwork,
    calibration_of,
    load_region_network,
)
from hyperface.proposals.selective_search import propose, search_options
from hyperface.utils.files import sha256_of
from hyperface.utils.setting_types import SettingType
from hyperface.utils.settings import Settings


def add_detection_options(parser: argparse.ArgumentParser, threshold: str) -> None:
    """Gives a program --weights, --proposals and an option for each of `DetectionSettings`.

    The former names of options are accepted, too.

    Args:
        parser: Of the program; numbers out of range end it with exit status 2.
        threshold: The default threshold, in words, for the help.
    """
    add_weights_options(parser)
    parser.add_argument(
        "--proposals",
        choices=PROPOSALS,
        default=FAST_PROPOSALS,
        help="what proposes the regions: a single-shot detector, which is many times faster and"
        " finds more (default: fast), or selective search, as in the paper; the setting"
        " PROPOSAL_METHOD=opencv_fast is a mode of selective search, not this fast detector",
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


def describe_threshold(threshold: float, recommended: bool) -> str:
    """Which threshold is used where a person gives none, and how to choose one."""
    if recommended:
        return f"threshold: {threshold:g}, which these weights recommend"
    return (
        f"threshold: {threshold:g}, since these weights recommend none; to choose one, look at "
        "some images with --draw and give a --threshold above the scores of what is no face (0.95 "
        "where they were trained from the included weights, whose scores are too high)"
    )


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
    is_fast = options.proposals == FAST_PROPOSALS
    fill_in_weights(options, is_fast, options.project.root)
    load = _load_exported if options.weights.is_dir() else _load_keras
    return load(options, config, is_fast, threshold)


def _load_keras(
    options: argparse.Namespace, config: Settings, is_fast: bool, threshold: float | None
) -> tuple[FaceDetector, dict[str, Any]]:
    from hyperface.models.weights import read_header  # Keras, which exported networks do not need
    from hyperface.training.precision import resolve_precision

    weights, fast = options.weights, options.fast_weights if is_fast else None
    recommended, chosen_here = read_header(weights).threshold, threshold is None
    threshold = recommended if threshold is None else threshold
    settings, dtype = detection_settings(options, threshold), resolve_precision(config.PRECISION)
    search, fast_search = search_options(config), fast_settings(config)
    propose_regions = (
        FastProposals.load(fast, HINT, dtype, fast_search).propose
        if fast
        else partial(propose, **search)
    )
    print(describe_weights(weights), flush=True)
    if chosen_here and options.threshold is None:
        print(describe_threshold(settings.threshold, recommended is not None), flush=True)
    detector = FaceDetector.load(weights, dtype, settings=settings, propose=propose_regions)
    return detector, {
        "weights": sha256_of(weights),
        "computes_in": dtype,
        "detection": asdict(settings),
        "proposals": {"network": sha256_of(fast), **asdict(fast_search)} if fast else search,
    }


def _load_exported(
    options: argparse.Namespace, config: Settings, is_fast: bool, threshold: float | None
) -> tuple[FaceDetector, dict[str, Any]]:
    """As `_load_keras`, of a folder of ONNX files, without TensorFlow."""
    folder = options.weights
    if options.fast_weights is not None:
        raise UserError(
            f"--fast-weights goes with a .weights.h5 file, and --weights is the folder {folder}, "
            "which has a proposal detector of its own: leave --fast-weights out"
        )
    network = load_region_network(folder)
    search, fast_search = search_options(config), fast_settings(config)
    fast = OnnxNetwork(folder / PROPOSAL_FILE) if is_fast else None
    own = network.facts.get("threshold")
    settings = detection_settings(options, own if threshold is None else threshold)
    propose_regions = (
        FastProposals(fast, fast_search).propose if fast else partial(propose, **search)
    )
    print(f"weights: {network.path}", flush=True)
    detector = FaceDetector(network, settings, propose_regions, calibration=calibration_of(network))
    return detector, {
        "weights": sha256_of(network.path),
        "computes_in": f"ONNX {network.facts.get('precision')}",
        "detection": asdict(settings),
        "proposals": {"network": sha256_of(fast.path), **asdict(fast_search)} if fast else search,
    }
