import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from hyperface.runs.lock import Lock, LockedError

HOLDER = """
    import sys, time
    from pathlib import Path
    from hyperface.runs.lock import Lock
    lock = Lock(Path(sys.argv[1]))
    print("held", flush=True)
    time.sleep(60)
"""
# The holder leaves a forked worker behind, as a pool does when its parent is killed.
FORKING_HOLDER = """
    import os, sys, time
    from pathlib import Path
    from hyperface.runs.lock import Lock
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


def test_a_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Lock(tmp_path / "nowhere" / "lock")


def test_waiting_is_no_part_of_it(tmp_path):
    lock = Lock(tmp_path / "lock")
    start = time.monotonic()
    with pytest.raises(LockedError):
        Lock(tmp_path / "lock")
    assert time.monotonic() - start < 1
    lock.release()
