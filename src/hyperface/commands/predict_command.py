"""Finds faces in images, folders and videos: landmarks, visibility, pose and gender."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hyperface.annotations.record import SkipReport
from hyperface.cluster.image_parts import FOLDER as PARTS
from hyperface.cluster.image_parts import OTHERS, divide, remaining_parts, set_aside_others
from hyperface.cluster.ray_pool import predict_on_ray
from hyperface.commands.detection_options import add_detection_options, detector_recipe
from hyperface.commands.drawings_and_crops import Extras
from hyperface.commands.predicting import predict_files, predict_webcam
from hyperface.commands.project import FAST, SEARCH, Project, add_settings_option, option_type
from hyperface.detection.detection_settings import FORMER_NAMES
from hyperface.detection.recipe import DetectorRecipe
from hyperface.errors import UserError
from hyperface.predictions.detection_loop import MAX_GROUP_IMAGES
from hyperface.predictions.inputs import find_inputs, named_files, refuse_missing
from hyperface.predictions.row_files import Results
from hyperface.predictions.rows import CONVENTIONS
from hyperface.utils.command import exit_status
from hyperface.utils.output_dir import output_dir
from hyperface.utils.progress import progress
from hyperface.utils.setting_types import Positive
from hyperface.utils.text import text_lines

File = TypeVar("File")
ABOUT = "about.json"
PART_SIZE = 1000  # images, about ten minutes on one core
PROPOSE_EVERY = 20  # frames, so that a new face is found at most two thirds of a second late
EXAMPLES = """examples:
  {call} photo.jpg --out found --draw
  {call} holiday/ clip.mp4 --out found_holiday --draw --crops --every 5
  {call} photo.jpg --out found_as_in_the_paper --proposals selective_search
  {call} --webcam 0 --out seen
  {call} --list million.txt --out found_million --ray 10.0.0.1:6379 --workers 40

OUT gets faces.jsonl (one row for each image or frame), faces.csv (one row for each face) and
about.json (weights, settings, units). The same command resumes an interrupted run, and processes
files again that have changed. Use a new OUT for other settings or weights."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Predicts; returns the exit status."""
    options = parse(arguments, project)
    on_rerun = "results so far are kept; the same command resumes"
    return exit_status(partial(predict, options), on_rerun)


def predict(options: argparse.Namespace) -> int:
    """Processes everything that the command line names; returns the exit status."""
    config = options.project.settings(options.overrides, (*SEARCH, *FAST, "PRECISION"))
    refuse_missing(options.inputs, options.project.root, options.out)
    if options.ray is not None:
        files = _find(options, named_files)
        return _predict_on_ray(options, files, *detector_recipe(options, config))
    inputs = [] if options.webcam is not None else _find(options, find_inputs)
    recipe, how = detector_recipe(options, config)
    detector = recipe.load()
    frames = {"every": options.every, "propose_every": options.propose_every}
    about = {**how, **frames, **CONVENTIONS}
    extras = Extras(options.draw, options.crops, **frames)
    with output_dir(options.out, ABOUT, about, FORMER_NAMES):
        try:
            if options.webcam is not None:
                predict_webcam(detector, options.webcam, options.out, extras)
                return 0
            looked_at, faces, skipped = predict_files(detector, inputs, options.out, extras)
        finally:  # on Ctrl-C too
            results = Results(options.out)
            results.write_table()
    for line in skipped.lines():
        print(f"skipped {line}")
    print(f"faces found: {faces:,}, in {looked_at:,} images or frames: {results.path}")
    return 0 if looked_at else 1


def _predict_on_ray(
    options: argparse.Namespace,
    files: Sequence[tuple[str, Path]],
    recipe: DetectorRecipe,
    how: Mapping[str, Any],
) -> int:
    """Processes images on a cluster, part by part; returns the exit status."""
    about = {**how, "part_size": options.part_size, **CONVENTIONS}
    with output_dir(options.out, ABOUT, about, FORMER_NAMES):
        parts = list(divide(files, options.part_size, options.out.absolute()))
        if moved := set_aside_others(parts, options.out):
            print(f"{moved:,} parts with other images moved to {options.out / OTHERS}")
        new = remaining_parts(parts)
        print(f"{len(files):,} images in {len(parts):,} parts, {len(new):,} to do", flush=True)
        counted = predict_on_ray(new, recipe, options.ray, options.workers) if new else iter(())
        done = list(progress(counted, len(new), "parts"))
    images, faces = (sum(getattr(each, name) for each in done) for name in ("images", "faces"))
    if skipped := sum(each.skipped for each in done):
        print(f"skipped {skipped:,} images, with the reason in their rows")
    print(f"faces found: {faces:,}, in {images:,} images: {options.out / PARTS}")
    return 0 if images or not new else 1


def _find(
    options: argparse.Namespace, find: Callable[[Sequence[str], Path, SkipReport], list[File]]
) -> list[File]:
    """The files that the command line and the file of --list name; prints what is left out.

    Raises:
        UserError: There are none, or the list cannot be read.
    """
    listed: list[str] = []
    if options.list is not None:
        try:
            listed = [line.strip() for _, line in text_lines(options.list)]
        except OSError as error:
            raise UserError(f"The list {options.list} cannot be read: {error.strerror}.") from error
    given = [options.project.input_path(text) for text in (*options.inputs, *listed)]
    left_out = SkipReport()
    files = find(given, options.out, left_out)
    for line in left_out.lines():
        print(f"ignored {line}")
    if not files:
        places = ", ".join(options.inputs) or options.list
        raise UserError(f"No files were found in {places}: give images, videos or folders of them.")
    return files


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add("inputs", nargs="*", metavar="PATH", help="images, videos, or folders of them")
    add("--out", type=Path, required=True, metavar="OUT", help="output folder")
    add(
        "--draw",
        action="store_true",
        help="draw the faces into copies of the images and videos in OUT/drawn",
    )
    add("--crops", action="store_true", help="save upright crops of all faces in OUT/crops")
    add(
        "--every",
        type=option_type(Positive),
        default=1,
        metavar="N",
        help="read every N-th frame of a video (default: 1)",
    )
    add(
        "--propose-every",
        type=option_type(Positive),
        default=PROPOSE_EVERY,
        metavar="N",
        help="propose regions only in every N-th frame of those read, and track the faces in the"
        f" others; with 1, in every frame, which is slower (default: {PROPOSE_EVERY})",
    )
    add("--list", type=Path, metavar="FILE", help="a text file with one PATH on each line")
    add(
        "--ray",
        metavar="ADDRESS",
        help="process images in parts on a Ray cluster, or on this machine with --ray local;"
        " writes a file of rows to OUT/parts for each part, and a resumed run skips finished parts",
    )
    add("--workers", type=option_type(Positive), default=2, metavar="N",
        help="number of processes on the cluster, with one CPU core each (default: 2)")  # fmt: skip
    add(
        "--part-size",
        type=option_type(Positive),
        default=PART_SIZE,
        metavar="N",
        help=f"number of images in a part, a multiple of {MAX_GROUP_IMAGES} (default: {PART_SIZE})",
    )
    add("--webcam", type=int, metavar="NUMBER",
        help="read from the camera with this number, until you press Ctrl-C")  # fmt: skip
    add_detection_options(parser, "the one stored with the weights, or 0.5")
    add_settings_option(
        parser,
        "override settings of config.py: PROPOSAL_* (selective search), FAST_* and PRECISION",
    )
    options = parser.parse_args(arguments)
    if bool(options.inputs or options.list) == (options.webcam is not None):
        parser.error("give images, videos or folders, or else --list or --webcam")
    if options.webcam is not None and (options.draw or options.crops):
        parser.error("--draw and --crops are for images and videos, not for --webcam")
    if options.part_size % MAX_GROUP_IMAGES:
        parser.error(
            f"--part-size is {options.part_size}, which is not a multiple of {MAX_GROUP_IMAGES}"
        )
    if options.ray is not None and (options.draw or options.crops or options.webcam is not None):
        parser.error("--ray writes only rows: leave out --draw, --crops and --webcam")
    return options
