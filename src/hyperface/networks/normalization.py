"""The normalisation after conv1 and conv2: the paper's, or the options beside it."""

import keras
from keras import ops

NORMALIZATIONS = ("lrn", "batch", "none")


@keras.saving.register_keras_serializable("hyperface")
class LocalResponseNormalization(keras.layers.Layer):
    """Response normalisation across neighbouring channels (Krizhevsky et al. 2012, section 3.3).

    y_i = x_i / (bias + alpha * sum of x_j^2 over |j - i| <= depth_radius) ^ beta. The defaults are
    Caffe's AlexNet: size 5, alpha 1e-4 divided by the size, beta 0.75, bias 1.

    Input and output: (B, H, W, C).
    """

    def __init__(self, depth_radius=2, alpha=2e-5, beta=0.75, bias=1.0, **kwargs):
        super().__init__(**kwargs)
        self.depth_radius = depth_radius
        self.alpha = alpha
        self.beta = beta
        self.bias = bias

    def call(self, inputs):
        """Normalises (B, H, W, C); see the class."""
        # In float32: alpha is small beside bias, and bfloat16 would round their sum to bias.
        x = ops.cast(inputs, "float32")
        channels = x.shape[-1]
        radius = self.depth_radius
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (radius, radius)))
        total = sum(squares[..., i : i + channels] for i in range(2 * radius + 1))
        return ops.cast(x * ops.power(self.bias + self.alpha * total, -self.beta), inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The input's shape."""
        return input_shape

    def get_config(self):
        """What the layer is made again from."""
        own = {name: getattr(self, name) for name in ("depth_radius", "alpha", "beta", "bias")}
        return {**super().get_config(), **own}
