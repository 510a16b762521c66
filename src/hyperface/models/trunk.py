"""The five convolutions that the face model and HyperFace share (paper, figures 1 and 2)."""

from typing import NamedTuple

import keras
from keras import layers

from hyperface.models.blocks import DATA_FORMAT, convolution
from hyperface.models.normalization import NORMALIZATIONS, LocalResponseNormalization
from hyperface.regions.cropping import REGION_SIDE

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")

# ImageNet's mean and deviation of RGB in 0..1, which the usual pre-trained networks expect.
PIXEL_MEAN = (0.485, 0.456, 0.406)
PIXEL_DEVIATION = (0.229, 0.224, 0.225)
PREPROCESSING = {
    "input": f"RGB, 0 to 255, the region warped to {REGION_SIDE} x {REGION_SIDE}",
    "in the network": "layer scale_pixels: (value / 255 - mean) / deviation",
    "mean": PIXEL_MEAN,
    "deviation": PIXEL_DEVIATION,
}


class TrunkMaps(NamedTuple):
    """The maps that later layers start from, each (B, H, W, C)."""

    pool1: keras.KerasTensor  # 27 x 27 x 96
    conv3: keras.KerasTensor  # 13 x 13 x 384
    pool5: keras.KerasTensor  # 6 x 6 x 256


def region_input() -> keras.KerasTensor:
    """The input: (B, 227, 227, 3) RGB from 0 to 255."""
    return keras.Input((REGION_SIDE, REGION_SIDE, 3), name="region")


def scaled_pixels(region, dtype=None):
    """Scales RGB from 0 to 255 to the input of pre-trained networks; a layer of every network."""
    # Of shape (1, 1, 3), which Keras does not transpose where keras.json says channels first.
    return layers.Rescaling(
        scale=[[[1 / (255 * deviation) for deviation in PIXEL_DEVIATION]]],
        offset=[[[-m / d for m, d in zip(PIXEL_MEAN, PIXEL_DEVIATION, strict=True)]]],
        name="scale_pixels",
        dtype=dtype,
    )(region)


def build_trunk(region, normalization: str = "lrn", dtype=None, width: float = 1.0) -> TrunkMaps:
    """AlexNet's convolutions, without the two groups that Caffe had.

    Args:
        region: (B, 227, 227, 3) RGB from 0 to 255; its scaling is part of the network, so that
            weights and preprocessing stay together.
        normalization: "lrn" after pool1 and pool2 (the paper), "batch" after every convolution, or
            "none".
        dtype: Keras dtype policy of the layers; None takes the global one.
        width: Multiplier of the paper's numbers of filters.

    Returns:
        pool1 (before norm1), conv3 and pool5.
    """
    if normalization not in NORMALIZATIONS:
        raise ValueError(f"normalization is one of {NORMALIZATIONS}, got {normalization!r}")
    common = {"normalization": normalization, "dtype": dtype, "width": width}

    def pool(x, name):
        return layers.MaxPooling2D(3, strides=2, data_format=DATA_FORMAT, name=name, dtype=dtype)(x)

    def norm(x, name):
        if normalization != "lrn":
            return x
        return LocalResponseNormalization(name=name, dtype=dtype)(x)

    x = scaled_pixels(region, dtype)
    x = convolution(x, "conv1", 96, 11, strides=4, **common)  # 55 x 55
    pool1 = pool(x, "pool1")  # 27 x 27
    x = norm(pool1, "norm1")
    x = convolution(x, "conv2", 256, 5, padding="same", **common)
    x = norm(pool(x, "pool2"), "norm2")  # 13 x 13
    conv3 = convolution(x, "conv3", 384, 3, padding="same", **common)
    x = convolution(conv3, "conv4", 384, 3, padding="same", **common)
    x = convolution(x, "conv5", 256, 3, padding="same", **common)
    return TrunkMaps(pool1, conv3, pool(x, "pool5"))  # 6 x 6
