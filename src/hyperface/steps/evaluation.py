"""Steps: evaluate the network on held-out regions, before its training and after."""

import json
from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.digest import digest_of
from hyperface.evaluation.metric_result import MetricResult
from hyperface.evaluation.region_metrics import ALL_SETS, evaluate_regions, region_baseline
from hyperface.steps.run_regions import Regions
from hyperface.steps.setting_groups import EvaluationSettings
from hyperface.training.feeding import predict_regions
from hyperface.utils.json_text import write_json
from hyperface.utils.log import Step

BASELINE_REGIONS = 4000  # number of training regions that the constant baseline averages


def evaluate(
    model: keras.Model, regions: Regions, settings: EvaluationSettings, step: Step
) -> tuple[list[MetricResult], dict[str, np.ndarray]]:
    """Evaluates a network on the evaluation regions: the results, and its predictions by task."""
    rules = regions.training.rules
    predictions = predict_regions(
        model, regions.evaluation, regions.evaluation_images, rules, settings.batch_size
    )
    rng = np.random.default_rng((settings.seed, 2))
    drawn = regions.training.sample(BASELINE_REGIONS, rng)
    baseline = region_baseline(drawn, regions.training.images, rules)
    results = evaluate_regions(
        predictions, baseline, regions.evaluation, regions.evaluation_images, rules
    )
    for result in results:
        if result.data == ALL_SETS:
            step.log(f"{result.task}: {result}")
    return results, predictions


def evaluate_before(
    model: keras.Model, regions: Regions, settings: EvaluationSettings, folder: Path, step: Step
) -> list[MetricResult]:
    """The results of a network before its training.

    They are stored in `before.json` in case the run is resumed, and remain valid as long as the
    images are the same.
    """
    path = folder / "before.json"
    digest = digest_of(regions.evaluation_images)
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if isinstance(kept, list):  # of former releases
        kept = {"pictures": digest, "figures": kept}
    if kept.get("pictures") == digest:
        step.log(f"results read from {path.name}")
        return [MetricResult.from_dict(facts) for facts in kept["figures"]]
    results, _ = evaluate(model, regions, settings, step)
    write_json(path, {"pictures": digest, "figures": [result.as_dict() for result in results]})
    return results
