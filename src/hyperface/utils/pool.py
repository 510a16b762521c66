"""Worker processes that do not import the program that starts them."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Generator[Result, None, None]:
    """Yields the results of `function` in the order of the items, computed by worker processes.

    Leaving the loop early, for instance by Ctrl-C, cancels the items that have not begun.

    Args:
        function: A function of an importable module, not of the running script; arguments and
            results are pickled.
        items: The arguments.
        workers: Number of processes; 0 computes in this process.

    Raises:
        concurrent.futures.process.BrokenProcessPool: A worker was killed.
    """
    if workers < 1:
        yield from map(function, items)
        return
    # Spawned, not forked: a fork copies TensorFlow's locks but not its threads, and can hang.
    try:
        pool = ProcessPoolExecutor(
            min(workers, max(1, len(items))),
            multiprocessing.get_context("spawn"),
            initializer=_begin_worker,
        )
    except (OSError, ImportError, NotImplementedError):  # a system without shared semaphores
        yield from map(function, items)
        return
    others = multiprocessing.active_children()
    try:
        with _hide_main_module():
            results = pool.map(function, items)  # Every process starts within this call.
        yield from results
    except BaseException:  # Ctrl-C and an early close, too: what is begun is of no more use.
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _hide_main_module() -> Iterator[None]:
    """Hides the running script from processes spawned inside the block.

    A spawned process imports the script again to unpickle objects defined there. There are none,
    and the import would load TensorFlow: seconds and hundreds of megabytes per worker.
    """
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _begin_worker() -> None:
    """Makes a worker ignore Ctrl-C, which the parent handles, and exit when the parent exits."""
    cv2.setNumThreads(1)  # The processes share the cores already.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
