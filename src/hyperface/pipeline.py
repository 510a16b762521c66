"""The paper's steps, from annotated images to an evaluated network."""

from pathlib import Path

from hyperface.models.table import NETWORKS
from hyperface.models.weights import write_weights
from hyperface.steps.data import read_data
from hyperface.steps.evaluation import evaluate, evaluate_before
from hyperface.steps.face_model_regions import face_model_regions
from hyperface.steps.mining import mine_regions
from hyperface.steps.overlays import landmark_overlays
from hyperface.steps.photograph import predict_photograph
from hyperface.steps.proposal_training import FACTS, train_proposal_detector
from hyperface.steps.reporting import report_and_finish
from hyperface.steps.run_regions import label, propose, with_evaluated
from hyperface.steps.setting_groups import step_settings
from hyperface.steps.starting import (
    check_frozen_layers,
    chosen_heads,
    start_network,
    train_or_load_face_model,
    trains_face_model,
)
from hyperface.steps.training import Trained, prepare, train_network
from hyperface.training.processes import is_first, remove_at_end
from hyperface.utils.folder import RunFolder, TemporaryRun, open_run
from hyperface.utils.settings import Settings


def train_and_evaluate(
    config: Settings, workdir: str | Path, resume: str | Path | None = None
) -> Path:
    """Trains the face model and HyperFace as the paper does, and evaluates on held-out people.

    An interrupted run resumes: the newest unfinished one with the same settings. Of several
    processes (docs/training.md) only the first one writes anything that stays.

    Args:
        config: The settings, for instance `hyperface.default_settings(EPOCHS=10)`.
        workdir: Relative paths may start here; gets `runs/<date and time>`, `weights/` and caches.
        resume: The folder of the run to resume, even if it is not the newest.

    Returns:
        The run's folder, with `report.html`.

    Raises:
        UserError: Something that the settings name cannot be used.
    """
    project = Path(workdir)
    with _open_run(config, project, resume) as run:
        log, work = prepare(config, run, project)
        groups = step_settings(config)
        check_frozen_layers(groups.network, groups.start)
        title, heads = NETWORKS[config.NETWORK].title, ", ".join(chosen_heads(groups.network))

        with log.step("Read the data") as step:
            images = read_data(groups.data, project, step)
            facts = {"run": run.name, "data": images.counts(), "settings": config.as_dict()}
        with log.step("Propose regions by selective search") as step:
            search = groups.search
            number, evaluated_number = search.proposal_images, search.proposal_images_validation
            proposals = propose(images.training, search, number, project, step)
            others = propose(images.evaluated, search, evaluated_number, project, step)
        with log.step("Label regions by IoU") as step:
            training = label(images.training, proposals, groups.sampling, step)
            evaluated = label(images.evaluated, others, groups.sampling, step)
            regions = with_evaluated(training, evaluated, images.held_out, groups.evaluation, step)
        with log.step("Train the face model (R-CNN_Face)") as step:
            own = regions
            if trains_face_model(groups.network, groups.start):
                own = face_model_regions(
                    groups.face_model, groups.sampling, regions, proposals, images, work, step
                )
            face_model = train_or_load_face_model(
                groups.network, groups.start, groups.face_model.training, own, work, facts, step
            )
        with log.step(f"Copy the convolutions into {title}") as step:
            network = start_network(
                groups.network, groups.start, groups.training, face_model, regions, work, step
            )
        with log.step("Evaluate before training") as step:
            before = evaluate_before(network, regions, groups.evaluation, run.path, step)
        with log.step("Mine hard negatives") as step:
            regions = mine_regions(network, regions, groups.mining, run.path, step)
        with log.step(f"Train the heads of {title}: {heads}") as step:
            overlays = landmark_overlays(network, regions, config.LANDMARK_OVERLAYS, run.path)
            history = train_network(network, regions, groups.training, work, step, overlays)
        if not is_first():  # of several processes, which have done their part
            return run.path
        with log.step("Train the proposal detector of the fast mode") as step:
            proposer = None
            if config.TRAIN_PROPOSAL_DETECTOR:
                proposer = train_proposal_detector(images, groups.proposals, run.path, step)
                write_weights(proposer.model, work.weights_of(proposer.model), facts | FACTS)
            else:
                step.log("skipped: TRAIN_PROPOSAL_DETECTOR is False")
        with log.step("Evaluate on held-out images") as step:
            results, predictions = evaluate(network, regions, groups.evaluation, step)
            figures = [result.as_dict() for result in results]
            write_weights(network, work.weights_of(network), facts | {"figures": figures})
        with log.step("Predict a photograph") as step:
            found = predict_photograph(network, config, images.training, project, step)
        with log.step("Write the report") as step:
            trained = [each for each in (face_model, Trained(network, history), proposer) if each]
            report_and_finish(
                run, facts, trained, regions, before, (results, predictions), found, step
            )
        return run.path


def _open_run(config: Settings, project: Path, resume: str | Path | None) -> RunFolder:
    """The run's folder; a temporary one in a process that helps the first one."""
    if is_first():
        return open_run(project / "runs", config, resume)
    run = TemporaryRun(config)
    remove_at_end(run.path)
    return run
