"""Step: the training regions of the face model, if they differ from those of the network."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hyperface.annotations.finding import read_all
from hyperface.annotations.landmarks_68 import with_68_landmarks
from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.steps.data import FINGERPRINTS, SplitImages, grouped_images, report_images
from hyperface.steps.run_regions import Proposals, Regions, label, propose
from hyperface.steps.setting_groups import FaceModelSettings, SamplingSettings
from hyperface.steps.training import Workspace
from hyperface.utils.log import Step


def face_model_regions(
    settings: FaceModelSettings,
    network: SamplingSettings,
    regions: Regions,
    proposals: Proposals,
    split: SplitImages,
    work: Workspace,
    step: Step,
) -> Regions:
    """The regions that the face model is trained on.

    They are those of the network unless settings of the face model differ; the regions for
    validation and evaluation are shared.
    """
    images: Sequence[AnnotatedImage] = split.training
    if settings.face_model_data:
        images = read_face_model_data(settings, split.validation, work.project, step)
        search = settings.search
        proposals = propose(images, search, search.proposal_images, work.project, step)
    elif settings.sampling == network:
        return regions
    return replace(regions, training=label(images, proposals, settings.sampling, step))


def read_face_model_data(
    settings: FaceModelSettings, validation: Sequence[AnnotatedImage], project: Path, step: Step
) -> list[AnnotatedImage]:
    """Reads the data sets of the face model, without the people and images held out."""
    images, skipped = read_all(settings.face_model_data, project)
    sound, groups = grouped_images([*images, *validation], project / FINGERPRINTS, skipped)
    held_out = set(validation)
    groups_held_out = {g for image, g in zip(sound, groups, strict=True) if image in held_out}
    people = {face.person for image in validation for face in image.faces} - {None}
    kept = []
    for image, group in zip(sound, groups, strict=True):
        if image in held_out:
            continue
        if (
            image.split == "validation"
            or group in groups_held_out
            or people & {face.person for face in image.faces}
        ):
            skipped.add("held out", image.name)
        else:
            kept.append(image)
    report_images("face model", kept, skipped.report(), step)
    if not any(image.faces for image in kept):
        raise UserError(
            f"No image under FACE_MODEL_DATA = {settings.face_model_data} has an annotated face "
            "to train on that is not held out: give other data sets."
        )
    return with_68_landmarks(kept) if settings.landmarks == "68" else kept
