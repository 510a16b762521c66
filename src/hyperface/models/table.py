"""The paper's networks in one table: each is a trunk, a neck and a branch for each of its tasks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import keras
from keras import layers

from hyperface.models.blocks import dense_block
from hyperface.models.necks import fused_depths, one_dense_layer, summed_depths, two_dense_layers
from hyperface.models.resnet import PREPROCESSING as RESNET_PREPROCESSING
from hyperface.models.resnet import build_resnet_trunk
from hyperface.models.trunk import PREPROCESSING, build_trunk, region_input
from hyperface.tasks import NUM_LANDMARKS, TASKS

BRANCH_UNITS = 512  # paper, figures 1 and 2
FACE_MODEL, HYPERFACE = "face_model", "hyperface"  # the two of the paper's training


@dataclass(frozen=True)
class Network:
    """One network of the paper."""

    title: str  # the paper's name for it
    trunk: Callable  # builds the convolutions, as `build_trunk`
    neck: Callable  # from their maps to the vector that the branches share (`necks.py`)
    heads: Sequence[str]  # the tasks that it has a branch for
    # The format of the input, and its scaling in the network; stored beside its weights.
    preprocessing: Mapping[str, object] = field(default_factory=lambda: PREPROCESSING)

    @property
    def starts_from_face_model(self) -> bool:
        """Whether the face model's convolutions fit into it."""
        return self.trunk is build_trunk


NETWORKS = {
    FACE_MODEL: Network("R-CNN_Face", build_trunk, one_dense_layer, ("detection",)),
    "r_cnn_fiducial": Network(
        "R-CNN_Fiducial", build_trunk, one_dense_layer, ("landmarks", "visibility")
    ),
    "r_cnn_pose": Network("R-CNN_Pose", build_trunk, one_dense_layer, ("pose",)),
    "r_cnn_gender": Network("R-CNN_Gender", build_trunk, one_dense_layer, ("gender",)),
    "multitask_face": Network("Multitask_Face", build_trunk, two_dense_layers, tuple(TASKS)),
    HYPERFACE: Network("HyperFace", build_trunk, fused_depths, tuple(TASKS)),
    "hyperface_resnet": Network(
        "HyperFace-ResNet", build_resnet_trunk, summed_depths, tuple(TASKS), RESNET_PREPROCESSING
    ),
}


def build_network(
    name: str,
    normalization: str = "lrn",
    dropout: float = 0.0,
    dtype=None,
    heads: Sequence[str] = (),
    num_landmarks: int = NUM_LANDMARKS,
    width: float = 1.0,
) -> keras.Model:
    """Builds a network of the table.

    Args:
        name: Its row in the table, and the name of the model.
        normalization: See `build_trunk`.
        dropout: Rate after each hidden dense layer; the paper gives none.
        dtype: Keras dtype policy; None takes the global one.
        heads: The heads to build; empty for all heads of the network.
        num_landmarks: N, 21 unless another landmark scheme is used.
        width: Multiplier of the paper's numbers of filters and hidden units.

    Returns:
        (B, 227, 227, 3) RGB from 0 to 255 -> by task, as far as it has the head: detection (B, 2)
        probabilities of no face, face; landmarks (B, 2N), x and y of each point in region units;
        visibility (B, N); pose (B, 3), roll, pitch, yaw in radians; gender (B, 2) probabilities
        of male, female.

    Raises:
        ValueError: There is no such network, or it has none of the heads.
    """
    if name not in NETWORKS:
        raise ValueError(f"name is {name!r}, expected one of {', '.join(NETWORKS)}")
    network = NETWORKS[name]
    if heads and not set(heads) & set(network.heads):
        raise ValueError(f"heads are {heads}, expected some of {', '.join(network.heads)}")
    options = {"normalization": normalization, "dropout": dropout, "dtype": dtype, "width": width}
    region = region_input()
    features = network.neck(network.trunk(region, normalization, dtype, width), **options)
    outputs = {
        task: output_layer(
            dense_block(features, f"fc_{task}", BRANCH_UNITS, **options), task, num_landmarks
        )
        for task in network.heads
        if not heads or task in heads
    }
    model = keras.Model(region, outputs, name=name)
    model.width = width  # not to be told from the numbers of filters, which are rounded
    return model


def output_layer(x, task: str, num_landmarks: int):
    """The output layer of a task, in float32 regardless of the network's precision.

    Detection and gender give probabilities, the other tasks plain numbers (`TASKS`). The weights
    are initialized with zeros, which gives equal probabilities, landmarks at the region's center
    and a frontal pose. With random weights, the first probabilities of a deep network are so close
    to 0 and 1 that the gradients vanish.
    """
    return layers.Dense(
        TASKS[task].width(num_landmarks),
        activation=TASKS[task].activation,
        kernel_initializer="zeros",
        name=task,
        dtype="float32",
    )(x)


def combine_models(networks: Sequence[keras.Model], name: str) -> keras.Model:
    """Combines networks with different heads into one with that name; they share only the input.

    Weights are shared with the networks, not copied.

    Returns:
        (B, 227, 227, 3) RGB from 0 to 255 -> the outputs of all networks, by task.

    Raises:
        ValueError: Two of them have the same head.
    """
    region = region_input()
    outputs: dict[str, keras.KerasTensor] = {}
    for network in networks:
        predictions = network(region)
        if double := sorted(set(predictions) & set(outputs)):
            raise ValueError(f"{network.name} has {', '.join(double)}, as another of them has")
        # An output is named after the layer that gives it.
        outputs |= {task: layers.Identity(name=task)(x) for task, x in predictions.items()}
    return keras.Model(region, outputs, name=name)
