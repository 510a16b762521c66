"""Step: write the report of a run, and finish it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperface.evaluation.before_and_after import metrics_content, what_got_worse
from hyperface.evaluation.metric_result import MetricResult
from hyperface.steps.run_regions import Regions
from hyperface.steps.training import GRAPHS, Trained
from hyperface.training.checkpoints import remove_checkpoints
from hyperface.utils.defaults import unedited_settings
from hyperface.utils.folder import RunFolder
from hyperface.utils.json_text import write_json
from hyperface.utils.log import Step
from hyperface.visualization.graphs import graph_path
from hyperface.visualization.run_report import PhotographResult, RunResults, write_report

EXAMPLES = 24  # training regions shown in the report


def report_and_finish(
    run: RunFolder,
    facts: Mapping[str, Any],
    trained: Sequence[Trained],
    regions: Regions,
    before: Sequence[MetricResult],
    after: tuple[Sequence[MetricResult], Mapping[str, np.ndarray]],
    photograph: PhotographResult | None,
    step: Step,
) -> None:
    """Writes `report.html` and `metrics.json`, finishes the run, and removes its checkpoints."""
    settings, (results, predictions) = facts["settings"], after
    metrics = metrics_content(run.name, regions.held_out, before, results)
    write_json(run.path / "metrics.json", metrics, indent=2)
    if worse := what_got_worse(before, results):
        step.log(worse)
    graphs = [graph_path(run.path / GRAPHS, each.model) for each in trained]
    rng = np.random.default_rng((settings["SEED"], 3))
    contents = RunResults(
        settings=settings,
        environment=json.loads((run.path / "environment.json").read_text())[-1],
        networks=[
            {"name": x.name, "parameters": x.count_params(), "layers": len(x.layers)}
            for x, _ in trained
        ],
        histories={each.model.name: each.history for each in trained},
        before=before,
        figures=results,
        predictions=predictions,
        regions=regions.evaluation,
        images=regions.evaluation_images,
        training_regions=regions.training.sample(EXAMPLES, rng),
        training_images=regions.training.images,
        held_out=regions.held_out,
        counts=facts["data"],
        photograph=photograph,
        defaults=unedited_settings().as_dict(),
    )
    drawn = [path for path in graphs if path.exists()]  # the others are written as text
    write_report(contents, run.path, drawn, settings["SHEET_FACES"], settings["SEED"])
    run.finish()  # first: without checkpoints an unfinished run would start over
    for each in trained:
        remove_checkpoints(run.path / each.model.name)
    step.log(f"{run.path / 'report.html'}")
