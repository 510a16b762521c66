"""Steps: the face model, and the network that starts from it."""

from pathlib import Path

import keras

from hyperface.job.regions import Regions
from hyperface.job.training import introduce, train_network
from hyperface.networks.imagenet import start_from_imagenet
from hyperface.networks.table import FACE_MODEL, NETWORKS, build_network
from hyperface.networks.transfer import transfer_trunk
from hyperface.networks.weights import read_weights, write_weights
from hyperface.runs.log import Step
from hyperface.runs.settings import Settings
from hyperface.training.loop import freeze


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
        settings: All knobs.
        regions: To train on and to watch.
        folder: Of the run.
        project: Gets the weights and the graph.
        dtype: Keras dtype policy.
        facts: Stored beside the weights.
        step: Told what was done.

    Returns:
        The face model, None where the network cannot start from one; its history, one row an
        epoch, where it was trained.
    """
    if not NETWORKS[settings.NETWORK].starts_from_face_model:
        step.say(f"left out: {settings.NETWORK} is not made of the face model's convolutions")
        return None, []
    model = build_network(FACE_MODEL, settings.NORMALIZATION, settings.DROPOUT, dtype)
    introduce(model, project, step)
    if settings.START == "imagenet" and (
        settings.TRAIN_FACE_MODEL or not settings.FACE_MODEL_WEIGHTS
    ):
        start_from_imagenet(model, project / settings.IMAGENET_WEIGHTS)
        step.say(f"convolutions start from {settings.IMAGENET_WEIGHTS}")
    history: list[dict] = []
    if settings.TRAIN_FACE_MODEL:
        epochs = settings.FACE_MODEL_EPOCHS
        history = train_network(model, regions, settings, epochs, 0, folder / FACE_MODEL, step)
        write_weights(model, project / "weights" / f"{FACE_MODEL}.weights.h5", facts)
    elif settings.FACE_MODEL_WEIGHTS:
        read_weights(model, project / settings.FACE_MODEL_WEIGHTS)
        step.say(f"taken from {settings.FACE_MODEL_WEIGHTS}")
    else:
        step.say("not trained")
    return model, history


def started_network(
    settings: Settings, face_model: keras.Model | None, project: Path, dtype: str, step: Step
) -> keras.Model:
    """Builds the network of the knob NETWORK and gives it the weights that it starts from.

    Args:
        settings: All knobs.
        face_model: As from `ready_face_model`.
        project: Gets the graph.
        dtype: Keras dtype policy.
        step: Told what was done.
    """
    model = build_network(settings.NETWORK, settings.NORMALIZATION, settings.DROPOUT, dtype)
    introduce(model, project, step)
    if face_model is not None:
        step.say(f"copied {', '.join(transfer_trunk(face_model, model))}")
    freeze(model, settings.FROZEN_LAYERS)
    return model
