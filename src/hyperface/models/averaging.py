"""The mean of several trainings' weights, one network that often does better than each.

It holds for trainings that went on from the same weights, as fine-tuning does: what they found lies
close together (Wortsman et al., Model soups, 2022).
"""

from collections.abc import Sequence

import keras
import numpy as np


def average_weights(models: Sequence[keras.Model]) -> keras.Model:
    """Sets the first model's weights to the mean of all; returns it.

    Raises:
        ValueError: They are not of one network.
    """
    weights = [model.get_weights() for model in models]
    shapes = [[array.shape for array in arrays] for arrays in weights]
    if any(other != shapes[0] for other in shapes):
        raise ValueError("weights of different networks have no mean")
    models[0].set_weights([np.mean(arrays, axis=0) for arrays in zip(*weights, strict=True)])
    return models[0]
