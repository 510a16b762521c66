"""Command: an ablation, which evaluates detection on whole images without each of its stages."""

from collections.abc import Mapping, Sequence

from hyperface.detection.detector import FaceDetector
from hyperface.evaluation.whole_images import SetResults

PRECISION = "average precision"
# Metrics over all data sets, shown beside the average precision on each.
OTHER_METRICS = ("error / face size", "yaw error", "accuracy")


def ablation(full: FaceDetector, others: Mapping[str, FaceDetector]) -> dict[str, FaceDetector]:
    """The full detector, variants without one of its stages, and other detectors, by name."""
    return {
        "full": full,
        "without IRP": full.with_settings(irp_iterations=0),
        "IRP boxes not enlarged": full.with_settings(irp_scale=1.0),
        "without L-NMS": full.with_settings(suppression="regions"),
        "mean instead of median": full.with_settings(combine="mean"),
        "nested faces kept": full.with_settings(max_containment=1.0),
        **others,
    }


def ablation_table(
    modes: Mapping[str, Sequence[SetResults]], threshold: float
) -> tuple[list[str], list[list]]:
    """The columns, and a row for each mode: average precision on each data set, other metrics.

    The detections with a score of at least `threshold` are counted as found or wrong.
    """
    columns, rows = [], []
    for name, results in modes.items():
        everything = results[0]  # all data sets combined, or the only one
        measured = [each for each in results if each.results]
        others = {metric: metric_text(everything, metric) for metric in OTHER_METRICS}
        matched = everything.samples.detections.matched
        counted = [(each.correct, each.scores >= threshold) for each in matched]
        columns = [
            *("mode", *(f"{each.data}: {PRECISION}, %" for each in measured), *others),
            *(f"found at {threshold:g}", "wrong"),
        ]
        rows.append(
            [
                *(name, *(metric_text(each, PRECISION) for each in measured), *others.values()),
                int(sum((right & shown).sum() for right, shown in counted)),
                int(sum((~right & shown).sum() for right, shown in counted)),
            ]
        )
    return columns, rows


def metric_text(results: SetResults, name: str) -> str:
    """A metric's value with its interval; missed faces count as failures, except for errors."""
    result = next((each for each in results.results if each.name == name), None)
    return "" if result is None else str(result.estimate)
