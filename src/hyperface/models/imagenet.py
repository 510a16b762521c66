"""Initializes the trunk from ImageNet: AlexNet becomes a sub-network of the wider trunk.

The published one-tower AlexNet has 64, 192, 384, 256, 256 filters, the paper's trunk 96, 256, 384,
384, 256. The given filters become the first channels; the added channels are random and have zero
weights into the given filters. Without normalization, the given channels then compute exactly the
outputs of ImageNet's AlexNet.
"""

import zipfile
from pathlib import Path

import keras
import numpy as np

from hyperface.errors import UserError
from hyperface.models.trunk import CONVOLUTIONS


def read_convolutions(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Five (kernel HWIO, bias) from an .npz with `...Conv_0.kernel`, `...Conv_0.bias` to Conv_4.

    Raises:
        UserError: The file does not exist, is not an .npz file, or lacks a layer.
    """
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("it holds a single array")
        with archive:
            names = [n for n in archive.files if "AlexNet" in n] or archive.files
            found = {n: archive[n] for n in names}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(
            f"The ImageNet weights {path} cannot be read ({error}): give IMAGENET_WEIGHTS the path "
            'of an .npz with the five convolutions, or set INIT_FROM to "random".'
        ) from error
    layers = []
    for number in range(len(CONVOLUTIONS)):
        kernel, bias = (
            next((v for n, v in found.items() if n.endswith(f"Conv_{number}.{part}")), None)
            for part in ("kernel", "bias")
        )
        if kernel is None or bias is None:
            raise UserError(
                f"{path} has no kernel and bias named Conv_{number}, only {sorted(found)}: give "
                "IMAGENET_WEIGHTS another file (docs/training.md describes it)."
            )
        layers.append((kernel, bias))
    return layers


def start_from_imagenet(model: keras.Model, path: Path) -> None:
    """Sets the trunk's convolutions of `model`, in place.

    With batch normalization only the kernels are copied, since those layers have no biases.

    Raises:
        UserError: The file cannot be used, or a layer does not fit into the model's.
    """
    faults, new_weights = [], {}
    for name, (kernel, bias) in zip(CONVOLUTIONS, read_convolutions(path), strict=True):
        own = model.get_layer(name).get_weights()
        if not _fits(kernel, bias, own[0].shape):
            faults.append(
                f"{name} has a kernel of {kernel.shape} and a bias of {bias.shape} in the file, "
                f"a kernel of {own[0].shape} in the network"
            )
            continue
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            faults.append(f"{name} has weights in the file that are not finite")
            continue
        inputs, outputs = kernel.shape[2:]
        own[0][:, :, :, :outputs] = 0
        own[0][:, :, :inputs, :outputs] = kernel
        if len(own) > 1:
            own[1][:outputs] = bias
        new_weights[name] = own
    if faults:
        raise UserError(f"The ImageNet weights {path} do not fit: {'; '.join(faults)}.")
    for name, weights in new_weights.items():
        model.get_layer(name).set_weights(weights)


def _fits(kernel: np.ndarray, bias: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether a kernel can take the first places of a kernel of the given HWIO shape."""
    return (
        kernel.ndim == 4
        and kernel.shape[:2] == shape[:2]
        and kernel.shape[2] <= shape[2]
        and kernel.shape[3] <= shape[3]
        and bias.shape == kernel.shape[3:]
    )
