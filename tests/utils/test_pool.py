import errno
import multiprocessing
import os
import sys
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from hyperface.utils import pool
from hyperface.utils.pool import map_in_processes


def test_without_workers_this_process_computes():
    assert list(map_in_processes(abs, [-1, 2, -3], workers=0)) == [1, 2, 3]


@pytest.mark.slow
def test_results_come_in_the_order_of_the_items():
    # `complex` and `os.path.basename` unpickle in any process, whatever the test runner is.
    names = [f"{number}/{number}" for number in range(9)]
    assert list(map_in_processes(os.path.basename, names, 2)) == [str(n) for n in range(9)]


@pytest.mark.slow
def test_workers_do_not_import_the_program():
    (modules,) = map_in_processes(eval, ["sorted(__import__('sys').modules)"], 1)
    assert "hyperface.utils.pool" in modules
    assert "__mp_main__" in modules  # Empty, as spawn leaves it: not the script again.
    assert not {"pytest", "keras", "tensorflow"} & set(modules)
    assert sys.modules["__main__"].__name__ == "__main__"


@pytest.mark.slow
def test_an_early_close_ends_the_workers_at_once():
    results = map_in_processes(time.sleep, [0.0, 60.0, 60.0, 60.0, 60.0], 2)
    next(results)
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < 10
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_killed_worker_is_noticed():
    with pytest.raises(BrokenProcessPool):
        list(map_in_processes(os._exit, [3], 1))


def test_a_system_without_shared_semaphores_computes_here(monkeypatch):
    def no_pool(*_, **__):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(pool, "ProcessPoolExecutor", no_pool)
    assert list(map_in_processes(abs, [-1, 2, -3], workers=2)) == [1, 2, 3]
