"""Several processes that train one network together, on JAX: who they are, and what they share.

All run the same steps. The first one, of rank 0, alone writes what stays. What it has read, found
or computed, and the others cannot know or might find otherwise, it sends them (`from_first`).
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
JOIN_S = 300  # seconds within which all processes must start
HEARTBEAT_S = 20  # seconds of silence after which a process counts as lost
PATIENCE_MS = 7 * 24 * 3600 * 1000  # how long processes wait for each other's steps
LOST = (
    "error: another process of this training ended or cannot be reached (TF_CPP_MIN_LOG_LEVEL=0 "
    "shows the messages of JAX); start all of them again to resume after the last finished epoch\n"
)
FAILED, MISTAKE = 1, 2  # exit statuses
Arrays = Mapping[str, np.ndarray]

_temporary: list[Path] = []
_kept: list[object] = []  # what C code calls must not be collected
_barriers = 0  # passed so far, as many in every process


def join() -> None:
    """Joins the processes that the environment names; does nothing where it names none.

    Raises:
        UserError: The variables are incomplete or wrong, Keras does not compute on JAX, or the
            other processes do not come.
    """
    if (named := _from_environment()) is None:
        return
    address, count, rank = named
    if os.environ.get(LOG_LEVEL) == "3":  # of `startup`; JAX says in twenty lines what LOST says
        os.environ[LOG_LEVEL] = "4"
    import jax

    alone = (
        f"process {rank} of {count} found no connection to the others by way of {address} within "
        f"{JOIN_S} s: start all {count}, and give each the address of the first one's host with a "
        "port that is free there"
    )
    _answer_abort(f"error: {alone}\n")
    try:
        jax.distributed.initialize(
            address,
            count,
            rank,
            initialization_timeout=JOIN_S,
            heartbeat_timeout_seconds=HEARTBEAT_S,
        )
    except RuntimeError as error:
        raise UserError(f"{alone} ({' '.join(str(error).split())})") from error
    _answer_abort(LOST)
    if (own := jax.local_device_count()) * count != (every := jax.device_count()):
        raise UserError(
            f"process {rank} has {own} of {every} devices, but each of the {count} processes must "
            "have as many: choose them with CUDA_VISIBLE_DEVICES"
        )


def _from_environment() -> tuple[str, int, int] | None:
    """The coordinator's address, the number of processes, and the rank of this one, if any."""
    given = {name: value for name in (ADDRESS, COUNT, RANK) if (value := os.environ.get(name))}
    missing = [name for name in (ADDRESS, COUNT, RANK) if name not in given]
    if not given:
        return None
    if missing:
        raise UserError(
            f"{' and '.join(given)} is set, but not {' and '.join(missing)}: set all three to "
            "train with several processes, or none of them"
        )
    if (backend := os.environ.get("KERAS_BACKEND")) != "jax":
        raise UserError(
            f"{ADDRESS} is set, but Keras computes on {backend or 'tensorflow'}, where a training "
            "is one process: set KERAS_BACKEND=jax, or remove the variable"
        )
    address, count, rank = given.values()
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UserError(f"{ADDRESS} is {address}, but should be HOST:PORT, as in 10.0.0.1:12345")
    if not (count.isdecimal() and rank.isdecimal() and int(rank) < int(count)):
        raise UserError(
            f"{COUNT} is {count} and {RANK} is {rank}: give the number of processes, and to each "
            "another number from 0 to one less"
        )
    return (address, int(count), int(rank)) if int(count) > 1 else None


def _answer_abort(sentence: str) -> None:
    """JAX aborts a process that misses another one; it ends with a sentence instead.

    Python's own signal handlers are not called in a process that aborts.
    """

    @ctypes.CFUNCTYPE(None, ctypes.c_int)
    def end(_: int) -> None:
        os.write(2, sentence.encode())
        _end(MISTAKE)

    _kept.append(end)
    ctypes.CDLL(None).signal(int(signal.SIGABRT), end)


def together(run: Callable[[], int]) -> int:
    """Runs a program that may `join`, and returns its exit status.

    A process that succeeds waits for the others; one that fails ends at once, by which the others
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
    with losing_others():
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
    os._exit(status)  # else JAX waits for the others


def joined() -> bool:
    """Whether this is one of several processes."""
    jax = sys.modules.get("jax")
    return jax is not None and jax.distributed.is_initialized()


def is_first() -> bool:
    """Whether this process is to write what stays: that of rank 0, or the only one."""
    return not joined() or sys.modules["jax"].process_index() == 0


def remove_at_end(folder: Path) -> None:
    """Removes a folder also when this process ends because another one did."""
    _temporary.append(folder)


def from_first(make: Callable[[], Arrays]) -> Arrays:
    """What the first process makes, in every process; the others do not make it.

    Args:
        make: Gives arrays of numbers or of text, by name.
    """
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
    """The first process's arrays, in every process; the others give any of the same shapes."""
    if not joined():
        return list(arrays)
    from jax.experimental.multihost_utils import broadcast_one_to_all

    flat = [np.ascontiguousarray(each).reshape(-1).view(np.uint8) for each in arrays]
    with losing_others():
        _wait_for_all()
        received = broadcast_one_to_all(flat)
    pairs = zip(received, arrays, strict=True)
    return [np.array(new).view(old.dtype).reshape(old.shape) for new, old in pairs]


def require_same(what: str, content: bytes) -> None:
    """Checks that all processes have the same of something.

    Raises:
        UserError: In a process that has something else than the first one.
    """
    own = np.frombuffer(hashlib.sha256(content).digest(), np.uint8)
    if not np.array_equal(own, arrays_from_first([own])[0]):
        raise UserError(
            f"{what} of this process and of the first one differ: start all processes with the "
            "same command, data and version of the program"
        )


def _wait_for_all() -> None:
    """Waits until all processes are here; one may search images for hours that another knows."""
    # No public function of JAX waits longer than a network operation may take.
    from jax._src.distributed import global_state

    global _barriers
    _barriers += 1
    client: Any = global_state.client
    client.wait_at_barrier(f"hyperface-{_barriers}", PATIENCE_MS)


@contextmanager
def losing_others() -> Iterator[None]:
    """Gives JAX the time to notice that another process is lost, where an exchange fails for it."""
    if not joined():
        yield
        return
    from jax.errors import JaxRuntimeError

    try:
        yield
    except JaxRuntimeError:
        time.sleep(3 * HEARTBEAT_S)  # which `_answer_abort` cuts short
        raise
