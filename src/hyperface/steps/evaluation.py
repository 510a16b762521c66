"""Steps: judge the network on held-out regions, before its training and after."""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.digest import digest_of
from hyperface.evaluation.constant import constant_answer
from hyperface.evaluation.table import ALL_SETS, Figure, judge, targets_of
from hyperface.steps.regions import Regions
from hyperface.training.feeding import FixedBatches, user_errors_of
from hyperface.utils.files import write_aside
from hyperface.utils.json_text import json_text
from hyperface.utils.log import Step
from hyperface.utils.progress import is_terminal
from hyperface.utils.settings import Settings

CONSTANT_REGIONS = 4000  # training regions that the constant answer is the mean of


def evaluate(
    model: keras.Model, regions: Regions, settings: Settings, step: Step
) -> tuple[list[Figure], dict[str, np.ndarray]]:
    """Judges a network on the evaluation regions: its figures, and its answers by task."""
    rules = regions.training.rules
    batches = FixedBatches(
        regions.evaluation,
        regions.evaluation_pictures,
        rules,
        settings.BATCH_SIZE,
        model.output_names,
    )
    with user_errors_of(batches):
        predictions = model.predict(batches, verbose=1 if is_terminal(sys.stdout) else 0)
    rng = np.random.default_rng((settings.SEED, 2))
    drawn = [regions.training.draw(kind, rng) for kind in regions.training.kinds(CONSTANT_REGIONS)]
    constant = constant_answer(targets_of(drawn, regions.training.pictures, rules))
    figures = judge(predictions, constant, regions.evaluation, regions.evaluation_pictures, rules)
    for figure in figures:
        if figure.data == ALL_SETS:
            step.say(f"{figure.task}: {figure.in_words()}")
    return figures, predictions


def evaluate_before(
    model: keras.Model, regions: Regions, settings: Settings, folder: Path, step: Step
) -> list[Figure]:
    """The figures of a network that is not trained yet, kept for when the run is resumed.

    Args:
        model: With the weights that it starts from.
        regions: To judge it on.
        settings: All knobs.
        folder: Of the run; gets `before.json`, which is of these pictures as they are now.
        step: Told every figure.
    """
    path = folder / "before.json"
    digest = digest_of(regions.evaluation_pictures)
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if isinstance(kept, list):  # as it was written before pictures were looked at
        kept = {"pictures": digest, "figures": kept}
    if kept.get("pictures") == digest:
        step.say(f"as {path.name} has it")
        return [Figure.from_dict(figure) for figure in kept["figures"]]
    figures, _ = evaluate(model, regions, settings, step)
    content = {"pictures": digest, "figures": [figure.as_dict() for figure in figures]}
    with write_aside(path) as aside:
        aside.write_text(json_text(content), encoding="utf-8")
    return figures
