"""Networks of single tasks asked together, as one with all of their heads."""

from collections.abc import Sequence

import keras
from keras import layers

from hyperface.models.trunk import region_input


def together(networks: Sequence[keras.Model], name: str) -> keras.Model:
    """One network that answers what each of the given ones does; they share nothing but the region.

    Args:
        networks: Of `table.py`, with different heads; their weights are used, not copied.
        name: Of the result.

    Returns:
        (B, 227, 227, 3) RGB from 0 to 255 -> the outputs of all networks, by task.

    Raises:
        ValueError: Two of them have the same head.
    """
    region = region_input()
    outputs: dict[str, keras.KerasTensor] = {}
    for network in networks:
        answers = network(region)
        if double := sorted(set(answers) & set(outputs)):
            raise ValueError(f"{network.name} has {', '.join(double)}, as another of them has")
        # An output is named after the layer that gives it.
        outputs |= {task: layers.Identity(name=task)(x) for task, x in answers.items()}
    return keras.Model(region, outputs, name=name)
