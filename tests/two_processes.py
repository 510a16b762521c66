"""Programs on JAX, as one process or as two on this machine that train together."""

import os
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hyperface.training.processes import ADDRESS, COUNT, RANK

TESTS = Path(__file__).resolve().parent
MINUTE = 60  # seconds
# Compiled code runs for milliseconds here: XLA spends no time on making it faster.
UNOPTIMIZED = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
takes_minutes = pytest.mark.skipif(
    "HYPERFACE_TEST_PROCESSES" not in os.environ,
    reason="minutes on two cores; set HYPERFACE_TEST_PROCESSES=1 to run it",
)


def start(command: Sequence[str], log: Path, **variables: str) -> subprocess.Popen:
    """Starts a process on JAX, which prints into a file; XLA_FLAGS are added to `UNOPTIMIZED`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    paths = os.pathsep.join(map(str, (TESTS.parent / "src", TESTS)))
    unwanted = ("JAX_", "XLA_", "TF_CPP_")
    own = {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}
    own |= {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths, **variables}
    own["XLA_FLAGS"] = f"{UNOPTIMIZED} {variables.get('XLA_FLAGS', '')}"
    with log.open("w") as file:
        return subprocess.Popen(
            command,
            env=own,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def start_two(
    command: Callable[[str], Sequence[str]], log: Callable[[str], Path]
) -> list[subprocess.Popen]:
    """Starts the processes of rank "0" and "1", for which the arguments are called."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [
        start(command(rank), log(rank), **{ADDRESS: address, COUNT: "2", RANK: rank})
        for rank in "01"
    ]
