"""R-CNN_Face, here the face model: AlexNet that says face or not (paper, figure 1)."""

import keras
from keras import layers

from hyperface.networks.blocks import hidden
from hyperface.networks.heads import output
from hyperface.networks.trunk import build_trunk, region_input


def build_face_model(normalization: str = "lrn", dropout: float = 0.0, dtype=None) -> keras.Model:
    """Builds the face model: 43,598,722 parameters with `normalization` "lrn" or "none".

    Args:
        normalization: See `build_trunk`.
        dropout: Rate after each hidden layer; the paper gives none.
        dtype: Keras dtype policy; None takes the global one.

    Returns:
        (B, 227, 227, 3) RGB from 0 to 255 -> {"detection": (B, 2)} probabilities of no face, face.
    """
    common = {"normalization": normalization, "dropout": dropout, "dtype": dtype}
    region = region_input()
    maps = build_trunk(region, normalization, dtype)
    x = layers.Flatten(name="flatten", dtype=dtype)(maps.pool5)
    x = hidden(x, "fc6", 4096, **common)
    x = hidden(x, "fc_detection", 512, **common)
    return keras.Model(region, {"detection": output(x, "detection")}, name="face_model")
