"""The paper's steps, from annotated images to an evaluated network."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hyperface.models.table import FACE_MODEL, NETWORKS
from hyperface.models.weights import write_weights
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler
from hyperface.steps.data import count, read_data
from hyperface.steps.evaluation import evaluate, evaluate_before
from hyperface.steps.face_model_regions import face_model_regions
from hyperface.steps.mining import mine_negatives
from hyperface.steps.overlays import LandmarkOverlays
from hyperface.steps.photograph import predict_photograph
from hyperface.steps.proposal_network import FACTS, train_proposal_network
from hyperface.steps.regions import choose_regions, label, propose
from hyperface.steps.starting import (
    chosen_heads,
    ready_face_model,
    started_network,
    trains_face_model,
)
from hyperface.steps.training import GRAPHS, train_network
from hyperface.training.checkpoints import remove_checkpoints
from hyperface.training.precision import resolve_precision
from hyperface.utils.folder import RunFolder, open_run
from hyperface.utils.log import Log
from hyperface.utils.settings import Settings
from hyperface.visualization.graphs import graph_path
from hyperface.visualization.run_report import RunResults, write_report

EXAMPLES = 24  # training regions shown in the report


def train_and_evaluate(
    config: Settings, workdir: str | Path, resume: str | Path | None = None
) -> Path:
    """Trains the face model and HyperFace as the paper does, and evaluates on held-out people.

    A run that was interrupted resumes: the newest unfinished one with the same settings.

    Args:
        config: The settings, for instance `hyperface.default_settings(EPOCHS=10)`.
        workdir: Relative paths start here; gets `runs/<date and time>`, `weights/` and caches.
        resume: The folder of the run that must be resumed, whichever is the newest.

    Returns:
        The run's folder, with `report.html`.

    Raises:
        UserError: Something that the settings name cannot be used.
    """
    workdir = Path(workdir)
    with open_run(workdir / "runs", config, resume) as run:
        _train_and_evaluate(config, run, Log(run.path / "log.txt"), workdir)
        return run.path


def _train_and_evaluate(settings: Settings, run: RunFolder, log: Log, project: Path) -> None:
    log.say(f"run {run.path.name}")
    for notice in run.notices:
        log.say(notice)
    keras.utils.set_random_seed(settings.SEED)
    dtype = resolve_precision(settings.PRECISION)
    log.say(f"computes in {dtype} on {keras.backend.backend()}")
    weights = project / "weights"
    heads = chosen_heads(settings)

    with log.step("Read the data") as step:
        training, validation = read_data(settings, project, step)
    with log.step("Propose regions by selective search") as step:
        # Without a held-out face, training faces are judged; the report says so.
        held_out = any(image.faces for image in validation)
        judged = validation if held_out else [*training, *validation]
        limits = settings.PROPOSAL_IMAGES, settings.PROPOSAL_IMAGES_VALIDATION
        proposals = [
            propose(settings, images, limit, project, step)
            for images, limit in zip((training, judged), limits, strict=True)
        ]
    with log.step("Label regions by overlap") as step:
        to_train, to_judge = (
            label(settings, images, boxes, step)
            for images, boxes in zip((training, judged), proposals, strict=True)
        )
        if not held_out:
            step.say("no held-out face: training faces are judged, which tells nothing of others")
        regions = choose_regions(settings, to_train, to_judge, held_out)
    counts = {"training": count(training), "validation": count(validation)}
    facts: dict[str, Any] = {"run": run.path.name, "data": counts, "settings": settings.as_dict()}

    with log.step("Train the face model (face or not)") as step:
        regions_first = regions
        if trains_face_model(settings):
            regions_first = face_model_regions(
                settings, regions, proposals[0], validation, project, step
            )
        face_model, face_history = ready_face_model(
            settings, regions_first, run.path, project, dtype, facts, step
        )

    title = NETWORKS[settings.NETWORK].title
    with log.step(f"Build {title} on what it starts from") as step:
        network = started_network(settings, face_model, regions, run.path, project, dtype, step)

    with log.step("Evaluate before training") as step:
        before = evaluate_before(network, regions, settings, run.path, step)

    with log.step("Mine hard negatives") as step:
        regions = mine_negatives(network, regions, settings, run.path, step)

    with log.step(f"Train the heads of {title}: {', '.join(heads)}") as step:
        epochs, folder = settings.EPOCHS, run.path / network.name
        callbacks = []
        if settings.LANDMARK_OVERLAYS and "landmarks" in heads:
            drawn = folder / "landmarks"
            callbacks.append(LandmarkOverlays(regions, settings.LANDMARK_OVERLAYS, drawn))
        history = train_network(network, regions, settings, epochs, 1, folder, step, callbacks)

    with log.step("Train the proposal network of the fast mode") as step:
        proposal_history: list[dict] = []
        if settings.TRAIN_PROPOSAL_NETWORK:
            small, proposal_history = train_proposal_network(regions, settings, run.path, step)
            write_weights(small, weights / "proposal_network.weights.h5", facts | FACTS)
        else:
            step.say("not trained")

    with log.step("Evaluate on held-out images") as step:
        figures, predictions = evaluate(network, regions, settings, step)
        facts["figures"] = [figure.as_dict() for figure in figures]
        write_weights(network, weights / f"{network.name}.weights.h5", facts)

    with log.step("Look at a photograph") as step:
        photograph = predict_photograph(network, settings, training, project, step)

    with log.step("Write the report") as step:
        built = [model for model in (face_model, network) if model is not None]
        results = RunResults(
            settings=settings.as_dict(),
            environment=json.loads((run.path / "environment.json").read_text())[-1],
            networks=[
                {"name": x.name, "parameters": x.count_params(), "layers": len(x.layers)}
                for x in built
            ],
            histories={
                FACE_MODEL: face_history,
                network.name: history,
                "proposal_network": proposal_history,
            },
            before=before,
            figures=figures,
            predictions=predictions,
            regions=regions.evaluation,
            images=regions.evaluation_images,
            training_regions=example_regions(regions.training, settings.SEED),
            training_images=regions.training.images,
            held_out=regions.held_out,
            counts=counts,
            photograph=photograph,
        )
        graphs = [graph_path(run.path / GRAPHS, model) for model in built]
        graphs = [path for path in graphs if path.exists()]  # else they could not be drawn
        write_report(results, run.path, graphs, settings.SHEET_FACES, settings.SEED)
        run.finish()  # first: without checkpoints an unfinished run would train anew
        for model in built:
            remove_checkpoints(run.path / model.name)
        remove_checkpoints(run.path / "proposal_network")
        step.say(f"{run.path / 'report.html'}")


def example_regions(sampler: RegionSampler, seed: int) -> list[Region]:
    """A few training regions of every kind, for the report."""
    rng = np.random.default_rng((seed, 3))
    return [sampler.draw(kind, rng) for kind in sampler.kinds(EXAMPLES)]
