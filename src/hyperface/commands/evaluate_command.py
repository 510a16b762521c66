"""Evaluates on whole images of annotated data: the paper's tables, and an ablation."""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from hyperface.annotations.completing import complete_images
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.commands.ablation import ablation, ablation_table
from hyperface.commands.detection_options import add_detection_options, load_detector
from hyperface.commands.finding_faces import find_faces, median_seconds, read_faces
from hyperface.commands.project import (
    FAST,
    HELD_OUT,
    SEARCH,
    Project,
    add_former_option,
    add_settings_option,
    fill_in_weights,
    option_type,
)
from hyperface.detection.detection_settings import (
    FAST_PROPOSALS,
    FORMER_NAMES,
    PROPOSALS,
    DetectionSettings,
)
from hyperface.errors import UserError
from hyperface.evaluation.whole_images import TEST_SETS, evaluate_sets
from hyperface.steps.data import read_evaluated
from hyperface.steps.run_regions import choose_per_set
from hyperface.steps.setting_groups import DataSettings, group
from hyperface.utils.command import exit_status
from hyperface.utils.defaults import unedited_settings
from hyperface.utils.files import find_path, sha256_of
from hyperface.utils.log import PrintedStep
from hyperface.utils.output_dir import output_dir
from hyperface.utils.setting_types import Fraction, Positive
from hyperface.utils.settings import Settings
from hyperface.visualization.evaluation_report import (
    print_results,
    write_ablation_report,
    write_evaluation_report,
    write_results,
)
from hyperface.visualization.metric_tables import RULES, print_table

ABOUT = "about.json"
TABLES, ABLATION = "tables", "ablation"
HELD_OUT_PART, WHOLE = "held-out", "all"
ABLATION_IMAGES = 20
# Options that have no influence on the predictions of another program.
DETECTION = ("weights", "fast_weights", "proposals", *(f.name for f in fields(DetectionSettings)))
THRESHOLD = 0.05  # lower than for predicting: curves need detections with low scores, too
EXAMPLES = """examples:
  {call} --data afw:/data/afw+fddb:/data/fddb
  {call} --data /data/helen --images 50 --set DATA=/data/helen+/data/mtfl
  {call} --data afw:/data/afw --predictions others.jsonl
  {call} ablation --data /data/helen --images 40

Data sets for training are evaluated on their held-out part: give DATA, VALIDATION_FRACTION and
SPLIT_SEED as in the training, so that the same images are held out. AFW, PASCAL faces and FDDB are
test sets, of which all images are used. OUT gets about.json, faces.jsonl (the detections),
figures.json and report.html. The same command resumes an interrupted run."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Evaluates; returns the exit status."""
    options = parse(arguments, project)
    work = compare_modes if options.command == ABLATION else make_tables
    on_rerun = "results so far are kept; the same command resumes"
    return exit_status(partial(work, options), on_rerun)


def make_tables(options: argparse.Namespace) -> None:
    """Detects the faces, or reads predictions, and prints and writes the tables."""
    config = settings_of(options)
    about: dict[str, Any] = {"data": config.EVALUATION_DATA or config.DATA}
    if options.predictions is not None:
        about["predictions"] = sha256_of(options.predictions)
    else:
        detector, how = load_detector(options, config, THRESHOLD)
        about |= how
    folder = options.out or options.project.runs / "evaluation" / short_name_of(about)
    images = chosen_images(options, config)
    skipped, facts = SkipReport(), about
    with output_dir(folder, ABOUT, about, FORMER_NAMES):
        if options.predictions is not None:
            found = read_faces(options.predictions, images, skipped)
        else:
            found = find_faces({"": detector}, images, folder, skipped)[""]
            facts = about | {"median seconds an image": median_seconds(folder)}
        results = evaluate_sets(images, found)
        print_results(results)
        for line in skipped.lines():
            print(line)
        write_results(results, facts, folder)
        print(f"\n{write_evaluation_report(results, facts, skipped.lines(), folder)}")


def compare_modes(options: argparse.Namespace) -> None:
    """Detects the faces in several modes, and prints and writes a table."""
    config = settings_of(options)
    fill_in_weights(options, options.proposals == FAST_PROPOSALS, options.project.root)
    if options.weights.is_dir():
        raise UserError(
            f"--weights is {options.weights}, a folder of exported networks, but an ablation "
            "compares Keras networks: give a .weights.h5 file."
        )
    full, about = load_detector(options, config, THRESHOLD)
    from hyperface.commands.other_networks import other_networks  # imports Keras

    others, about["others"] = other_networks(
        options.project.trained, about["computes_in"], full.settings, full.propose, print
    )
    (options.proposals,) = set(PROPOSALS) - {options.proposals}
    other = options.proposals.replace("_", " ")
    others[other], about[other] = load_detector(options, config, THRESHOLD)
    modes = ablation(full, others)
    about |= {"data": config.EVALUATION_DATA or config.DATA, "modes": list(modes)}
    folder = options.out or options.project.runs / "evaluation" / short_name_of(about)
    images = chosen_images(options, config)
    skipped = SkipReport()
    with output_dir(folder, ABOUT, about, FORMER_NAMES):
        found = find_faces(modes, images, folder, skipped)
        evaluated = {mode: evaluate_sets(images, faces) for mode, faces in found.items()}
        table = ablation_table(evaluated, options.count_threshold)
        print()
        print_table(*table)
        print(f"\n{RULES}")
        for line in skipped.lines():
            print(line)
        print(f"\n{write_ablation_report(table, evaluated, about, skipped.lines(), folder)}")


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings of the training and of the evaluated data; also finds the files of options."""
    options.project.find_files(options, "complete", "predictions")
    data = [] if options.data is None else [f"EVALUATION_DATA={options.data}"]
    return options.project.settings(
        [*options.overrides, *data], (*HELD_OUT, *SEARCH, *FAST, "PRECISION")
    )


def chosen_images(options: argparse.Namespace, config: Settings) -> list[AnnotatedImage]:
    """The annotated images to evaluate on."""
    whole = {None: TEST_SETS, HELD_OUT_PART: (), WHOLE: None}[options.split]
    data = _without_default_data(group(DataSettings, config), options.project.root)
    images = read_evaluated(data, options.project.root, whole, PrintedStep())
    if options.complete is not None:
        images = complete_images(images, options.complete)
        print(f"{len(images)} of these images are in {options.complete}")
        if not images:
            raise UserError(
                f"{options.complete} lists none of the images to evaluate on; give other data."
            )
    if options.images is None:
        return images
    return [images[index] for index in choose_per_set(images, options.images, config.SEED)]


def _without_default_data(data: DataSettings, root: Path) -> DataSettings:
    """The settings, with the evaluated data alone if DATA is the default and is not there.

    The library has no included images; the people of other data must not be trained on.
    """
    is_default = data.data == unedited_settings().DATA
    is_there = all(find_path(path, root) for path in data.data.split("+"))
    if data.evaluation_data and is_default and not is_there:
        print("DATA, the images of the default training, is not here: --data is split alone")
        return replace(data, data=data.evaluation_data)
    return data


def short_name_of(about: dict[str, Any]) -> str:
    """A short name that is unique to the weights, settings and data."""
    former = {name: former for former, name in FORMER_NAMES.items()}  # as in earlier versions
    about = json.loads(
        json.dumps(about),
        object_pairs_hook=lambda pairs: {former.get(key, key): value for key, value in pairs},
    )
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add(
        "command",
        nargs="?",
        choices=(TABLES, ABLATION),
        default=TABLES,
        help="the paper's tables (default), or an ablation that leaves out one stage at a time",
    )
    add(
        "--data",
        help="data to evaluate on, given like DATA in config.py: a folder, or name:/folder;"
        " several are joined by + (default: EVALUATION_DATA, or else DATA)",
    )
    add(
        "--split",
        choices=(HELD_OUT_PART, WHOLE),
        help="evaluate on the held-out part of every data set, or on the whole of it (default:"
        " all of the test sets, the held-out part of the others)",
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
        type=option_type(Positive),
        metavar="N",
        help="evaluate at most N images of each data set"
        f" (default: all; {ABLATION_IMAGES} for ablation)",
    )
    add_former_option(add, "--pictures", "images", option_type(Positive))
    add(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="evaluate the predictions of any program, in JSON Lines like those of predict.py",
    )
    add(
        "--out",
        type=Path,
        metavar="OUT",
        help="output folder (default: a folder in runs/evaluation for each combination of weights,"
        " settings and data)",
    )
    add(
        "--count-threshold",
        type=option_type(Fraction),
        default=0.5,
        metavar="P",
        help="ablation: the threshold of the columns 'found' and 'wrong' (default: 0.5)",
    )
    add_former_option(add, "--sure", "count_threshold", option_type(Fraction))
    add_detection_options(parser, str(THRESHOLD))
    add_settings_option(
        parser, "override settings of config.py: give those of the training, such as DATA"
    )
    options = parser.parse_args(arguments)
    if options.images is None and options.command == ABLATION:
        options.images = ABLATION_IMAGES
    if options.command == ABLATION and options.predictions is not None:
        parser.error("--predictions cannot be combined with ablation, which needs the detector")
    given = [name for name in DETECTION if getattr(options, name) not in (None, FAST_PROPOSALS)]
    if options.predictions is not None and given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        names = names.replace("--suppression", "--plain-nms")
        parser.error(f"{names} belong to the detector, which --predictions does not use")
    return options
