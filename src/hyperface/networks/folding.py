"""Batch normalisation folded into the layers before it, once a network is trained.

At test time batch normalisation multiplies and shifts each channel by fixed numbers, which the
kernel and the bias before it can hold. A network trained with it so becomes one without it that
answers the same, with the paper's layers and the paper's number of parameters.
"""

import keras
import numpy as np

from hyperface.networks.table import build_network
from hyperface.networks.weights import normalization_of


def fold_batch_norm(model: keras.Model, normalization: str = "none") -> keras.Model:
    """Builds a network of the table again without its batch normalisation.

    Args:
        model: Built with `normalization="batch"`.
        normalization: "none" answers as `model` does; "lrn" puts the paper's local response
            normalisation where it was, which changes the answers as far as it acts.

    Returns:
        The network, in float32.

    Raises:
        ValueError: `model` has no batch normalisation.
    """
    if normalization_of(model) != "batch":
        raise ValueError(f"{model.name} has no batch normalisation to fold")
    folded = build_network(model.name, normalization, dtype="float32")
    layers = {layer.name: layer for layer in model.layers}
    for layer in folded.layers:
        if not layer.weights:
            continue
        norm = layers.get(f"{layer.name}_batch_norm")
        weights = layers[layer.name].get_weights()
        layer.set_weights(weights if norm is None else _folded(*weights, norm))
    return folded


def _folded(kernel: np.ndarray, norm: keras.layers.BatchNormalization) -> list[np.ndarray]:
    """(..., channels) kernel -> kernel and bias that do what both layers did."""
    gamma, beta, mean, variance = (w.astype(np.float64) for w in norm.get_weights())
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return [kernel * factor, beta - mean * factor]
