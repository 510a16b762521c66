import keras
import pytest

from hyperface.training import precision
from hyperface.training.precision import resolve_precision


@pytest.fixture
def machine(monkeypatch):
    """Pretends a machine with a GPU or not, and a chip with bfloat16 or not."""

    def pretend(gpus, bfloat16):
        def devices(kind=None):
            if isinstance(gpus, Exception):
                raise gpus
            return gpus

        monkeypatch.setattr(keras.distribution, "list_devices", devices)
        monkeypatch.setattr(precision, "has_bfloat16_hardware", lambda: bfloat16)

    return pretend


@pytest.mark.parametrize(
    ("gpus", "bfloat16", "expected"),
    [
        ([], False, "float32"),
        ([], True, "mixed_bfloat16"),
        (["gpu:0"], False, "mixed_bfloat16"),
        (["gpu:0"], True, "mixed_bfloat16"),
    ],
)
def test_automatic_precision_follows_the_chip(machine, gpus, bfloat16, expected):
    machine(gpus, bfloat16)
    assert resolve_precision("auto") == expected


def test_a_backend_that_raises_without_a_gpu_has_none(machine):
    """JAX does: "Unknown backend: 'gpu' requested"."""
    machine(RuntimeError("Unknown backend: 'gpu' requested"), False)
    assert resolve_precision("auto") == "float32"


@pytest.mark.parametrize("wanted", ["float32", "mixed_bfloat16"])
def test_an_explicit_precision_is_used(machine, wanted):
    machine(RuntimeError("not to be asked"), wanted == "float32")
    assert resolve_precision(wanted) == wanted


def test_automatic_precision_works_on_this_machine():
    assert resolve_precision("auto") in ("float32", "mixed_bfloat16")
