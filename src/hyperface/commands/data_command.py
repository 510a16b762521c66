"""Checks data sets, converts them, and makes sample files of images and videos."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from hyperface.commands.checking import check_data
from hyperface.commands.converting import FORMATS, convert_data
from hyperface.commands.creating import SHEET, create_samples
from hyperface.commands.project import (
    OVERLAPS,
    SEARCH,
    Project,
    add_former_option,
    add_settings_option,
    option_type,
)
from hyperface.errors import UserError
from hyperface.images.writing import save_image
from hyperface.proposals.selective_search import search_options
from hyperface.samples.building import SampleSettings
from hyperface.steps.data import FINGERPRINTS
from hyperface.steps.setting_groups import overlap_rules
from hyperface.utils.command import exit_status
from hyperface.utils.setting_types import Count, Positive
from hyperface.visualization.data_report import print_findings, write_page

SHEET_IMAGES = 48
EXAMPLES = """examples:
  {call} check /data/faces
  {call} check aflw:/data/aflw+/data/helen --duplicates --page check.html
  {call} convert celeba:/data/celeba runs/celeba --format coco --link
  {call} create /data/300W runs/samples
  {call} create holiday.mp4 runs/samples_video --every 25"""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Runs the command; returns the exit status."""
    options = parse(arguments, project)
    return exit_status(lambda: options.command(options))


def check(options: argparse.Namespace) -> None:
    """`data.py check`."""
    config = options.project.settings([])
    findings = check_data(
        options.data,
        options.project.root,
        (config.VALIDATION_FRACTION, config.SPLIT_SEED),
        options.project.root / FINGERPRINTS if options.duplicates else None,
        options.images if options.sheet or options.page else 0,
        options.seed,
    )
    print_findings(findings, None if options.all else findings.skipped.EXAMPLES)
    if options.sheet and findings.sheet is not None:
        try:
            save_image(options.sheet, findings.sheet)
        except ValueError as error:  # such as too many rows for a JPEG
            raise UserError(f"{error}: give fewer --images, or a --sheet in .png.") from error
        print(f"contact sheet: {options.sheet}")
    if options.page:
        write_page(findings, options.page)
        print(f"page: {options.page}")


def convert(options: argparse.Namespace) -> None:
    """`data.py convert`."""
    images, faces, skipped = convert_data(
        options.data, options.project.root, options.out, options.format, options.link
    )
    for line in skipped.report():
        print(line)
    print(f"{images:,} images and {faces:,} faces in {options.out}")


def create(options: argparse.Namespace) -> None:
    """`data.py create`."""
    used = (*SEARCH, *OVERLAPS, "SEED", "VALIDATION_FRACTION", "SPLIT_SEED")
    config = options.project.settings(options.overrides, used)
    settings = SampleSettings(
        options.max_regions,
        search_options(config),
        overlap_rules(config),
        config.SEED,
        config.VALIDATION_FRACTION,
        config.SPLIT_SEED,
    )
    regions, faces, skipped = create_samples(
        options.data,
        options.project.root,
        options.out,
        settings,
        options.every,
        options.workers,
        options.project.root / FINGERPRINTS,
    )
    for line in skipped.report():
        print(line)
    print(f"{regions:,} regions ({faces:,} of them faces) in {options.out}; {SHEET} shows some")


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser(__doc__, EXAMPLES)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_check(commands)
    add_convert(commands)
    add_create(commands)
    return parser.parse_args(arguments)


def add_check(commands: argparse._SubParsersAction) -> None:
    """The options of `data.py check`."""
    help_text = "report what data sets contain, and what is wrong with them"
    command = commands.add_parser("check", help=help_text, description=help_text)
    command.set_defaults(command=check)
    add = command.add_argument
    add(
        "data",
        metavar="PATH",
        help="folder of data sets; several are joined by +, as for DATA in config.py",
    )
    add(
        "--duplicates",
        action="store_true",
        help="decode every image, to find broken and near-identical ones",
    )
    add("--sheet", type=image_file, metavar="FILE.jpg", help="draw images with all their labels")
    add("--page", type=Path, metavar="FILE.html", help="write the report as one HTML page")
    add(
        "--images",
        type=option_type(Positive),
        default=SHEET_IMAGES,
        metavar="N",
        help=f"number of images to draw (default: {SHEET_IMAGES})",
    )
    add_former_option(add, "--pictures", "images", option_type(Positive))
    add(
        "--seed",
        type=option_type(Count),
        default=1,
        metavar="N",
        help="seed of the choice of images to draw (default: 1)",
    )
    add("--all", action="store_true", help="name every file that cannot be used")


def add_convert(commands: argparse._SubParsersAction) -> None:
    """The options of `data.py convert`."""
    help_text = "convert data sets to this project's own format, or to COCO key points"
    command = commands.add_parser("convert", help=help_text, description=help_text)
    command.set_defaults(command=convert)
    add = command.add_argument
    add(
        "data",
        metavar="IN",
        help="folder of data sets; several are joined by +, as for DATA in config.py",
    )
    add("out", metavar="OUT", type=Path, help="folder of the new data set")
    add(
        "--format",
        choices=tuple(FORMATS),
        default="json",
        help="faces.json (default), faces.csv, or coco.json",
    )
    add("--link", action="store_true", help="link to the images instead of copying them")


def add_create(commands: argparse._SubParsersAction) -> None:
    """The options of `data.py create`."""
    help_text = (
        "make sample files, with cropped, resized and labeled regions of images and videos; "
        "main.py trains on them with DATA=samples:OUT"
    )
    command = commands.add_parser(
        "create",
        help=help_text,
        description=help_text + "; images without annotations give proposals without labels",
    )
    command.set_defaults(command=create)
    add = command.add_argument
    add(
        "data",
        metavar="IN",
        help="folder of data sets, as for DATA in config.py, or an image, a video, or a folder of"
        " images and videos",
    )
    add("out", metavar="OUT", type=Path, help="folder of the sample files")
    add("--format", choices=("hdf5",), default="hdf5", help=argparse.SUPPRESS)  # there were two
    add(
        "--every",
        type=option_type(Positive),
        default=10,
        metavar="N",
        help="use every N-th frame of a video (default: 10)",
    )
    add(
        "--max-regions",
        type=option_type(Positive),
        default=16,
        metavar="N",
        help="maximum number of regions per image (default: 16)",
    )
    add_former_option(add, "--most", "max_regions", option_type(Positive))
    add(
        "--workers",
        type=option_type(Count),
        default=os.cpu_count() or 1,
        metavar="N",
        help="number of processes; 0 works without any others (default: all cores)",
    )
    add_settings_option(
        command,
        "override settings of config.py for selective search, the IoU thresholds and the split",
    )


def image_file(text: str) -> Path:
    """The path of an image to write, in a known format."""
    if (path := Path(text)).suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise argparse.ArgumentTypeError(
            f"expected a name that ends in .jpg, .jpeg or .png, not {text}"
        )
    return path
