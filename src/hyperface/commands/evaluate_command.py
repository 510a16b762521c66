"""Evaluates on whole images of annotated data: the paper's tables, and an ablation."""

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hyperface.annotations.completing import complete_images
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.commands.ablation import (
    ablation,
    ablation_table,
    evaluate_modes,
    find_in_modes,
)
from hyperface.commands.detection_options import (
    add_detection_options,
    detection_settings,
    number_in_range,
)
from hyperface.commands.detector import ready_detector
from hyperface.commands.finding_faces import find_faces, median_seconds, read_faces
from hyperface.commands.other_networks import other_networks
from hyperface.commands.project import (
    HELD_OUT,
    SEARCH,
    Project,
    add_settings_option,
    add_weights_options,
    fill_in_weights,
)
from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.evaluation.whole_images import TEST_SETS, evaluate_sets
from hyperface.steps.data import read_judged
from hyperface.steps.regions import spread
from hyperface.utils.command import exit_status
from hyperface.utils.files import sha256_of
from hyperface.utils.log import PrintedStep
from hyperface.utils.output_dir import output_dir
from hyperface.utils.settings import Settings
from hyperface.visualization.ablation_report import write_ablation_report
from hyperface.visualization.evaluation_report import (
    print_results,
    write_evaluation_report,
    write_results,
)
from hyperface.visualization.metric_tables import RULES, print_table

ABOUT = "about.json"
TABLES, ABLATION = "tables", "ablation"
HELD_OUT_PART, WHOLE = "held-out", "all"
ABLATION_IMAGES = 20
THRESHOLD = 0.1  # lower than for predicting: the curves need what is less sure, too
EXAMPLES = """examples:
  {call} --data afw:/data/afw+fddb:/data/fddb
  {call} --data /data/helen --fast --images 50 --set DATA=/data/helen+/data/mtfl
  {call} --data afw:/data/afw --predictions others.jsonl
  {call} ablation --data /data/helen --images 40

Of data that can be trained on, the held-out part is used: give DATA, VALIDATION_FRACTION and SEED
as in the training, so that the same images are held out. AFW, PASCAL faces and FDDB are test sets
and are used whole. OUT gets about.json, faces.jsonl (what was found),
figures.json and report.html. An interrupted run resumes."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Evaluates; returns the exit status."""
    options = parse(arguments, project)
    work = compare_modes if options.command == ABLATION else make_tables
    return exit_status(lambda: work(options), "results so far are kept; the same command resumes")


def make_tables(options: argparse.Namespace) -> None:
    """Finds the faces, or reads what was found, and prints and writes the tables."""
    config = settings_of(options)
    about: dict[str, Any] = {"data": judged_data(config)}
    if options.predictions is not None:
        about["predictions"] = sha256_of(options.predictions)
    else:
        detector, how = load_detector(options, config)
        about |= how
    folder = options.out or options.project.runs / "evaluation" / short_name_of(about)
    images = chosen_images(options, config)
    rejects, facts = SkipReport(), about
    with output_dir(folder, ABOUT, about):
        if options.predictions is not None:
            found = read_faces(options.predictions, images, rejects)
        else:
            found = find_faces(detector, images, folder, rejects)
            facts = about | {"median seconds an image": median_seconds(folder)}
        results = evaluate_sets(images, found)
        print_results(results)
        for line in rejects.lines():
            print(line)
        write_results(results, facts, folder)
        print(f"\n{write_evaluation_report(results, facts, rejects.lines(), folder)}")


def compare_modes(options: argparse.Namespace) -> None:
    """Finds the faces in several ways, and prints and writes a table."""
    config = settings_of(options)
    full, about = load_detector(options, config)
    others, about["others"] = other_networks(
        options.project.trained, about["computes_in"], full.settings, full.propose, print
    )
    if not options.fast:
        options.fast = True
        others["fast"], about["fast"] = load_detector(options, config)
    modes = ablation(full, others, full.settings)
    about |= {"data": judged_data(config), "modes": [mode.name for mode in modes]}
    folder = options.out or options.project.runs / "evaluation" / short_name_of(about)
    images = chosen_images(options, config)
    rejects = SkipReport()
    with output_dir(folder, ABOUT, about):
        found = find_in_modes(modes, images, folder, rejects)
        evaluated = evaluate_modes(found, images)
        table = ablation_table(evaluated, options.sure)
        print()
        print_table(*table)
        print(f"\n{RULES}")
        for line in rejects.lines():
            print(line)
        print(f"\n{write_ablation_report(table, evaluated, about, rejects.lines(), folder)}")


def settings_of(options: argparse.Namespace) -> Settings:
    """The config of the training, and the data to be judged."""
    data = [] if options.data is None else [f"EVALUATION_DATA={options.data}"]
    return options.project.settings(
        [*options.overrides, *data], "evaluate", (*HELD_OUT, *SEARCH, "PRECISION")
    )


def judged_data(config: Settings) -> str:
    """What `read_judged` reads."""
    return config.EVALUATION_DATA or config.DATA


def chosen_images(options: argparse.Namespace, config: Settings) -> list[AnnotatedImage]:
    """The annotated images to judge on."""
    whole = {None: TEST_SETS, HELD_OUT_PART: (), WHOLE: None}[options.split]
    images = read_judged(config, options.project.root, whole, PrintedStep())
    if options.complete is not None:
        images = complete_images(images, options.complete)
        print(f"{len(images)} of them are in {options.complete}")
        if not images:
            raise UserError(
                f"There is no image to evaluate on in {options.complete}; give other data."
            )
    if options.images is None:
        return images
    return [images[index] for index in spread(images, options.images, config.SEED)]


def load_detector(
    options: argparse.Namespace, config: Settings
) -> tuple[FaceDetector, dict[str, Any]]:
    """The detector, and all that its answers depend on."""
    fill_in_weights(options, options.fast)
    fast = options.fast_weights if options.fast else None
    settings = detection_settings(options, THRESHOLD)
    return ready_detector(options.weights, fast, settings, config)


def short_name_of(about: dict[str, Any]) -> str:
    """A short name that other weights, settings or data do not have."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        prog=project.call("evaluate"),
        epilog=EXAMPLES.format(call=project.call("evaluate")),
    )
    add = parser.add_argument
    add(
        "command",
        nargs="?",
        choices=(TABLES, ABLATION),
        default=TABLES,
        help="the paper's tables (the default), or stages left out one by one",
    )
    add(
        "--data",
        help="data to evaluate on, given like DATA in config.py: a folder, or name:/folder;"
        " several are joined by + (default: EVALUATION_DATA, or else DATA)",
    )
    add(
        "--split",
        choices=(HELD_OUT_PART, WHOLE),
        help="evaluate on the held-out part of every data set, or on all of it",
    )
    add(
        "--complete",
        type=Path,
        metavar="FILE",
        help="evaluate only on the images of this list, in which every face is annotated, such as"
        " data/held_out/every_face.json",
    )
    add(
        "--images",
        "--pictures",
        type=int,
        metavar="N",
        help=f"at most N images of each data set (default: all; {ABLATION_IMAGES} for ablation)",
    )
    add_weights_options(parser)
    add(
        "--fast",
        action="store_true",
        help="let a small network propose the regions instead of selective search",
    )
    add(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="evaluate predictions of any program: JSON Lines like those of predict.py",
    )
    add(
        "--out",
        type=Path,
        metavar="OUT",
        help="output folder (default: one in runs/evaluation for each weights, settings and data)",
    )
    add(
        "--sure",
        type=number_in_range(float, 0, 1),
        default=0.5,
        help="ablation: the score from which the columns found and wrong count (default: 0.5)",
    )
    add_detection_options(parser, str(THRESHOLD))
    add_settings_option(
        parser, "settings of config.py that the training had, such as DATA and SEED"
    )
    options = parser.parse_args(arguments)
    options.project = project
    if options.images is None and options.command == ABLATION:
        options.images = ABLATION_IMAGES
    if options.command == ABLATION and options.predictions is not None:
        parser.error("--predictions is evaluated as it is: there are no stages to leave out")
    if options.images is not None and options.images < 1:
        parser.error("--images is at least 1")
    return options
