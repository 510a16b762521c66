"""Copies the weights of the trunk from one network to another."""

import keras

from hyperface.models.trunk import CONVOLUTIONS


def transfer_trunk(source: keras.Model, target: keras.Model) -> list[str]:
    """Copies conv1..conv5, with their normalization where they have one (paper, section 2.2).

    Nothing is copied unless everything fits. Returns the names of the copied layers.

    Raises:
        ValueError: A layer is missing in one network or has another shape; all are named.
    """
    kinds = (keras.layers.Conv2D, keras.layers.BatchNormalization)
    trunk_names = {name for conv in CONVOLUTIONS for name in (conv, f"{conv}_batch_norm")}
    given, wanted = (
        {x.name: x for x in model.layers if x.name in trunk_names and isinstance(x, kinds)}
        for model in (source, target)
    )
    faults = []
    for name in sorted({*CONVOLUTIONS, *given, *wanted}):
        sides = (source, given), (target, wanted)
        if missing := [model.name for model, layers in sides if name not in layers]:
            faults.append(f"{name} is missing in {' and '.join(missing)}")
        elif (ours := _shapes(given[name])) != (theirs := _shapes(wanted[name])):
            faults.append(f"{name} is {ours} in {source.name}, {theirs} in {target.name}")
    if faults:
        raise ValueError("the trunks do not fit: " + "; ".join(faults))
    for name, layer in wanted.items():
        layer.set_weights(given[name].get_weights())
    return list(wanted)


def _shapes(layer: keras.layers.Layer) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]


def transfer_kernels(source: keras.Model, target: keras.Model) -> None:
    """Copies conv1..conv5 to a network with another normalization, which does not change.

    The source has no batch normalization. If the target has, its convolutions have no biases, and
    only the kernels are copied.
    """
    for name in CONVOLUTIONS:
        layer = target.get_layer(name)
        layer.set_weights(source.get_layer(name).get_weights()[: len(layer.weights)])
