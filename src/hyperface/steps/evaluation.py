"""Steps: evaluate the network on held-out regions, before its training and after."""

from pathlib import Path

import keras
import numpy as np

from hyperface.evaluation.metric_result import MetricResult
from hyperface.evaluation.region_metrics import ALL_SETS, evaluate_regions, region_baseline
from hyperface.steps.kept_values import read_kept, write_kept
from hyperface.steps.run_regions import Regions
from hyperface.steps.setting_groups import EvaluationSettings
from hyperface.training.feeding import predict_regions
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

    They are kept in `before.json` in case the run is resumed.
    """
    path, images = folder / "before.json", regions.evaluation_images
    if (kept := read_kept(path, "figures", images)) is not None:
        step.log(f"results read from {path.name}")
        return [MetricResult.from_dict(facts) for facts in kept]
    results, _ = evaluate(model, regions, settings, step)
    write_kept(path, "figures", images, [result.as_dict() for result in results])
    return results
