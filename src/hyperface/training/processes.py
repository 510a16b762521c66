"""Distributed training of one network in several processes on JAX.

All processes run the same steps, and only the first one (rank 0) writes files that stay. It sends
the others what they cannot know or might compute differently (`from_first`).
"""

import ctypes
import hashlib
import io
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.errors import UserError
from hyperface.startup import LOG_LEVEL

ADDRESS, COUNT, RANK = "JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID"
JOIN_TIMEOUT_S = 300  # seconds within which all processes must start
HEARTBEAT_TIMEOUT_S = 20  # seconds of silence after which a process counts as lost
BARRIER_TIMEOUT_MS = 7 * 24 * 3600 * 1000  # how long processes wait for each other
PEER_LOST = (
    "error: Another process of this training ended or cannot be reached (TF_CPP_MIN_LOG_LEVEL=0 "
    "shows the messages of JAX); start all of them again to resume after the last finished epoch.\n"
)
FAILED, USER_ERROR = 1, 2  # exit statuses
Arrays = Mapping[str, np.ndarray]

_temporary: list[Path] = []
_kept_alive: list[object] = []  # callbacks of C code, which must not be garbage-collected
_barriers = 0  # number of barriers passed, the same in every process


def join() -> None:
    """Connects to the processes that environment variables name; does nothing without these.

    Raises:
        UserError: The variables are incomplete or wrong, Keras does not run on JAX, or the other
            processes cannot be reached.
    """
    if (named := _from_environment()) is None:
        return
    address, count, rank = named
    if os.environ.get(LOG_LEVEL) == "3":  # from `startup`; hides JAX's twenty lines on a lost peer
        os.environ[LOG_LEVEL] = "4"
    import jax

    no_peers = (
        f"Process {rank} of {count} could not reach the others through {address} within "
        f"{JOIN_TIMEOUT_S} s: start all {count} processes, and give each of them the address of "
        "the first one's host with a port that is free there"
    )
    _exit_on_abort(f"error: {no_peers}.\n")
    try:
        jax.distributed.initialize(
            address,
            count,
            rank,
            initialization_timeout=JOIN_TIMEOUT_S,
            heartbeat_timeout_seconds=HEARTBEAT_TIMEOUT_S,
        )
    except RuntimeError as error:
        raise UserError(f"{no_peers} ({' '.join(str(error).split())}).") from error
    _exit_on_abort(PEER_LOST)
    if (own := jax.local_device_count()) * count != (every := jax.device_count()):
        raise UserError(
            f"Process {rank} has {own} of {every} devices, but all {count} processes must have the "
            "same number: choose them with CUDA_VISIBLE_DEVICES."
        )


def _from_environment() -> tuple[str, int, int] | None:
    """The coordinator's address, the number of processes, and the rank of this one, if any."""
    given = {name: value for name in (ADDRESS, COUNT, RANK) if (value := os.environ.get(name))}
    missing = [name for name in (ADDRESS, COUNT, RANK) if name not in given]
    if not given:
        return None
    if missing:
        raise UserError(
            f"The environment sets {' and '.join(given)}, but not {' and '.join(missing)}: "
            "set all three to train with several processes, or none of them."
        )
    if (backend := os.environ.get("KERAS_BACKEND")) != "jax":
        raise UserError(
            f"{ADDRESS} is set, but Keras runs on {backend or 'tensorflow'}, which trains in one "
            "process only: set KERAS_BACKEND=jax, or unset the variable."
        )
    address, count, rank = given.values()
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UserError(f"{ADDRESS} is {address}, but should be HOST:PORT, as 10.0.0.1:12345 is.")
    if not (count.isdecimal() and rank.isdecimal() and int(rank) < int(count)):
        raise UserError(
            f"{COUNT} is {count} and {RANK} is {rank}: give the number of processes N, and to each "
            "process a different number from 0 to N - 1."
        )
    return (address, int(count), int(rank)) if int(count) > 1 else None


def _exit_on_abort(sentence: str) -> None:
    """Makes this process exit with a message when JAX aborts it because another one is lost.

    The handler is installed in C, since Python's own are not called in a process that aborts.
    """

    @ctypes.CFUNCTYPE(None, ctypes.c_int)
    def end(_: int) -> None:
        os.write(2, sentence.encode())
        _end(USER_ERROR)

    _kept_alive.append(end)
    ctypes.CDLL(None).signal(int(signal.SIGABRT), end)


def run_distributed(run: Callable[[], int]) -> int:
    """Runs a program that may call `join`, and returns its exit status.

    A process that succeeds waits for the others; one that fails exits at once, which the others
    notice.
    """
    try:
        status = run()
    except BaseException:
        if not joined():
            raise
        traceback.print_exc()
        status = FAILED
    if not joined():
        return status
    if status:
        _end(status)
    with await_peer_failure():
        _wait_for_all()
    import jax

    jax.distributed.shutdown()
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    return status


def _end(status: int) -> None:
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    for folder in _temporary:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(status)  # a normal exit would make JAX wait for the others


def joined() -> bool:
    """Whether this is one of several processes."""
    jax = sys.modules.get("jax")
    return jax is not None and jax.distributed.is_initialized()


def is_first() -> bool:
    """Whether this process writes the files that stay: the one of rank 0, or the only one."""
    return not joined() or sys.modules["jax"].process_index() == 0


def remove_at_end(folder: Path) -> None:
    """Removes a folder even when this process exits because another one did."""
    _temporary.append(folder)


def from_first(make: Callable[[], Arrays]) -> Arrays:
    """The arrays of numbers or of text, by name, that `make` returns in the first process."""
    if not joined():
        return make()
    file = io.BytesIO()
    if is_first():
        np.savez(file, allow_pickle=False, **make())
    content = np.frombuffer(file.getbuffer(), np.uint8)
    (size,) = arrays_from_first([np.array(content.size)])
    if not is_first():
        content = np.zeros(size, np.uint8)
    (content,) = arrays_from_first([content])
    with np.load(io.BytesIO(content.tobytes()), allow_pickle=False) as arrays:
        return dict(arrays)


def arrays_from_first(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The first process's arrays, in every process; the others pass any arrays of these shapes."""
    if not joined():
        return list(arrays)
    from jax.experimental.multihost_utils import broadcast_one_to_all

    flat = [np.ascontiguousarray(each).reshape(-1).view(np.uint8) for each in arrays]
    with await_peer_failure():
        _wait_for_all()
        received = broadcast_one_to_all(flat)
    pairs = zip(received, arrays, strict=True)
    return [np.array(new).view(old.dtype).reshape(old.shape) for new, old in pairs]


def require_same(what: str, content: bytes) -> None:
    """Checks that all processes have the same content.

    Raises:
        UserError: In a process whose content differs from the first one's.
    """
    own = np.frombuffer(hashlib.sha256(content).digest(), np.uint8)
    if not np.array_equal(own, arrays_from_first([own])[0]):
        raise UserError(
            f"{what} of this process and of the first one differ: start all processes with the "
            "same command, data and version of the program."
        )


def _wait_for_all() -> None:
    """Waits for all processes; one may search images for hours that another finds in its cache."""
    # The public functions of JAX wait no longer than a network operation may take.
    from jax._src.distributed import global_state

    global _barriers
    _barriers += 1
    client: Any = global_state.client
    client.wait_at_barrier(f"hyperface-{_barriers}", BARRIER_TIMEOUT_MS)


@contextmanager
def await_peer_failure() -> Iterator[None]:
    """Waits after a failed exchange, so that JAX can notice that another process is lost."""
    if not joined():
        yield
        return
    from jax.errors import JaxRuntimeError

    try:
        yield
    except JaxRuntimeError:
        time.sleep(3 * HEARTBEAT_TIMEOUT_S)  # which `_exit_on_abort` cuts short
        raise
