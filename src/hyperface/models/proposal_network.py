"""The small network of the fast mode: face or not, for every window of an image at once.

The paper's Fast-HyperFace takes its regions from a fast face detector instead of selective search.
Here that is a network of a megabyte, trained on the same regions shrunk to 31 x 31. It is made of
convolutions alone, so that a whole image gives the answers of all its windows, 4 pixels apart.
"""

import keras
from keras import layers

from hyperface.models.blocks import DATA_FORMAT, convolution
from hyperface.models.trunk import scaled_pixels

WINDOW, STRIDE = 31, 4  # pixels


def build_proposal_network(whole_image: bool = False, dtype=None) -> keras.Model:
    """Builds the proposal network: 247,922 parameters.

    Args:
        whole_image: Build it for images of any size instead of single windows; the weights are
            the same.
        dtype: Keras dtype policy; None takes the global one.

    Returns:
        (B, 31, 31, 3) RGB from 0 to 255 -> {"detection": (B, 2)} probabilities of no face, face; or
        (B, H, W, 3) -> (B, (H - 31) // 4 + 1, (W - 31) // 4 + 1, 2).
    """
    common = {"normalization": "batch", "dtype": dtype}
    side = None if whole_image else WINDOW
    window = keras.Input((side, side, 3), name="window")
    x = scaled_pixels(window, dtype)
    x = convolution(x, "conv1", 16, 5, **common)  # 27 x 27
    x = convolution(x, "conv2", 32, 3, strides=2, **common)  # 13 x 13
    x = convolution(x, "conv3", 32, 3, **common)  # 11 x 11
    x = convolution(x, "conv4", 64, 3, strides=2, **common)  # 5 x 5
    x = convolution(x, "conv5", 128, 5, **common)  # 1 x 1
    x = convolution(x, "conv6", 64, 1, **common)
    scores = layers.Conv2D(
        2, 1, data_format=DATA_FORMAT, activation="softmax", name="scores", dtype="float32"
    )(x)
    if whole_image:
        return keras.Model(window, scores, name="proposal_network")
    detection = layers.Reshape((2,), name="detection", dtype="float32")(scores)
    return keras.Model(window, {"detection": detection}, name="proposal_network")
