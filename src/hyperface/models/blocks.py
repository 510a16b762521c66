"""The two blocks that every network here is made of: a convolution and a hidden dense layer."""

from collections.abc import Callable

from keras import layers

DATA_FORMAT = "channels_last"  # whatever keras.json says


def scaled(number: int, width: float) -> int:
    """A number of filters or units, scaled by the width of the network; at least 1."""
    return max(1, round(number * width))


def convolution(
    x,
    name: str,
    filters: int,
    kernel: int,
    *,
    strides: int = 1,
    padding: str = "valid",
    normalization: str = "lrn",
    width: float = 1.0,
    dtype=None,
):
    """Convolution and ReLU; with `normalization="batch"`, batch normalization between them.

    The number of filters is multiplied by `width`.
    """

    def layer(activation: str | None, bias: bool):
        return layers.Conv2D(
            scaled(filters, width),
            kernel,
            strides=strides,
            padding=padding,
            data_format=DATA_FORMAT,
            activation=activation,
            use_bias=bias,
            kernel_initializer="he_normal",
            name=name,
            dtype=dtype,
        )

    return _normalized(x, name, layer, normalization, dtype)


def dense_block(
    x,
    name: str,
    units: int,
    *,
    normalization: str = "lrn",
    dropout: float = 0.0,
    width: float = 1.0,
    dtype=None,
):
    """Dense layer and ReLU; batch normalization and width as in `convolution`, dropout after it."""

    def layer(activation: str | None, bias: bool):
        return layers.Dense(
            scaled(units, width),
            activation=activation,
            use_bias=bias,
            kernel_initializer="he_normal",
            name=name,
            dtype=dtype,
        )

    x = _normalized(x, name, layer, normalization, dtype)
    return layers.Dropout(dropout, name=f"{name}_dropout", dtype=dtype)(x) if dropout else x


def _normalized(x, name: str, layer: Callable, normalization: str, dtype):
    if normalization != "batch":
        return layer("relu", True)(x)
    x = layer(None, False)(x)  # the normalization has a bias of its own
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_batch_norm", dtype=dtype)(x)
    return layers.ReLU(name=f"{name}_relu", dtype=dtype)(x)
