"""Exports HyperFace and the proposal detector to ONNX, LiteRT or SavedModel, and checks them."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hyperface.commands.project import (
    HELD_OUT,
    Project,
    add_settings_option,
    add_weights_options,
    describe_weights,
    fill_in_weights,
)
from hyperface.errors import UserError
from hyperface.exporting.agreement import TOLERANCES
from hyperface.exporting.formats import FORMATS, check_requirements, export_network
from hyperface.exporting.network_facts import (
    common_facts,
    proposal_detector_facts,
    region_network_facts,
)
from hyperface.exporting.real_inputs import (
    Photo,
    astronaut,
    image_batches,
    photos_of,
    region_batches,
)
from hyperface.steps.data import read_data
from hyperface.steps.setting_groups import DataSettings, group
from hyperface.utils.command import exit_status
from hyperface.utils.files import sha256_of
from hyperface.utils.log import PrintedStep
from hyperface.utils.output_dir import output_dir
from hyperface.utils.settings import Settings

ABOUT = "about.json"
CHECK_INPUTS, CALIBRATION_INPUTS = 64, 128  # regions
EXAMPLES = """examples:
  {call} --format onnx --out exported
  {call} --format onnx --precision int8 --out exported_int8
  {call} --format litert --out exported_litert --weights weights/hyperface.weights.h5

Install its packages with `pip install -r requirements-export.txt`. OUT gets a file for each of the
two networks. Each file is loaded in its own runtime and compared with Keras on 64 held-out regions
or images of DATA; a file whose outputs differ is deleted. int8 is calibrated on the training part
of DATA."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Exports; returns the exit status."""
    options = parse(arguments, project)
    return exit_status(partial(export, options), "the same command starts over")


def export(options: argparse.Namespace) -> None:
    """Exports both networks."""
    import keras  # here and below: a command line is read without it

    check_requirements(options.format, options.precision)
    data = [] if options.data is None else [f"DATA={options.data}"]
    config = options.project.settings([*options.overrides, *data], HELD_OUT)
    fill_in_weights(options, True, options.project.root)
    if options.weights.is_dir():
        raise UserError(
            f"--weights is {options.weights}, a folder, but Keras networks are exported: give a "
            ".weights.h5 file."
        )
    print(describe_weights(options.weights), flush=True)
    about = {
        "format": options.format,
        "precision": options.precision,
        "weights": sha256_of(options.weights),
        "proposals": sha256_of(options.fast_weights),
        "keras": keras.__version__,
    }
    calibrating, checking = _photos(options, config)
    with output_dir(options.out, ABOUT, about):
        _export_region_network(options, calibrating, checking)
        _export_proposal_detector(options, checking)


def _export_region_network(
    options: argparse.Namespace, calibrating: Sequence[Photo], checking: Sequence[Photo]
) -> None:
    from hyperface.models.table import HYPERFACE, NETWORKS
    from hyperface.models.weights import load_network, read_header

    header = read_header(options.weights)
    name = header.network if header.network in NETWORKS else HYPERFACE
    network = load_network(options.weights, name, "float32")
    heads = {task: output.shape[-1] for task, output in network.output.items()}
    common = common_facts(name, NETWORKS[name].preprocessing, options.precision, header.facts)
    quantized = options.precision == "int8"
    _report(
        *export_network(
            network,
            options.out,
            options.format,
            region_network_facts(heads, header.facts, common),
            region_batches(checking, CHECK_INPUTS),
            region_batches(calibrating, CALIBRATION_INPUTS, seed=1) if quantized else (),
        ),
        "regions",
    )


def _export_proposal_detector(options: argparse.Namespace, checking: Sequence[Photo]) -> None:
    from hyperface.models.proposal_detector import build_proposal_detector
    from hyperface.models.weights import read_header, read_weights

    facts = read_header(options.fast_weights).facts
    detector = build_proposal_detector(dtype="float32")
    read_weights(detector, options.fast_weights)
    # It has convolutions only, which stay float32 (`to_int8`).
    precision = "float32" if options.precision == "int8" else options.precision
    common = common_facts(detector.name, facts.get("preprocessing", {}), precision, facts)
    _report(
        *export_network(
            detector,
            options.out,
            options.format,
            proposal_detector_facts(common),
            image_batches(checking, CHECK_INPUTS),
        ),
        "images",
    )


def _report(path: Path, agreement: Any, inputs: str) -> None:
    largest = ", ".join(f"{head} {value:.1e}" for head, value in agreement.largest.items())
    print(f"{path}: agrees with Keras on {agreement.inputs} {inputs}; maximum errors: {largest}")


def _photos(options: argparse.Namespace, config: Settings) -> tuple[list[Photo], list[Photo]]:
    """Images to calibrate on, and others to check with.

    Raises:
        UserError: The named data cannot be read, or int8 needs data and there is none.
    """
    try:
        images = read_data(group(DataSettings, config), options.project.root, PrintedStep())
    except UserError as error:
        given = options.data is not None or any(o.startswith("DATA=") for o in options.overrides)
        if given:
            raise
        if options.precision == "int8":
            raise UserError(
                f"--precision int8 needs images to calibrate on, so give --data: {error}"
            ) from error
        print("no data set found: checking on scikit-image's photograph of an astronaut")
        return [], astronaut()
    return photos_of(images.training, CALIBRATION_INPUTS), photos_of(images.evaluated, CHECK_INPUTS)


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add("--format", choices=tuple(FORMATS), required=True, help="format of the files")
    add("--out", type=Path, required=True, metavar="DIR", help="output folder")
    add(
        "--precision",
        choices=tuple(TOLERANCES),
        default="float32",
        help="precision of the weights; float16 and int8 need --format onnx (default: float32)",
    )
    add(
        "--data",
        help="annotated images for the check, given like DATA in config.py (default: DATA, or"
        " scikit-image's photograph of an astronaut if there is no such folder)",
    )
    add_weights_options(parser)
    add_settings_option(
        parser, "override settings of config.py that choose and split the data, such as DATA"
    )
    return parser.parse_args(arguments)
