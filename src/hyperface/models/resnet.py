"""ResNet-101 as the trunk of HyperFace-ResNet, in five stages, each a model of its own.

It is `keras.applications`' ResNet101 without its classifier. Regions are 227 x 227 as for the other
networks, not 224 x 224 as for ImageNet, so the maps are 57, 29, 15 and 8 pixels wide.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import keras
from keras import layers

from hyperface.errors import UserError
from hyperface.models.blocks import DATA_FORMAT
from hyperface.regions.cropping import REGION_SIDE

# Each stage's last layer in `keras.applications`; in Caffe's names, as the paper has them: pool1,
# res2c, res3b3, res4b22 and res5c.
STAGES = {
    "conv1": "pool1_pool",
    "conv2": "conv2_block3_out",
    "conv3": "conv3_block4_out",
    "conv4": "conv4_block23_out",
    "conv5": "conv5_block3_out",
}
# ImageNet's mean of red, green and blue, 0 to 255, which Caffe's ResNets subtract.
PIXEL_MEAN = (123.68, 116.779, 103.939)
PREPROCESSING = {
    "input": f"RGB, 0 to 255, the region warped to {REGION_SIDE} x {REGION_SIDE}",
    "in the network": "layer scale_pixels: value - mean",
    "mean": PIXEL_MEAN,
}


class ResNetMaps(NamedTuple):
    """The maps that HyperFace-ResNet fuses, each (B, H, W, C)."""

    conv2: keras.KerasTensor  # 57 x 57 x 256, res2c
    conv3: keras.KerasTensor  # 29 x 29 x 512, res3b3
    conv4: keras.KerasTensor  # 15 x 15 x 1,024, res4b22
    conv5: keras.KerasTensor  # 8 x 8 x 2,048, res5c


def build_resnet_trunk(
    region, normalization: str = "lrn", dtype=None, width: float = 1.0
) -> ResNetMaps:
    """ResNet-101's convolutions, with random weights; arguments as of `trunk.build_trunk`.

    The normalization and the width are ignored: ResNet-101 always has batch normalization and fixed
    numbers of filters.
    """
    with _policy(dtype):
        resnet = _resnet()
    x = layers.Rescaling(1.0, [-mean for mean in PIXEL_MEAN], name="scale_pixels", dtype=dtype)(
        region
    )
    maps = {}
    start = resnet.input
    for stage, last in STAGES.items():
        end = resnet.get_layer(last).output
        x = maps[stage] = keras.Model(start, end, name=stage)(x)
        start = end
    return ResNetMaps(*(maps[stage] for stage in ResNetMaps._fields))


def start_from_resnet(model: keras.Model, path: Path) -> None:
    """Sets the stages of a network on this trunk to weights published by Keras, in place.

    They are those of `keras.applications.ResNet101(include_top=False)`.

    Raises:
        UserError: The file does not exist, or has other content.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras' for layers that a file lacks
            with _policy(None):
                published = _resnet(weights=str(path))
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = next(iter(str(error).splitlines()), "").removesuffix(".")
        raise UserError(
            f"RESNET_WEIGHTS = {path} cannot be used ({reason}): give the path of Keras' weights "
            'of ResNet101 without its top, or "" for random weights.'
        ) from error
    for stage in STAGES:
        for layer in model.get_layer(stage).layers:
            if layer.weights:
                layer.set_weights(published.get_layer(layer.name).get_weights())
    # The published filters were trained on blue, green, red; the network is given RGB.
    first = model.get_layer("conv1").get_layer("conv1_conv")
    kernel, *bias = first.get_weights()
    first.set_weights([kernel[:, :, ::-1], *bias])


def _resnet(weights: str | None = None) -> keras.Model:
    shape = (REGION_SIDE, REGION_SIDE, 3)
    return keras.applications.ResNet101(include_top=False, weights=weights, input_shape=shape)


@contextmanager
def _policy(dtype) -> Iterator[None]:
    """Temporarily sets the global Keras settings that `keras.applications` uses."""
    before, data_format = keras.config.dtype_policy(), keras.config.image_data_format()
    keras.config.set_dtype_policy(dtype or before)
    keras.config.set_image_data_format(DATA_FORMAT)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
        keras.config.set_image_data_format(data_format)
