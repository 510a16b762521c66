"""The single-shot detector of the fast mode: every face of an image in one pass.

The paper's Fast-HyperFace takes its regions from a single-shot face detector (section 3.3). This
one is a small network of plain convolutions with feature maps at strides 8, 16, 32 and 64, a
top-down path (Lin et al. 2017), and one head for all maps, which gives a score and a box at each
location (`hyperface.proposals.locations`).
"""

import keras
from keras import layers

from hyperface.models.blocks import DATA_FORMAT, convolution, scaled
from hyperface.models.trunk import scaled_pixels

VALUES = 5  # per location: the logit of the score and the logarithms of four distances
STEM = 48  # filters of the first convolution, 7 x 7 with stride 4
# Filters and residual convolutions of the stages at strides 8, 16, 32 and 64.
STAGES = ((64, 2), (96, 3), (128, 1), (128, 0))
PYRAMID = 48  # filters of the top-down path and of the head
HEAD_LAYERS = 3
FACE_PRIOR = -4.6  # initial logit of the score, for 0.01: nearly every location is background


def build_proposal_detector(
    normalization: str = "none", dtype=None, width: float = 1.0
) -> keras.Model:
    """Builds the proposal detector: 901,829 parameters without normalization.

    Args:
        normalization: "none", or "batch" to train it from random weights.
        dtype: Keras dtype policy; None takes the global one.
        width: Multiplier of the numbers of filters.

    Returns:
        (B, H, W, 3) RGB from 0 to 255, H and W multiples of 64 -> (B, P, 5) float32, a row for
        each location: the logit of the score and the logarithms of the four distances.
    """
    common = {"normalization": normalization, "dtype": dtype, "width": width, "padding": "same"}

    def residual(x, name: str, filters: int):
        return layers.Add(name=f"{name}_add", dtype=dtype)(
            [x, convolution(x, name, filters, 3, **common)]
        )

    image = keras.Input((None, None, 3), name="image")
    x = scaled_pixels(image, dtype)
    x = convolution(x, "stem", STEM, 7, strides=4, **common)
    maps = []
    for number, (filters, residuals) in enumerate(STAGES, 1):
        x = convolution(x, f"stage{number}", filters, 3, strides=2, **common)
        for index in range(residuals):
            x = residual(x, f"stage{number}_{index + 1}", filters)
        maps.append(x)
    return keras.Model(
        image, _answers(_top_down(maps, common), dtype, width), name="proposal_detector"
    )


def _top_down(maps: list, common: dict) -> list:
    """The maps combined with the coarser ones (top-down path), the finest first."""
    dtype = common["dtype"]
    merged: list = []
    for number, x in reversed(list(enumerate(maps, 1))):
        x = convolution(x, f"lateral{number}", PYRAMID, 1, **common)
        if merged:
            up = layers.UpSampling2D(data_format=DATA_FORMAT, name=f"up{number}", dtype=dtype)
            x = layers.Add(name=f"merged{number}", dtype=dtype)([x, up(merged[-1])])
        merged.append(x)
    return merged[::-1]


def _answers(maps: list, dtype, width: float):
    """(B, P, 5), the outputs of the head that all maps share."""

    def layer(name: str, filters: int, kernel: int, **options):
        return layers.Conv2D(
            filters, kernel, padding="same", data_format=DATA_FORMAT, name=name, **options
        )

    hidden = [
        layer(
            f"head{number}",
            scaled(PYRAMID, width),
            3,
            activation="relu",
            kernel_initializer="he_normal",
            dtype=dtype,
        )
        for number in range(1, HEAD_LAYERS + 1)
    ]
    small = keras.initializers.RandomNormal(stddev=0.01)
    outputs = [
        layer(
            "score",
            1,
            1,
            kernel_initializer=small,
            dtype="float32",
            bias_initializer=keras.initializers.Constant(FACE_PRIOR),
        ),
        layer("box", VALUES - 1, 1, kernel_initializer=small, dtype="float32"),
    ]
    rows = []
    for number, x in enumerate(maps, 1):
        for head in hidden:
            x = head(x)
        values = layers.Concatenate(name=f"values{number}", dtype="float32")(
            [output(x) for output in outputs]
        )
        rows.append(layers.Reshape((-1, VALUES), name=f"rows{number}", dtype="float32")(values))
    return layers.Concatenate(axis=1, name="locations", dtype="float32")(rows)
