"""Step: what the freshly trained network finds in one photograph of a person."""

import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.detection.region_predictions import region_face
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.proposals.selective_search import propose
from hyperface.regions.overlap import OverlapRules, best_overlap
from hyperface.regions.region import Region, whole_pixels_xyxy
from hyperface.steps.setting_groups import search_options
from hyperface.training.feeding import FixedBatches
from hyperface.utils.files import existing_path
from hyperface.utils.log import Step
from hyperface.utils.progress import is_terminal
from hyperface.utils.settings import Settings
from hyperface.visualization.run_report import Sighting


def look_at_photograph(
    model: keras.Model,
    settings: Settings,
    training: Sequence[AnnotatedImage],
    project: Path,
    step: Step,
) -> Sighting | None:
    """Searches the photograph of the setting PHOTOGRAPH, and takes its most face-like region.

    Args:
        model: HyperFace, or another network.
        settings: All settings.
        training: The training images, to say so when the photograph is one of them.
        project: What a relative path starts from.
        step: Told what was found.

    Returns:
        What it found; None where the setting is empty, the network has no detection, the photograph
        cannot be read or the search proposes nothing.
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
    except UserError as error:  # after a training, a reason to say so, not to stop
        step.say(str(error))
        return None
    except UnreadableImage as error:
        step.say(f"PHOTOGRAPH = {settings.PHOTOGRAPH!r} cannot be read: {error.reason}")
        return None
    image = _annotated(path) or AnnotatedImage(
        path, path.name, path.parent.name, pixels.shape[1], pixels.shape[0]
    )
    boxes = propose(pixels, **search_options(settings))
    boxes = whole_pixels_xyxy(boxes, image.width, image.height)
    regions = [Region(0, box, -1, 0.0, proposed=True) for box in boxes]
    if not regions:
        step.say(f"{path.name}: selective search proposes no region")
        return None
    tasks = model.output_names
    batches = FixedBatches(regions, [image], OverlapRules(), settings.BATCH_SIZE, tasks)
    answers = model.predict(batches, verbose=1 if is_terminal(sys.stdout) else 0)
    best = int(answers["detection"][:, 1].argmax())
    face = region_face({task: values[best] for task, values in answers.items()}, regions[best])
    seen_before = any(other.path.resolve() == path.resolve() for other in training)
    sighting = Sighting(image, face, _overlap(face.box_xyxy, image), seen_before)
    step.say(f"{path.name}: the best of {len(regions):,} regions, {sighting.in_words()}")
    return sighting


def _annotated(path: Path) -> AnnotatedImage | None:
    """The photograph with its annotation, where a faces.json beside it has one."""
    if not own_faces.recognizes(path.parent):
        return None
    images = own_faces.read(path.parent, SkipReport())
    return next((image for image in images if image.path == path), None)


def _overlap(box_xyxy: np.ndarray, image: AnnotatedImage) -> float:
    """IoU of a box with the nearest annotated face; NaN where none is annotated."""
    if not image.faces:
        return float("nan")
    return float(best_overlap(box_xyxy[None], image)[1][0])
