"""Finds faces in images, folders and videos: landmarks, visibility, pose and gender."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hyperface.annotations.record import SkipReport
from hyperface.commands.detection_options import (
    add_detection_options,
    option_type,
    ready_detector,
)
from hyperface.commands.predicted_images import Extras
from hyperface.commands.predicting import predict_files, predict_webcam
from hyperface.commands.project import FAST, SEARCH, Project, add_settings_option
from hyperface.detection.detection_settings import FORMER_NAMES
from hyperface.errors import UserError
from hyperface.predictions.inputs import find_inputs, refuse_missing
from hyperface.predictions.row_files import Results
from hyperface.predictions.rows import CONVENTIONS
from hyperface.utils.command import exit_status
from hyperface.utils.output_dir import output_dir
from hyperface.utils.setting_types import Positive

ABOUT = "about.json"
PROPOSE_EVERY = 10  # frames: a new face is found a third of a second late at most
EXAMPLES = """examples:
  {call} photo.jpg --out found --draw
  {call} holiday/ clip.mp4 --out found_holiday --draw --crops --every 5
  {call} photo.jpg --out found_as_in_the_paper --proposals selective_search
  {call} --webcam 0 --out seen

OUT gets faces.jsonl (one row for each image or frame), faces.csv (one row for each face) and
about.json (weights, settings, units). An interrupted run resumes, and a file that has changed is
processed again. Use a new OUT for other settings or weights."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Predicts; returns the exit status."""
    options = parse(arguments, project)
    goes_on = "results so far are kept; the same command resumes"
    return exit_status(partial(predict, options), goes_on)


def predict(options: argparse.Namespace) -> int:
    """Processes everything that the command line names; returns the exit status."""
    config = options.project.settings(options.overrides, "predict", (*SEARCH, *FAST, "PRECISION"))
    refuse_missing(options.inputs, options.project.root, options.out)
    detector, how = ready_detector(options, config)
    frames = {"every": options.every, "propose_every": options.propose_every}
    about = {**how, **frames, **CONVENTIONS}
    extras = Extras(options.draw, options.crops, **frames)
    with output_dir(options.out, ABOUT, about, FORMER_NAMES):
        try:
            if options.webcam is not None:
                predict_webcam(detector, options.webcam, options.out, extras)
                return 0
            left_out = SkipReport()
            given = [options.project.input_path(text) for text in options.inputs]
            inputs = find_inputs(given, options.out, left_out)
            for line in left_out.lines():
                print(f"left out {line}")
            if not inputs:
                raise UserError(f"There is no file in {', '.join(options.inputs)}.")
            looked_at, faces, rejects = predict_files(detector, inputs, options.out, extras)
        finally:  # on Ctrl-C too
            results = Results(options.out)
            results.write_table()
    for line in rejects.lines():
        print(f"skipped {line}")
    print(f"{faces:,} faces in {looked_at:,} images or frames: {results.path}")
    return 0 if looked_at else 1


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser("predict", __doc__, EXAMPLES)
    add = parser.add_argument
    add("inputs", nargs="*", metavar="PATH", help="images, videos, or folders of them")
    add("--out", type=Path, required=True, metavar="OUT", help="output folder")
    add(
        "--draw",
        action="store_true",
        help="draw the faces into copies of the images and videos, in OUT/drawn",
    )
    add("--crops", action="store_true", help="save every face upright, in OUT/crops")
    add(
        "--every",
        type=option_type(Positive),
        default=1,
        metavar="N",
        help="of a video, read every N-th frame (default: 1)",
    )
    add(
        "--propose-every",
        type=option_type(Positive),
        default=PROPOSE_EVERY,
        metavar="N",
        help="of a video, propose regions in every N-th frame that is read, and follow the faces in"
        f" the others; 1 proposes in all, which is slower (default: {PROPOSE_EVERY})",
    )
    add("--webcam", type=int, metavar="NUMBER", help="read a camera until Ctrl-C")
    add_detection_options(parser, "the weights' own, or 0.5")
    add_settings_option(
        parser,
        "override settings of config.py: PROPOSAL_* (selective search), FAST_* and PRECISION",
    )
    options = parser.parse_args(arguments)
    if bool(options.inputs) == (options.webcam is not None):
        parser.error("give images, videos or folders, or else --webcam")
    if options.webcam is not None and (options.draw or options.crops):
        parser.error("--draw and --crops are for images and videos, not for --webcam")
    return options
