"""The normalization after conv1 and conv2: the paper's, or the options beside it."""

import keras
import numpy as np
from keras import ops

NORMALIZATIONS = ("lrn", "batch", "none")


@keras.saving.register_keras_serializable("hyperface")
class LocalResponseNormalization(keras.layers.Layer):
    """Response normalization across neighboring channels (Krizhevsky et al. 2012, section 3.3).

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
        """Normalizes (B, H, W, C); see the class."""
        # In float32: alpha is small beside bias, and bfloat16 would round their sum to bias.
        x = ops.cast(inputs, "float32")
        channel = np.arange(x.shape[-1])
        near = np.abs(channel[:, None] - channel) <= self.depth_radius  # (C, C)
        # A product with a matrix of ones and zeros, and exp(log()), compute the sums of slices and
        # the power in a third of the time, gradients included.
        total = ops.matmul(ops.square(x), near.astype("float32"))
        scale = ops.exp(-self.beta * ops.log(self.bias + self.alpha * total))
        return ops.cast(x * scale, inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The input's shape."""
        return input_shape

    def get_config(self):
        """The configuration from which Keras rebuilds the layer."""
        own = {name: getattr(self, name) for name in ("depth_radius", "alpha", "beta", "bias")}
        return {**super().get_config(), **own}
