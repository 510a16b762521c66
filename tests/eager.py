"""Runs in the tests' process, and networks, without what takes long and is tested elsewhere."""

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import keras


@contextmanager
def without_tracing() -> Iterator[None]:
    """TensorFlow computes every function at once; training a graph is for other tests.

    A graph takes longer to trace than a few batches to compute.
    """
    import tensorflow as tf  # not for tests that compute on JAX

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@contextmanager
def short_runs() -> Iterator[None]:
    """Runs of `main.main` without tracing, Keras' graphs, and thousands of baseline regions.

    Selective search is in this process, for others take seconds to start.
    """
    from hyperface.proposals import cache
    from hyperface.steps import evaluation, training
    from hyperface.utils.pool import map_in_processes

    def map_here(function, items, workers):
        return map_in_processes(function, items, 0)

    with ExitStack() as stack:
        stack.enter_context(without_tracing())
        stack.enter_context(mock.patch.object(training, "draw_graph", lambda *_: True))
        stack.enter_context(mock.patch.object(evaluation, "BASELINE_REGIONS", 40))
        stack.enter_context(mock.patch.object(cache, "map_in_processes", map_here))
        yield


@contextmanager
def zeros_for_weights() -> Iterator[None]:
    """Networks are built with zeros for kernels, in a fraction of the time."""

    def zeros(self, shape, dtype=None, **kwargs):
        return keras.ops.zeros(shape, dtype=dtype)

    with mock.patch.object(keras.initializers.VarianceScaling, "__call__", zeros):
        yield


@contextmanager
def narrow_resnet() -> Iterator[None]:
    """ResNet-101 is built with all its layers, its blocks with an eighth of their filters."""
    module = "keras.src.applications.resnet"
    blocks = importlib.import_module(module).stack_residual_blocks_v1

    def narrow(x, filters, *arguments, **options):
        return blocks(x, filters // 8, *arguments, **options)

    with mock.patch(f"{module}.stack_residual_blocks_v1", narrow):
        yield
