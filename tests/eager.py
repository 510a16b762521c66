"""Short trainings without a graph, which takes longer to trace than a few batches to compute."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf


@contextmanager
def without_tracing() -> Iterator[None]:
    """TensorFlow computes every function at once; training a graph is for other tests."""
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)
