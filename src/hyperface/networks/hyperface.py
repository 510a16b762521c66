"""HyperFace: five tasks on features fused from three depths (paper, section 2.1 and figure 2)."""

import keras
from keras import layers

from hyperface.networks.blocks import convolution, hidden
from hyperface.networks.heads import output
from hyperface.networks.trunk import build_trunk, region_input
from hyperface.tasks import TASKS


def build_hyperface(normalization: str = "lrn", dropout: float = 0.0, dtype=None) -> keras.Model:
    """Builds HyperFace: 33,821,318 parameters with `normalization` "lrn" or "none".

    Args:
        normalization: See `build_trunk`.
        dropout: Rate after each hidden layer; the paper gives none.
        dtype: Keras dtype policy; None takes the global one.

    Returns:
        (B, 227, 227, 3) RGB from 0 to 255 -> by task: detection (B, 2) probabilities of no face,
        face; landmarks (B, 42), x and y of each point in region units; visibility (B, 21);
        pose (B, 3), roll, pitch, yaw in radians; gender (B, 2) probabilities of male, female.
    """
    common = {"normalization": normalization, "dtype": dtype}
    region = region_input()
    maps = build_trunk(region, normalization, dtype)

    # "The lower layer features contain better localization properties": fuse all depths at 6 x 6.
    conv1a = convolution(maps.pool1, "conv1a", 256, 4, strides=4, **common)
    conv3a = convolution(maps.conv3, "conv3a", 256, 2, strides=2, **common)
    x = layers.Concatenate(name="concat", dtype=dtype)([conv1a, conv3a, maps.pool5])  # 6 x 6 x 768
    x = convolution(x, "conv_all", 192, 1, **common)

    x = layers.Flatten(name="flatten", dtype=dtype)(x)  # 6,912
    x = hidden(x, "fc_full", 3072, dropout=dropout, **common)
    outputs = {
        task: output(hidden(x, f"fc_{task}", 512, dropout=dropout, **common), task)
        for task in TASKS
    }
    return keras.Model(region, outputs, name="hyperface")
