"""Folds batch normalization into the layers before it, and adds it again for further training.

At test time batch normalization scales and shifts each channel by fixed numbers, which can be
merged into the kernel and the bias before it. A trained network thus becomes an equivalent one
without batch normalization, with the paper's layers and number of parameters. To train it further,
batch normalization is added such that the outputs do not change at first.
"""

from collections.abc import Iterable

import keras
import numpy as np

from hyperface.models.table import build_network
from hyperface.models.weights import normalization_of, width_of


def fold_batch_norm(model: keras.Model, normalization: str = "none") -> keras.Model:
    """Builds a network of the table again without its batch normalization.

    Args:
        model: Built with `normalization="batch"`.
        normalization: "none" gives the same outputs as `model`; "lrn" adds the paper's local
            response normalization, which changes the outputs slightly.

    Returns:
        The network, in float32.

    Raises:
        ValueError: `model` has no batch normalization.
    """
    if normalization_of(model) != "batch":
        raise ValueError(f"{model.name} has no batch normalization to fold")
    folded = build_network(model.name, normalization, dtype="float32", width=width_of(model))
    fold_into(folded, model)
    return folded


def fold_into(plain: keras.Model, model: keras.Model) -> None:
    """Sets the weights of a network to those of the same one with batch normalization, folded."""
    layers = {layer.name: layer for layer in model.layers}
    for layer in plain.layers:
        if not layer.weights:
            continue
        norm = layers.get(f"{layer.name}_batch_norm")
        weights = layers[layer.name].get_weights()
        if norm is not None:
            (kernel,) = weights
            weights = _folded(kernel, norm)
        layer.set_weights(weights)


def _folded(kernel: np.ndarray, norm: keras.layers.BatchNormalization) -> list[np.ndarray]:
    """(..., channels) kernel -> kernel and bias that replace both layers."""
    gamma, beta, mean, variance = (w.astype(np.float64) for w in norm.get_weights())
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return [kernel * factor, beta - mean * factor]


def unfold_batch_norm(
    plain: keras.Model, target: keras.Model, images: Iterable[np.ndarray]
) -> None:
    """Sets the weights of a network with batch normalization to those of one without.

    Each normalization gets the mean and variance of its channel on the images, and scales and
    shifts by the same values, so that the outputs of the target are those of `plain` (apart from
    the effect of "lrn"), and nearly the same in training.

    Args:
        plain: The network without batch normalization.
        target: The same network built with `normalization="batch"`.
        images: Batches of training regions, (B, 227, 227, 3) RGB from 0 to 255; a few hundred
            regions are enough.

    Raises:
        ValueError: `target` has no batch normalization, or there is no image.
    """
    if normalization_of(target) != "batch":
        raise ValueError(f"{target.name} has no batch normalization to set")
    layers = {layer.name: layer for layer in target.layers}
    norms: dict[str, keras.layers.BatchNormalization] = {}
    for layer in plain.layers:
        if not layer.weights:
            continue
        norm = layers.get(f"{layer.name}_batch_norm")
        if norm is None:
            layers[layer.name].set_weights(layer.get_weights())
            continue
        kernel, bias = layer.get_weights()
        layers[layer.name].set_weights([kernel])
        one, zero = np.ones_like(bias), np.zeros_like(bias)
        norm.set_weights([one, bias, zero, one - norm.epsilon])  # only adds the bias
        norms[layer.name] = norm
    means, variances = _channel_statistics(target, list(norms), images)
    for name, norm in norms.items():
        bias = norm.get_weights()[1]
        deviation = np.sqrt(variances[name] + norm.epsilon)
        norm.set_weights([deviation, bias + means[name], means[name], variances[name]])


def _channel_statistics(
    model: keras.Model, names: list[str], images: Iterable[np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The mean and variance of each output channel by layer, in float64."""
    probe = keras.Model(model.input, {name: model.get_layer(name).output for name in names})
    count = 0
    sums = {name: np.zeros((2, 1)) for name in names}
    for batch in images:
        count += len(batch)
        for name, values in probe.predict_on_batch(batch).items():
            flat = values.reshape(len(batch), -1, values.shape[-1]).astype(np.float64)
            sums[name] = sums[name] + [flat.mean(1).sum(0), np.square(flat).mean(1).sum(0)]
    if not count:
        raise ValueError("statistics need at least one image")
    means = {name: total[0] / count for name, total in sums.items()}
    return means, {
        name: np.maximum(total[1] / count - means[name] ** 2, 0) for name, total in sums.items()
    }
