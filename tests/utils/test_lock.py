import errno
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from hyperface.utils.lock import Lock, LockedError

HOLDER = """
    import sys, time
    from pathlib import Path
    from hyperface.utils.lock import Lock
    lock = Lock(Path(sys.argv[1]))
    print("held", flush=True)
    time.sleep(60)
"""
HOLDER_WITHOUT_FLOCK = """
    import errno, fcntl, sys, time
    from pathlib import Path
    from hyperface.utils.lock import Lock

    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    fcntl.flock = flock
    lock = Lock(Path(sys.argv[1]))
    print("held", flush=True)
    time.sleep(60)
"""
# The holder leaves a forked worker behind, as a pool does when its parent is killed.
FORKING_HOLDER = """
    import os, sys, time
    from pathlib import Path
    from hyperface.utils.lock import Lock
    lock = Lock(Path(sys.argv[1]))
    worker = os.fork()
    if worker:
        time.sleep(0.1)
        print("held", worker, flush=True)
    time.sleep(60)
"""


def hold(script: str, path) -> tuple[subprocess.Popen, list[str]]:
    """A process that holds the lock, and the words it said when it had it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    words = holder.stdout.readline().split()
    assert words[0] == "held"
    return holder, words


def test_a_lock_is_held_until_released(tmp_path):
    lock = Lock(tmp_path / "lock")
    with pytest.raises(LockedError):
        Lock(tmp_path / "lock")
    lock.release()
    Lock(tmp_path / "lock").release()


def test_a_left_lock_file_holds_nothing(tmp_path):
    (tmp_path / "lock").write_text("stale")
    Lock(tmp_path / "lock").release()


def test_another_processes_lock_goes_with_its_sigkill(tmp_path):
    holder, _ = hold(HOLDER, tmp_path / "lock")
    try:
        with pytest.raises(LockedError):
            Lock(tmp_path / "lock")
    finally:
        holder.kill()
        holder.communicate()
    Lock(tmp_path / "lock").release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_worker_that_outlives_the_holder_does_not_hold_the_lock(tmp_path):
    holder, (_, worker) = hold(FORKING_HOLDER, tmp_path / "lock")
    try:
        with pytest.raises(LockedError):
            Lock(tmp_path / "lock")
        holder.kill()
        holder.wait()
        os.kill(int(worker), 0)  # It lives.
        Lock(tmp_path / "lock").release()
    finally:
        holder.kill()
        os.kill(int(worker), signal.SIGKILL)
        holder.communicate()


def test_a_file_where_the_folder_should_be_is_an_os_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        Lock(tmp_path / "file" / "lock")


def test_a_held_lock_raises_without_waiting(tmp_path):
    lock = Lock(tmp_path / "lock")
    start = time.monotonic()
    with pytest.raises(LockedError):
        Lock(tmp_path / "lock")
    assert time.monotonic() - start < 1
    lock.release()


@pytest.fixture
def no_flock(monkeypatch):
    """A file system that knows no locks, such as some network mounts."""
    fcntl = pytest.importorskip("fcntl")

    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.usefixtures("no_flock")
def test_without_locks_of_the_system_it_is_held_until_released(tmp_path):
    lock = Lock(tmp_path / "lock")
    with pytest.raises(LockedError):
        Lock(tmp_path / "lock")
    lock.release()
    Lock(tmp_path / "lock").release()


@pytest.mark.usefixtures("no_flock")
def test_without_locks_of_the_system_that_of_a_killed_process_counts_for_nothing(tmp_path):
    holder, _ = hold(HOLDER_WITHOUT_FLOCK, tmp_path / "lock")
    try:
        with pytest.raises(LockedError):
            Lock(tmp_path / "lock")
    finally:
        holder.kill()
        holder.communicate()
    Lock(tmp_path / "lock").release()


def test_other_errors_of_the_system_are_not_taken_for_missing_locks(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def flock(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="Input/output error"):
        Lock(tmp_path / "lock")
