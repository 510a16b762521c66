"""Step: apply the trained network to one photograph."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace, RegionPredictions
from hyperface.detection.scoring import RegionScorer, Score
from hyperface.detection.suppression import overlap_groups
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.proposals.selective_search import propose, search_options
from hyperface.regions.overlap import best_overlap
from hyperface.regions.region import whole_pixels_xyxy
from hyperface.tasks import NUM_LANDMARKS
from hyperface.utils.files import existing_path
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings
from hyperface.visualization.run_report import PhotographResult

GROUP_IOU = 0.6  # IoU above which regions are of one group
LIKELY_GROUPS = 5
LIKELY = 0.5  # score from which a region takes part in IRP and L-NMS


def predict_photograph(
    model: keras.Model,
    settings: Settings,
    training: Sequence[AnnotatedImage],
    project: Path,
    step: Step,
) -> PhotographResult | None:
    """The face with the highest score in the photograph PHOTOGRAPH.

    None if the setting is empty, the network has no detection head, the photograph cannot be read,
    nothing is proposed, or the network's outputs are not finite.
    """
    if not settings.PHOTOGRAPH:
        step.log("skipped: PHOTOGRAPH is empty")
        return None
    if "detection" not in model.output_names:
        step.log(f"skipped: {model.name} has no detection head")
        return None
    try:
        path = existing_path(settings.PHOTOGRAPH, project, "PHOTOGRAPH", "give another path")
        pixels = decode_image(path)
        height, width = pixels.shape[:2]
        regions = whole_pixels_xyxy(propose(pixels, **search_options(settings)), width, height)
        scorer = RegionScorer(model, pixels)
        predictions = _highest_scoring(scorer, regions)
        face = _best_face(model, predictions, scorer, pixels)
    except UnreadableImage as error:  # logged, since the training is done
        step.log(f"skipped: PHOTOGRAPH = {settings.PHOTOGRAPH!r} cannot be read ({error.reason})")
        return None
    except UserError as error:
        step.log(f"skipped: {settings.PHOTOGRAPH}: {error}")
        return None
    if face is None:
        step.log(f"skipped: selective search proposes no region of {path.name}")
        return None
    image = _annotated(path) or AnnotatedImage(path, path.name, path.parent.name, width, height)
    iou = float(best_overlap(face.box_xyxy[None], image)[1][0]) if image.faces else np.nan
    trained_on = any(other.path.resolve() == path.resolve() for other in training)
    result = PhotographResult(image, face, iou, trained_on)
    step.log(
        f"{path.name}: {len(regions):,} regions proposed, {len(scorer):,} scored; the best face: "
        f"{result}"
    )
    return result


def _highest_scoring(score: Score, regions: np.ndarray) -> RegionPredictions:
    """The predictions for the groups of regions with the highest scores.

    Many regions are nearly the same. One of each group is scored first, and the others only in the
    best groups, which takes a third of the time.
    """
    groups = overlap_groups(regions, np.zeros(len(regions)), GROUP_IOU)
    first = score(np.array([regions[group[0]] for group in groups]).reshape(-1, 4))
    chosen = [groups[index] for index in np.argsort(-first.scores)[:LIKELY_GROUPS]]
    return score(regions[np.concatenate(chosen)] if chosen else regions)


def _best_face(
    model: keras.Model, predictions: RegionPredictions, score: Score, pixels: np.ndarray
) -> DetectedFace | None:
    """The best face of the algorithm of section 3, with IRP and L-NMS.

    If the network does not predict the 21 landmarks that it needs, the region with the highest
    score. None if there are no regions.
    """
    if not len(predictions):
        return None
    best = float(predictions.scores.max())
    landmarks = predictions.landmarks
    if landmarks.shape[1] != NUM_LANDMARKS or np.isnan(landmarks).any():
        return predictions.rows(np.array([predictions.scores.argmax()])).faces()[0]
    lowest = DetectionSettings(threshold=min(best, LIKELY))
    likely = predictions.regions_xyxy[predictions.scores >= lowest.threshold]
    return FaceDetector(model, lowest).detect(pixels, proposals_xyxy=likely, score=score)[0]


def _annotated(path: Path) -> AnnotatedImage | None:
    """The photograph with its annotation, if a faces.json beside it has one."""
    if not own_faces.recognizes(path.parent):
        return None
    try:
        images = list(own_faces.read(path.parent, SkipReport()))
    except UserError:  # such as a faces.json of another program
        return None
    return next((image for image in images if image.path == path), None)
