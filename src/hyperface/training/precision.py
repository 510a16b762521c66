"""The precision of the computation."""

import keras

from hyperface.utils.environment import has_bfloat16_hardware


def resolve_precision(precision: str) -> str:
    """The Keras dtype policy for a `PRECISION` setting: "auto", "float32" or "mixed_bfloat16".

    "auto" takes bfloat16 where a GPU, AMX or AVX512-BF16 computes it faster; elsewhere it would be
    many times slower.
    """
    if precision != "auto":
        return precision
    try:
        gpu = bool(keras.distribution.list_devices("gpu"))
    except RuntimeError:  # JAX raises where there is none
        gpu = False
    return "mixed_bfloat16" if gpu or has_bfloat16_hardware() else "float32"
