"""Steps: the face model, and the network that starts from it."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from hyperface.errors import UserError
from hyperface.geometry.schemes import SCHEMES
from hyperface.models.folding import fold_batch_norm, unfold_batch_norm
from hyperface.models.imagenet import start_from_imagenet
from hyperface.models.pretrained import find_pretrained_weights
from hyperface.models.resnet import start_from_resnet
from hyperface.models.table import FACE_MODEL, HYPERFACE, NETWORKS, build_network
from hyperface.models.transfer import transfer_kernels, transfer_trunk
from hyperface.models.weights import (
    normalization_of,
    read_weights,
    stored_normalization,
    stored_width,
    write_weights,
)
from hyperface.regions.batches import training_batch
from hyperface.steps.data import count
from hyperface.steps.regions import Regions
from hyperface.steps.training import augmentation_of, introduce, train_network
from hyperface.training.loop import freeze
from hyperface.utils.files import user_path
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings

UNFOLDING_BATCHES = 8  # of 64 training regions, for the statistics of batch normalization
PRETRAINED_HINT = "give PRETRAINED_WEIGHTS the path of HyperFace's, or choose another INIT_FROM"


def chosen_heads(settings: Settings) -> list[str]:
    """The heads that the network is built with, in the order of its row in the table.

    Raises:
        UserError: HEADS names one that the network does not have.
    """
    heads = NETWORKS[settings.NETWORK].heads
    if missing := [head for head in settings.HEADS if head not in heads]:
        raise UserError(
            f"HEADS names {', '.join(missing)}, but {settings.NETWORK} has only {', '.join(heads)}"
        )
    return [head for head in heads if not settings.HEADS or head in settings.HEADS]


def why_no_face_model(settings: Settings) -> str | None:
    """Why the network does not start from a face model; None where it does."""
    if not NETWORKS[settings.NETWORK].starts_from_face_model:
        return f"{settings.NETWORK} is not made of the face model's convolutions"
    if settings.INIT_FROM == "pretrained":
        return f"{settings.NETWORK} starts whole from {settings.PRETRAINED_WEIGHTS}"
    return None


def trains_face_model(settings: Settings) -> bool:
    """Whether the face model is trained in this run."""
    return settings.TRAIN_FACE_MODEL and why_no_face_model(settings) is None


def ready_face_model(
    settings: Settings,
    regions: Regions,
    folder: Path,
    project: Path,
    dtype: str,
    facts: dict,
    step: Step,
) -> tuple[keras.Model | None, list[dict]]:
    """Trains the face model, or takes a saved one, whose convolutions the network starts from.

    Args:
        settings: All settings.
        regions: To train on and to watch.
        folder: Of the run; gets checkpoints, history and the graph.
        project: Gets the weights.
        dtype: Keras dtype policy.
        facts: Stored beside the weights.
        step: Told what was done.

    Returns:
        The face model, None where the network cannot start from one; its history, one row an
        epoch, where it was trained.
    """
    if reason := why_no_face_model(settings):
        step.say(f"left out: {reason}")
        return None, []
    model = build_network(
        FACE_MODEL, settings.NORMALIZATION, settings.DROPOUT, dtype, width=settings.NETWORK_WIDTH
    )
    introduce(model, folder, step)
    if settings.TRAIN_FACE_MODEL or not settings.FACE_MODEL_WEIGHTS:
        _start_convolutions(model, settings, project, step)
    history: list[dict] = []
    if settings.TRAIN_FACE_MODEL:
        epochs = settings.FACE_MODEL_EPOCHS
        history = train_network(model, regions, settings, epochs, 0, folder / FACE_MODEL, step)
        own = {"data": {**facts["data"], "training": count(regions.training.images)}}
        write_weights(model, project / "weights" / f"{FACE_MODEL}.weights.h5", facts | own)
    elif settings.FACE_MODEL_WEIGHTS:
        read_weights(model, project / user_path(settings.FACE_MODEL_WEIGHTS))
        step.say(f"taken from {settings.FACE_MODEL_WEIGHTS}")
    else:
        step.say("not trained")
    return model, history


def _start_convolutions(model: keras.Model, settings: Settings, project: Path, step: Step) -> None:
    """Sets the face model's convolutions as the setting INIT_FROM has them."""
    if settings.INIT_FROM == "imagenet":
        start_from_imagenet(model, project / user_path(settings.IMAGENET_WEIGHTS))
        step.say(f"convolutions start from {settings.IMAGENET_WEIGHTS}")
    elif settings.INIT_FROM == "convolutions":
        path = _pretrained_path(settings, project)
        width = stored_width(path)
        if path.is_file() and width != settings.NETWORK_WIDTH:
            raise UserError(
                f"NETWORK_WIDTH is {settings.NETWORK_WIDTH:g}, and the convolutions of {path} are "
                f'of a network of width {width:g}: set INIT_FROM to "random", or NETWORK_WIDTH to '
                f"{width:g}"
            )
        trained = build_network(HYPERFACE, stored_normalization(path), width=width)
        read_weights(trained, path, PRETRAINED_HINT)
        if normalization_of(trained) == settings.NORMALIZATION:
            transfer_trunk(trained, model)
        else:
            batch = normalization_of(trained) == "batch"
            transfer_kernels(fold_batch_norm(trained) if batch else trained, model)
        step.say(f"convolutions start from {settings.PRETRAINED_WEIGHTS}")


def started_network(
    settings: Settings,
    face_model: keras.Model | None,
    regions: Regions,
    folder: Path,
    project: Path,
    dtype: str,
    step: Step,
) -> keras.Model:
    """Builds the network of the setting NETWORK and gives it the weights that it starts from.

    Args:
        settings: All settings.
        face_model: As from `ready_face_model`.
        regions: Those it will be trained on.
        folder: Of the run; gets the graph.
        project: What relative paths of weights start from.
        dtype: Keras dtype policy.
        step: Told what was done.
    """
    model = _build(settings, settings.NORMALIZATION, dtype)
    introduce(model, folder, step)
    if settings.INIT_FROM == "pretrained":
        _start_pretrained(model, settings, regions, project, step)
    elif face_model is not None:
        step.say(f"copied {', '.join(transfer_trunk(face_model, model))}")
    elif settings.RESNET_WEIGHTS:
        start_from_resnet(model, project / user_path(settings.RESNET_WEIGHTS))
        step.say(f"convolutions start from {settings.RESNET_WEIGHTS}")
    freeze(model, settings.FROZEN_LAYERS)
    return model


def _build(settings: Settings, normalization: str, dtype: str) -> keras.Model:
    """The network of the setting NETWORK, at random."""
    return build_network(
        settings.NETWORK,
        normalization,
        settings.DROPOUT,
        dtype,
        chosen_heads(settings),
        num_landmarks=SCHEMES[settings.LANDMARKS].count,
        width=settings.NETWORK_WIDTH,
    )


def _start_pretrained(
    model: keras.Model, settings: Settings, regions: Regions, project: Path, step: Step
) -> None:
    """Sets every layer from PRETRAINED_WEIGHTS."""
    path = _pretrained_path(settings, project)
    stored = stored_normalization(path)
    if settings.NORMALIZATION == "batch" != stored and path.is_file():
        plain = _build(settings, stored, "float32")
        read_weights(plain, path, PRETRAINED_HINT)
        unfold_batch_norm(plain, model, _training_images(settings, regions))
        step.say("batch normalization takes its statistics from training regions")
    else:
        read_weights(model, path, PRETRAINED_HINT)
    step.say(f"every layer starts from {settings.PRETRAINED_WEIGHTS}")


def _training_images(settings: Settings, regions: Regions) -> Iterator[np.ndarray]:
    """Batches of (64, 227, 227, 3) RGB training regions from 0 to 255."""
    augmentation, seed = augmentation_of(settings), 2 * settings.SEED + 1
    for number in range(UNFOLDING_BATCHES):
        yield training_batch(regions.training, augmentation, 64, seed, 0, number)[0]


def _pretrained_path(settings: Settings, project: Path) -> Path:
    """PRETRAINED_WEIGHTS in the project; the default ones also where a package is installed."""
    path = project / user_path(settings.PRETRAINED_WEIGHTS)
    if path.is_file() or path.parent.name != "pretrained":
        return path
    return find_pretrained_weights(path.name) or path
