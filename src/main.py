"""The whole job of HyperFace, from pictures to a trained five-headed network and its report."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's greetings drown the run's own

import keras
import numpy as np

import config
from hyperface.errors import UserError
from hyperface.evaluation.constant import constant_answer
from hyperface.evaluation.regions import evaluation_regions
from hyperface.evaluation.table import Figure, judge, targets_of
from hyperface.networks.face_model import build_face_model
from hyperface.networks.hyperface import build_hyperface
from hyperface.networks.imagenet import start_from_imagenet
from hyperface.networks.transfer import transfer_trunk
from hyperface.networks.weights import read_weights, write_weights
from hyperface.pictures.fingerprints import fingerprint_all, near_identical_groups
from hyperface.proposals.cache import ProposalCache
from hyperface.records.finding import read_all
from hyperface.records.record import Picture, Rejects
from hyperface.records.splitting import split_pictures
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import Jitter, RegionSampler
from hyperface.report.graphs import draw_graph
from hyperface.report.run_report import RunResults, write_report
from hyperface.runs.folder import RunFolder, open_run
from hyperface.runs.log import Log, Step
from hyperface.runs.settings import Settings, resolve
from hyperface.tasks import TASKS
from hyperface.training.checkpoints import remove_checkpoints
from hyperface.training.feeding import FixedBatches, TrainingBatches
from hyperface.training.loop import compile_tasks, freeze, train
from hyperface.training.optimization import Optimization
from hyperface.training.precision import resolve_precision

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Regions:
    """What both trainings draw from, and what both are judged on.

    Attributes:
        training: Draws the training regions.
        validation: Regions watched after each epoch.
        evaluation: Regions judged at the end.
        evaluation_pictures: What the indices of the two lists point into.
        held_out: False where the data has no held-out face, so that training faces are judged.
    """

    training: RegionSampler
    validation: list[Region]
    evaluation: list[Region]
    evaluation_pictures: Sequence[Picture]
    held_out: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the job; returns the exit status."""
    options = parse(arguments)
    try:
        settings = resolve(config, options.overrides)
        with open_run(PROJECT / "runs", settings, options.resume) as run:
            hyperface_job(settings, run, Log(run.path / "log.txt"), PROJECT)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"error: {error}; mend that and give the same command: it goes on from the last "
            "finished epoch",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from the last finished epoch", file=sys.stderr)
        return 130
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  python src/main.py                                the embedded sample, under ten minutes
  python src/main.py --set DATA=/data/faces EPOCHS=40 REGIONS_PER_EPOCH=8192
  python src/main.py --set LOSS_WEIGHTS.landmarks=50 OPTIMIZER=adam LEARNING_RATE=3e-4

Every knob is described in src/config.py. A run that was killed goes on when the same command is
given again.""",
    )
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="NAME=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="override knobs of src/config.py for this run",
    )
    parser.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on with this run, refused if settings differ"
    )
    return parser.parse_args(arguments)


def hyperface_job(settings: Settings, run: RunFolder, log: Log, project: Path) -> None:
    """Everything from pictures to report, in the paper's order.

    Args:
        settings: All knobs.
        run: The folder of this run.
        log: Told of every step.
        project: The folder that relative paths start from, and that gets weights and graphs.
    """
    log.say(f"run {run.path.name}")
    for notice in run.notices:
        log.say(notice)
    keras.utils.set_random_seed(settings.SEED)
    dtype = resolve_precision(settings.PRECISION)
    log.say(f"computes in {dtype} on {keras.backend.backend()}")
    weights = project / "weights"

    with log.step("Read the data") as step:
        training, validation = read_data(settings, project, step)
    with log.step("Region proposals by selective search") as step:
        regions = prepare_regions(settings, training, validation, project, step)
    counts = {"training": count(training), "validation": count(validation)}
    facts = {"run": run.path.name, "data": counts, "settings": settings.as_dict()}

    with log.step("Train the face model (face or not)") as step:
        face_model = build_face_model(settings.NORMALIZATION, settings.DROPOUT, dtype)
        step.say(describe(face_model, settings))
        draw(face_model, project, step)
        if settings.TRAIN_FACE_MODEL:
            if settings.START == "imagenet":
                start_from_imagenet(face_model, project / settings.IMAGENET_WEIGHTS)
                step.say(f"convolutions start from {settings.IMAGENET_WEIGHTS}")
            face_history = fit(
                face_model, regions, settings, settings.FACE_MODEL_EPOCHS, run, 0, step
            )
            write_weights(face_model, weights / "face_model.weights.h5", facts)
        else:
            face_history = []
            read_weights(face_model, project / settings.FACE_MODEL_WEIGHTS)
            step.say(f"taken from {settings.FACE_MODEL_WEIGHTS}")

    with log.step("Copy conv1..conv5 into HyperFace, train its five heads") as step:
        hyperface = build_hyperface(settings.NORMALIZATION, settings.DROPOUT, dtype)
        step.say(describe(hyperface, settings))
        draw(hyperface, project, step)
        step.say(f"copied {', '.join(transfer_trunk(face_model, hyperface))}")
        freeze(hyperface, settings.FROZEN_LAYERS)
        history = fit(hyperface, regions, settings, settings.EPOCHS, run, 1, step)

    with log.step("Evaluate on held-out pictures") as step:
        figures, predictions = evaluate(hyperface, regions, settings, step)
        facts["figures"] = [figure.as_dict() for figure in figures]
        write_weights(hyperface, weights / "hyperface.weights.h5", facts)

    with log.step("Write the report") as step:
        results = RunResults(
            settings=settings.as_dict(),
            environment=json.loads((run.path / "environment.json").read_text())[-1],
            networks=[network_facts(face_model), network_facts(hyperface)],
            histories={"face_model": face_history, "hyperface": history},
            figures=figures,
            predictions=predictions,
            regions=regions.evaluation,
            pictures=regions.evaluation_pictures,
            training_regions=example_regions(regions.training, settings),
            training_pictures=regions.training.pictures,
            held_out=regions.held_out,
            counts=counts,
        )
        graphs = [graph_path(project, model) for model in (face_model, hyperface)]
        graphs = [path for path in graphs if path.exists()]
        write_report(results, run.path, graphs, settings.SHEET_FACES, settings.SEED)
        for model in (face_model, hyperface):
            remove_checkpoints(run.path / model.name)
        run.finish()
        step.say(f"{run.path / 'report.html'}")


def read_data(settings: Settings, project: Path, step: Step) -> tuple[list[Picture], list[Picture]]:
    """Reads every data set and splits what is sound into (training, validation)."""
    pictures, rejects, _ = read_all(settings.DATA, project)
    hashes, broken = fingerprint_all(
        [picture.path for picture in pictures], project / "data" / "cache" / "fingerprints.npy"
    )
    for index, reason in broken.items():
        rejects.add(reason, pictures[index].name)
    sound = [index for index in range(len(pictures)) if index not in broken]
    pictures = [pictures[index] for index in sound]
    train_rows, validation_rows = split_pictures(
        pictures,
        near_identical_groups(hashes[sound]),
        settings.VALIDATION_FRACTION,
        settings.SEED,
    )
    training = [pictures[row] for row in train_rows]
    validation = [pictures[row] for row in validation_rows]
    for name, side in (("training", training), ("validation", validation)):
        for source, (n_pictures, n_faces) in count(side).items():
            step.say(f"{name}: {source}, {n_pictures:,} pictures, {n_faces:,} faces")
    for line in rejects.lines():
        step.say(f"skipped {line}")
    if not any(picture.faces for picture in training):
        raise UserError(
            f"no picture under {settings.DATA} has an annotated face to train on: add one, or see "
            "data/sample/README.md for how faces are annotated"
        )
    return training, validation


def prepare_regions(
    settings: Settings,
    training: list[Picture],
    validation: list[Picture],
    project: Path,
    step: Step,
) -> Regions:
    """Proposals for a bounded number of pictures, and all regions that do not depend on epochs."""
    rules = OverlapRules(
        face=settings.FACE_IOU,
        background=settings.BACKGROUND_IOU,
        landmarks=settings.LANDMARKS_IOU,
        pose_gender=settings.POSE_GENDER_IOU,
        background_min=settings.BACKGROUND_MIN_IOU,
    )
    jitter = Jitter(settings.JITTER_SHIFT, settings.JITTER_SCALE, settings.JITTER_ASPECT)
    cache = ProposalCache(
        project / "data" / "cache" / "proposals",
        {
            "method": settings.PROPOSAL_METHOD,
            "working_side": settings.PROPOSAL_SIDE or None,
            "max_boxes": settings.PROPOSAL_BOXES,
        },
        say=step.say,
    )

    def sampler(pictures: list[Picture], per_set: int) -> RegionSampler:
        chosen = spread(pictures, per_set, settings.SEED)
        rejects = Rejects()
        found = cache.compute([pictures[index] for index in chosen], rejects=rejects)
        for line in rejects.lines():
            step.say(f"skipped {line}")
        proposals = {i: boxes for i, boxes in zip(chosen, found, strict=True) if boxes is not None}
        total = sum(map(len, proposals.values()))
        step.say(f"{total:,} proposals on {len(proposals):,} of {len(pictures):,} pictures")
        return RegionSampler(
            pictures,
            proposals,
            rules,
            jitter,
            settings.BATCH_SHARES,
            settings.PROPOSAL_SHARE,
            settings.DATA_WEIGHTS,
        )

    train_sampler = sampler(training, settings.PROPOSAL_PICTURES)
    held_out = any(picture.faces for picture in validation)
    if held_out:
        judged = sampler(validation, settings.PROPOSAL_PICTURES_VALIDATION)
    else:
        step.say("no held-out face: training faces are judged, which says nothing about new ones")
        judged = sampler([*training, *validation], settings.PROPOSAL_PICTURES)
    return Regions(
        training=train_sampler,
        validation=evaluation_regions(judged, settings.VALIDATION_REGIONS, settings.SEED),
        evaluation=evaluation_regions(judged, settings.EVALUATION_REGIONS, settings.SEED),
        evaluation_pictures=judged.pictures,
        held_out=held_out,
    )


def fit(
    model: keras.Model,
    regions: Regions,
    settings: Settings,
    epochs: int,
    run: RunFolder,
    stage: int,
    step: Step,
) -> list[dict]:
    """Trains a model on all tasks that it has heads for; gives its history."""
    tasks = list(model.output_names)
    optimization = Optimization(
        settings.OPTIMIZER,
        settings.LEARNING_RATE,
        settings.MOMENTUM,
        settings.WEIGHT_DECAY,
        settings.SCHEDULE,
        settings.WARMUP,
        settings.GRADIENT_CLIP_NORM,
    )
    augmentation = Augmentation(
        mirror=settings.MIRROR,
        colour=settings.COLOUR,
        grey=settings.GREY,
        blur=settings.BLUR,
        scale=settings.RESOLUTION_LOSS,
    )

    def batches(epoch: int) -> TrainingBatches:
        return TrainingBatches(
            regions.training,
            augmentation,
            settings.BATCH_SIZE,
            settings.REGIONS_PER_EPOCH,
            # Each stage sees regions of its own.
            seed=2 * settings.SEED + stage,
            epoch=epoch,
            tasks=tasks,
        )

    compile_tasks(model, settings.LOSS_WEIGHTS, optimization, epochs * len(batches(0)))
    validation = FixedBatches(
        regions.validation,
        regions.evaluation_pictures,
        regions.training.rules,
        settings.BATCH_SIZE,
        tasks,
    )
    return train(model, batches, validation, epochs, run.path / model.name, step.say)


def evaluate(
    model: keras.Model, regions: Regions, settings: Settings, step: Step
) -> tuple[list[Figure], dict[str, np.ndarray]]:
    """Judges HyperFace on the evaluation regions: its figures, and its answers by task."""
    rules = regions.training.rules
    batches = FixedBatches(
        regions.evaluation, regions.evaluation_pictures, rules, settings.BATCH_SIZE, tuple(TASKS)
    )
    predictions = model.predict(batches, verbose=1 if sys.stdout.isatty() else 0)
    rng = np.random.default_rng((settings.SEED, 2))
    drawn = [regions.training.draw(kind, rng) for kind in regions.training.kinds(4000)]
    constant = constant_answer(targets_of(drawn, regions.training.pictures, rules))
    figures = judge(predictions, constant, regions.evaluation, regions.evaluation_pictures, rules)
    for figure in figures:
        if figure.data == "all":
            step.say(
                f"{figure.task}: {figure.measure} {figure.value:.2f} {figure.unit} "
                f"({figure.low:.2f} to {figure.high:.2f}), constant answer {figure.constant:.2f}, "
                f"{figure.count:,} labelled"
            )
    return figures, predictions


def example_regions(sampler: RegionSampler, settings: Settings) -> list[Region]:
    """A few training regions of every kind, for the report."""
    rng = np.random.default_rng((settings.SEED, 3))
    return [sampler.draw(kind, rng) for kind in sampler.kinds(24)]


def graph_path(project: Path, model: keras.Model) -> Path:
    """Where the Keras graph of a model is drawn."""
    return project / "model_graphs" / f"{model.name.removesuffix('_model')}_model.png"


def draw(model: keras.Model, project: Path, step: Step) -> None:
    """Draws the graph of a model, and says so where it cannot be drawn."""
    if not draw_graph(model, graph_path(project, model)):
        step.say("pygraphviz is missing: the graph is written as text")


def spread(pictures: Sequence[Picture], per_set: int, seed: int) -> list[int]:
    """At most `per_set` pictures of each data set, at random: their indices, in order."""
    by_source: dict[str, list[int]] = {}
    for index, picture in enumerate(pictures):
        by_source.setdefault(picture.source, []).append(index)
    rng = np.random.default_rng((seed, 4))
    chosen = (rng.permutation(by_source[name])[:per_set] for name in sorted(by_source))
    return sorted(int(index) for indices in chosen for index in indices)


def count(pictures: Sequence[Picture]) -> dict[str, tuple[int, int]]:
    """By data set, the number of pictures and of faces."""
    numbers: dict[str, tuple[int, int]] = {}
    for picture in pictures:
        seen, faces = numbers.get(picture.source, (0, 0))
        numbers[picture.source] = (seen + 1, faces + len(picture.faces))
    return dict(sorted(numbers.items()))


def describe(model: keras.Model, settings: Settings) -> str:
    """The model in a line."""
    note = "" if settings.NORMALIZATION != "batch" else ", more than the paper's: batch norm"
    return f"{model.name}: {model.count_params():,} parameters{note}"


def network_facts(model: keras.Model) -> dict:
    """What the report says about a network."""
    return {"name": model.name, "parameters": model.count_params(), "layers": len(model.layers)}


if __name__ == "__main__":
    sys.exit(main())
