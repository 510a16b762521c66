"""Steps: prepare the face model, and the network that is initialized from it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    load_network,
    normalization_of,
    read_header,
    read_weights,
    write_weights,
)
from hyperface.steps.data import count
from hyperface.steps.run_regions import Regions
from hyperface.steps.setting_groups import NetworkSettings, StartSettings, TrainingSettings
from hyperface.steps.training import Trained, Workspace, describe_network, train_network
from hyperface.training.feeding import training_batches
from hyperface.training.loop import freeze
from hyperface.utils.files import existing_path, find_path
from hyperface.utils.log import Step

UNFOLDING_BATCHES, UNFOLDING_BATCH = 8, 64  # training regions, for batch normalization
EARLY_LAYERS = ("conv1", "conv2")  # edges and textures, which are common to all data sets
PRETRAINED_HINT = "give the path of HyperFace's weights, or choose another INIT_FROM"
FACE_MODEL_HINT = "train the face model first (TRAIN_FACE_MODEL = True), or give another path"


def chosen_heads(settings: NetworkSettings) -> list[str]:
    """The heads that the network is built with, in the order of its row in the table.

    Raises:
        UserError: HEADS names one that the network does not have.
    """
    heads = NETWORKS[settings.network].heads
    if missing := [head for head in settings.heads if head not in heads]:
        raise UserError(
            f"HEADS names {', '.join(missing)}, but {settings.network} has only {', '.join(heads)}."
        )
    return [head for head in heads if not settings.heads or head in settings.heads]


def check_frozen_layers(network: NetworkSettings, start: StartSettings) -> None:
    """Checks FROZEN_LAYERS before the face model is trained.

    Raises:
        UserError: It names a layer that the network does not have.
    """
    if start.frozen_layers:
        freeze(_build(network, network.normalization, "float32"), start.frozen_layers)


def why_no_face_model(network: NetworkSettings, start: StartSettings) -> str | None:
    """The reason why the network does not start from a face model; None if it does."""
    if not NETWORKS[network.network].starts_from_face_model:
        return f"{network.network} does not have the face model's convolutions"
    if start.init_from == "pretrained":
        return f"all layers of {network.network} start from {start.pretrained_weights}"
    return None


def trains_face_model(network: NetworkSettings, start: StartSettings) -> bool:
    """Whether the face model is trained in this run."""
    return start.train_face_model and why_no_face_model(network, start) is None


def layers_to_freeze(network: NetworkSettings, start: StartSettings) -> tuple[str, ...]:
    """The layers that are not trained: FROZEN_LAYERS, or its default."""
    if start.frozen_layers is not None:
        return start.frozen_layers
    if not NETWORKS[network.network].starts_from_face_model:
        return ()
    starts_trained = start.init_from == "pretrained" or (
        start.init_from == "convolutions"
        and (start.train_face_model or not start.face_model_weights)
    )
    return EARLY_LAYERS if starts_trained else ()


def train_or_load_face_model(
    network: NetworkSettings,
    start: StartSettings,
    training: TrainingSettings,
    regions: Regions,
    work: Workspace,
    facts: dict[str, Any],
    step: Step,
) -> Trained | None:
    """Trains the face model (R-CNN_Face), or loads a saved one; None if it is not needed.

    It has the normalization, dropout and width of the network.
    """
    if reason := why_no_face_model(network, start):
        step.log(f"skipped: {reason}")
        return None
    model = build_network(
        FACE_MODEL, network.normalization, network.dropout, work.dtype, width=network.network_width
    )
    describe_network(model, work.run, step)
    if start.train_face_model or not start.face_model_weights:
        _start_convolutions(model, network, start, work.project, step)
        known = {layer.name for layer in model.layers}
        freeze(model, [name for name in layers_to_freeze(network, start) if name in known])
    if start.train_face_model:
        history = train_network(model, regions, training, work, step)
        data = facts["data"] | {"training": count(regions.training.images)}
        write_weights(model, work.weights_of(model), facts | {"data": data})
        return Trained(model, history)
    if start.face_model_weights:
        path = existing_path(
            start.face_model_weights, work.project, "FACE_MODEL_WEIGHTS", FACE_MODEL_HINT
        )
        read_weights(model, path)
        step.log(f"weights read from {start.face_model_weights}")
    else:
        step.log("skipped: TRAIN_FACE_MODEL is False, and FACE_MODEL_WEIGHTS is empty")
    return Trained(model, [])


def _start_convolutions(
    model: keras.Model, network: NetworkSettings, start: StartSettings, project: Path, step: Step
) -> None:
    """Sets the face model's convolutions according to INIT_FROM."""
    if start.init_from == "imagenet":
        hint = 'give the path of the .npz file, or set INIT_FROM to "random"'
        path = existing_path(start.imagenet_weights, project, "IMAGENET_WEIGHTS", hint)
        start_from_imagenet(model, path)
        step.log(f"convolutions start from {start.imagenet_weights}")
    elif start.init_from == "convolutions":
        path = _pretrained_path(start.pretrained_weights, project)
        width = read_header(path).width
        if width != network.network_width:
            raise UserError(
                f"NETWORK_WIDTH is {network.network_width:g}, but the convolutions of {path} have "
                f'width {width:g}: set INIT_FROM to "random", or NETWORK_WIDTH to {width:g}.'
            )
        trained = load_network(path, HYPERFACE)
        if normalization_of(trained) == network.normalization:
            transfer_trunk(trained, model)
        else:
            batch = normalization_of(trained) == "batch"
            transfer_kernels(fold_batch_norm(trained) if batch else trained, model)
        step.log(f"convolutions start from {start.pretrained_weights}")


def start_network(
    settings: NetworkSettings,
    start: StartSettings,
    training: TrainingSettings,
    face_model: Trained | None,
    regions: Regions,
    work: Workspace,
    step: Step,
) -> keras.Model:
    """Builds the network with its initial weights, such as those of the face model."""
    model = _build(settings, settings.normalization, work.dtype)
    describe_network(model, work.run, step)
    if start.init_from == "pretrained":
        path = _pretrained_path(start.pretrained_weights, work.project)
        stored = read_header(path).normalization
        if settings.normalization == "batch" != stored:
            plain = _build(settings, stored, "float32")
            read_weights(plain, path)
            unfold_batch_norm(plain, model, _training_images(training, regions))
            step.log("statistics of batch normalization computed from training regions")
        else:
            read_weights(model, path)
        step.log(f"all layers start from {start.pretrained_weights}")
    elif face_model is not None:
        step.log(f"copied {', '.join(transfer_trunk(face_model.model, model))}")
    elif start.resnet_weights:
        hint = 'give the path of the .h5 file, or "" for random weights'
        path = existing_path(start.resnet_weights, work.project, "RESNET_WEIGHTS", hint)
        start_from_resnet(model, path)
        step.log(f"convolutions start from {start.resnet_weights}")
    if frozen := layers_to_freeze(settings, start):
        freeze(model, frozen)
        step.log(f"frozen: {', '.join(frozen)}")
    return model


def _build(settings: NetworkSettings, normalization: str, dtype: str) -> keras.Model:
    """The network, with random weights."""
    return build_network(
        settings.network,
        normalization,
        settings.dropout,
        dtype,
        chosen_heads(settings),
        num_landmarks=SCHEMES[settings.landmarks].count,
        width=settings.network_width,
    )


def _training_images(training: TrainingSettings, regions: Regions) -> Iterator[np.ndarray]:
    """Batches of (64, 227, 227, 3) RGB training regions from 0 to 255."""
    batches = training_batches(
        regions.training,
        training.augmentation,
        UNFOLDING_BATCH,
        UNFOLDING_BATCH * UNFOLDING_BATCHES,
        training.seed,
        epoch=0,
        tasks=(),
    )
    for number in range(UNFOLDING_BATCHES):
        yield batches[number][0]


def _pretrained_path(text: str, project: Path) -> Path:
    """The path of PRETRAINED_WEIGHTS; the default also works in an installed package."""
    name = Path(text).name
    shipped = find_pretrained_weights(name) if Path(text).parent.name == "pretrained" else None
    if find_path(text, project) is None and shipped is not None:
        return shipped
    return existing_path(text, project, "PRETRAINED_WEIGHTS", PRETRAINED_HINT)
