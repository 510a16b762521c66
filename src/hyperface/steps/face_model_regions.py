"""Step: the regions that the face model is trained on, where they are not the network's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.finding import read_all
from hyperface.annotations.record import AnnotatedImage
from hyperface.annotations.schemes import in_68
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups
from hyperface.steps.data import FINGERPRINTS, count
from hyperface.steps.regions import Regions, label, propose
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings


def face_model_regions(
    settings: Settings,
    regions: Regions,
    proposals: Mapping[int, np.ndarray],
    validation: Sequence[AnnotatedImage],
    project: Path,
    step: Step,
) -> Regions:
    """The network's regions, or others to train on where a setting of the face model asks for them.

    Args:
        settings: All settings.
        regions: The network's; what is watched and judged stays theirs.
        proposals: Of the network's training images, by index.
        validation: The images that are held out from the network.
        project: What relative paths start from.
        step: Told what there is.
    """
    own = face_model_settings(settings)
    if own == settings:
        return regions
    images = regions.training.images
    if settings.FACE_MODEL_DATA:
        images = read_face_model_data(settings, validation, project, step)
        proposals = propose(settings, images, settings.PROPOSAL_IMAGES, project, step)
    return replace(regions, training=label(own, images, proposals, step))


def face_model_settings(settings: Settings) -> Settings:
    """The settings with those of the face model in the place of the network's.

    Raises:
        UserError: A share of something that regions are not made of.
    """
    shares = settings.FACE_MODEL_BATCH_SHARES
    if unknown := shares.keys() - settings.BATCH_SHARES.keys():
        raise UserError(
            f"FACE_MODEL_BATCH_SHARES names {', '.join(sorted(unknown))}, but a batch is made of "
            f"{', '.join(settings.BATCH_SHARES)}"
        )
    own = {
        "DATA": settings.FACE_MODEL_DATA or settings.DATA,
        "BATCH_SHARES": settings.BATCH_SHARES | shares,
    }
    for name in ("BACKGROUND_IOU", "BACKGROUND_MIN_IOU"):
        if (value := getattr(settings, f"FACE_MODEL_{name}")) is not None:
            own[name] = value
    return Settings(settings.as_dict() | own)


def read_face_model_data(
    settings: Settings, validation: Sequence[AnnotatedImage], project: Path, step: Step
) -> list[AnnotatedImage]:
    """Reads the face model's own data sets, without what is also held out from the network.

    Args:
        settings: All settings.
        validation: The held-out images; whoever is in them, or looks like them, is left out.
        project: What relative paths start from.
        step: Told what is there.
    """
    images, rejects, _ = read_all(settings.FACE_MODEL_DATA, project)
    hashes, broken = fingerprint_all(
        [(image.path, image.frame) for image in (*images, *validation)],
        project / FINGERPRINTS,
    )
    groups = near_identical_groups(hashes)
    held_out = set(groups[len(images) :].tolist())
    people = {face.person for image in validation for face in image.faces} - {None}
    kept = []
    for index, image in enumerate(images):
        if index in broken:
            rejects.add(broken[index], image.name)
        elif (
            image.split == "validation"
            or groups[index] in held_out
            or people & {face.person for face in image.faces}
        ):
            rejects.add("held out", image.name)
        else:
            kept.append(image)
    for source, (n_images, n_faces) in count(kept).items():
        step.say(f"face model: {source}, {n_images:,} images, {n_faces:,} faces")
    for line in rejects.lines():
        step.say(f"skipped {line}")
    if not any(image.faces for image in kept):
        raise UserError(
            f"no image under FACE_MODEL_DATA = {settings.FACE_MODEL_DATA} has an annotated face "
            "to train on that is not held out: give other data sets"
        )
    return in_68(kept) if settings.LANDMARKS == "68" else kept
