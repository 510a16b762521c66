"""Calibrates the score of trained weights, and recommends a threshold for it.

    python src/tools/calibrate_weights.py weights/hyperface.weights.h5 --data /data/wider_face
    python src/tools/calibrate_weights.py weights/hyperface.weights.h5 --data /data/wider_face \
      --visibility-data /data/helen+/data/cfp+data/sample

The correct and the wrong detections on held-out images, in which every face is annotated, give the
probability of a face for each score (Platt scaling). The calibration and the recommended threshold
are written to the JSON beside the weights. The recommended threshold is the lowest multiple of 0.05
above which at least 24 of 25 detections are faces.

With --visibility-data, the visibility of each landmark is calibrated, too: on held-out images whose
landmarks are labeled as visible or occluded.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np

import config
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.evaluation.detections import match_detections
from hyperface.evaluation.whole_images import image_samples
from hyperface.models.calibration import Calibration, VisibilityCalibration
from hyperface.models.pretrained import proposal_weights_for
from hyperface.steps.data import read_evaluated
from hyperface.steps.setting_groups import DataSettings, group
from hyperface.utils.command import exit_status
from hyperface.utils.files import atomic_write
from hyperface.utils.json_text import json_text
from hyperface.utils.log import PrintedStep
from hyperface.utils.progress import progress
from hyperface.utils.settings import resolve
from hyperface.visualization.metric_tables import print_table

LOWEST = 0.02  # minimum score of a counted detection
PRECISION = 0.96  # minimum precision at the recommended threshold
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 1.0)
HEAD = ("probability", "detections", "mean probability", "share of faces")
VISIBILITY_HEAD = ("landmarks", "number", "recognized before, %", "after, %")


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrates; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, help="a .weights.h5 file of HyperFace")
    parser.add_argument("--data", required=True, help="data, given like DATA in config.py")
    parser.add_argument(
        "--visibility-data",
        metavar="DATA",
        help="data with labeled visibility, for its calibration (default: it does not change)",
    )
    options = parser.parse_args(arguments)
    return exit_status(lambda: calibrate(options.weights, options.data, options.visibility_data))


def calibrate(weights: Path, data: str, visibility_data: str | None = None) -> None:
    """Writes calibration and threshold, and prints how reliable the probabilities are.

    For the printed shares, the calibration is fitted on one half of the images and evaluated on the
    other; the calibration that is written is fitted on all images.

    Raises:
        UserError: The images do not have every face annotated, or show too little.
    """
    images = held_out(data)
    if not all(image.complete or len(image.ignored_xyxy) for image in images):
        raise UserError(f"{data} has images in which not every face is annotated: give others.")
    detector = FaceDetector.load(
        weights,
        fast=proposal_weights_for(weights),
        settings=DetectionSettings(threshold=LOWEST),
        calibration=Calibration(),
    )
    found = [detections(detector, image) for image in progress(images, description="images")]
    try:
        half = Calibration.fitted(*joined(found[::2]))
        whole = Calibration.fitted(*joined(found))
    except ValueError as error:
        raise UserError(f"{data} cannot be used to calibrate: {error}.") from error
    scores, correct = joined(found[1::2])
    print_table(HEAD, reliability(half.probabilities(scores), correct))
    scores, correct = joined(found)
    threshold = recommended_threshold(whole.probabilities(scores), correct)
    print(f"{whole}, recommended threshold {threshold:g}")

    from hyperface.models.weights import facts_path  # imports Keras

    path = facts_path(weights)
    facts = json.loads(path.read_text(encoding="utf-8"))
    if visibility_data is None:
        visibility = Calibration.from_facts(facts.get("calibration")).visibility
    else:
        visibility = visibility_calibration(detector, visibility_data)
    facts |= {"threshold": threshold, "calibration": asdict(replace(whole, visibility=visibility))}
    with atomic_write(path) as aside:
        aside.write_text(json_text(facts, indent=2) + "\n", encoding="utf-8")


def visibility_calibration(detector: FaceDetector, data: str) -> VisibilityCalibration:
    """Fits the visibility on the people that are held out, and prints what it changes.

    For the printed shares, it is fitted on one half of the people and evaluated on the other.

    Raises:
        UserError: The data has no visible or no occluded landmarks.
    """
    images = held_out(data)
    found = [
        detector.detect(read_pixels(image)) for image in progress(images, description="images")
    ]
    samples = image_samples(data, images, found)
    outputs, visible = samples.predicted.visibility, samples.truth.visibility
    first = samples.clusters % 2 == 0
    try:
        half = VisibilityCalibration.fitted(outputs[first], visible[first])
        whole = VisibilityCalibration.fitted(outputs, visible)
    except ValueError as error:
        raise UserError(f"{data} cannot be used to calibrate visibility: {error}.") from error
    outputs, visible = outputs[~first], visible[~first]
    print_table(VISIBILITY_HEAD, recognized(outputs, half.probabilities(outputs), visible))
    return whole


def recognized(before: np.ndarray, after: np.ndarray, visible: np.ndarray) -> list[tuple[str, ...]]:
    """How many visible and occluded landmarks are recognized before and after the calibration.

    All arguments are (N, K); landmarks without a label or a prediction do not count.
    """
    rows = []
    for name, is_kind in (("visible", visible >= 0.5), ("occluded", visible < 0.5)):
        counted = is_kind & np.isfinite(before)
        shares = [
            f"{100 * ((values[counted] >= 0.5) == (name == 'visible')).mean():.1f}"
            for values in (before, after)
        ]
        rows.append((name, str(int(counted.sum())), *shares))
    return rows


def held_out(data: str) -> list[AnnotatedImage]:
    """The held-out images of data sets, given like DATA."""
    settings = resolve(config, [f"DATA={data}"])
    return read_evaluated(group(DataSettings, settings), Path.cwd(), (), PrintedStep())


def detections(detector: FaceDetector, image: AnnotatedImage) -> tuple[np.ndarray, np.ndarray]:
    """(n,) scores of the detections in an image, and (n,) bool, which of them are faces.

    They are compared with the squares of the annotated faces, since a published box of another
    shape can have an IoU under 0.5 with a correct square.
    """
    faces = detector.detect(read_pixels(image))
    boxes = np.array([face.box_xyxy for face in faces])
    squares = replace(image, faces=tuple(map(_without_published_box, image.faces)))
    matched = match_detections(boxes, np.array([face.score for face in faces]), squares)
    return matched.scores, matched.correct


def _without_published_box(face: Face) -> Face:
    return replace(face, published_box_xyxy=np.full(4, np.nan, np.float32))


def joined(found: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The scores of all images, and whether each detection is correct."""
    empty = (np.zeros(0), np.zeros(0, bool))
    scores, correct = zip(*(found or [empty]), strict=True)
    return np.concatenate(scores), np.concatenate(correct)


def recommended_threshold(probabilities: np.ndarray, correct: np.ndarray) -> float:
    """The lowest of `THRESHOLDS` with enough precision, or else the highest one."""
    for threshold in THRESHOLDS:
        kept = correct[probabilities >= threshold]
        if len(kept) and kept.mean() >= PRECISION:
            return threshold
    return THRESHOLDS[-1]


def reliability(probabilities: np.ndarray, correct: np.ndarray) -> list[tuple[str, ...]]:
    """A row for each range of probabilities that has detections."""
    rows = []
    for low, high in pairwise(BINS):
        inside = (probabilities >= low) & ((probabilities < high) | (high == 1))
        if inside.any():
            mean, share = probabilities[inside].mean(), correct[inside].mean()
            rows.append((f"{low:g} to {high:g}", str(inside.sum()), f"{mean:.2f}", f"{share:.2f}"))
    return rows


if __name__ == "__main__":
    sys.exit(main())
