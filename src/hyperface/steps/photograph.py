"""Step: what the freshly trained network finds in one photograph of a person."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.detection.region_predictions import RegionPredictions
from hyperface.detection.scoring import RegionScorer, Score
from hyperface.detection.suppression import overlap_groups
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.proposals.selective_search import propose, search_options
from hyperface.regions.overlap import best_overlap
from hyperface.regions.region import whole_pixels_xyxy
from hyperface.utils.files import existing_path
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings
from hyperface.visualization.run_report import PhotographResult

ALIKE = 0.6  # IoU above which regions are of one group
LIKELY_GROUPS = 5


def predict_photograph(
    model: keras.Model,
    settings: Settings,
    training: Sequence[AnnotatedImage],
    project: Path,
    step: Step,
) -> PhotographResult | None:
    """Searches the photograph of the setting PHOTOGRAPH, and takes its most face-like region.

    Args:
        model: HyperFace, or another network.
        settings: All settings.
        training: The training images, to say so when the photograph is one of them.
        project: What a relative path starts from.
        step: Told what was found.

    Returns:
        What it found; None where the setting is empty, the network has no detection, the photograph
        cannot be read, the search proposes nothing or the network's answers are no numbers.
    """
    if not settings.PHOTOGRAPH:
        step.say("no photograph is named")
        return None
    if "detection" not in model.output_names:
        step.say(f"not looked at: {model.name} does not say which region is a face")
        return None
    try:
        path = existing_path(settings.PHOTOGRAPH, project, "PHOTOGRAPH", "give another path")
        pixels = decode_image(path)
        height, width = pixels.shape[:2]
        regions = whole_pixels_xyxy(propose(pixels, **search_options(settings)), width, height)
        predictions, asked = _most_face_like(RegionScorer(model, pixels), regions)
    except UnreadableImage as error:  # after a training, a reason to say so, not to stop
        step.say(f"PHOTOGRAPH = {settings.PHOTOGRAPH!r} cannot be read: {error.reason}")
        return None
    except UserError as error:
        step.say(f"{settings.PHOTOGRAPH}: {error}")
        return None
    if not len(predictions):
        step.say(f"{path.name}: selective search proposes no region")
        return None
    (face,) = predictions.rows(np.array([predictions.scores.argmax()])).faces()
    image = _annotated(path) or AnnotatedImage(path, path.name, path.parent.name, width, height)
    iou = float(best_overlap(face.box_xyxy[None], image)[1][0]) if image.faces else np.nan
    trained_on = any(other.path.resolve() == path.resolve() for other in training)
    result = PhotographResult(image, face, iou, trained_on)
    step.say(f"{path.name}: the best of {len(regions):,} regions ({asked:,} scored), {result}")
    return result


def _most_face_like(score: Score, regions: np.ndarray) -> tuple[RegionPredictions, int]:
    """The predictions for the regions around the most face-like ones, and how many were scored.

    Most regions are much like others: one of each group of them is scored first, and all of a
    group only where it is one of the best, which takes a third of the time.
    """
    groups = overlap_groups(regions, np.zeros(len(regions)), ALIKE)
    first = score(np.array([regions[group[0]] for group in groups]).reshape(-1, 4))
    chosen = [groups[index] for index in np.argsort(-first.scores)[:LIKELY_GROUPS]]
    asked = len(groups) + sum(len(group) - 1 for group in chosen)
    return score(regions[np.concatenate(chosen)] if chosen else regions), asked


def _annotated(path: Path) -> AnnotatedImage | None:
    """The photograph with its annotation, where a faces.json beside it has one."""
    if not own_faces.recognizes(path.parent):
        return None
    images = own_faces.read(path.parent, SkipReport())
    return next((image for image in images if image.path == path), None)
