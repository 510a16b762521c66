"""Two processes and two devices that train one network, against one process on one device."""

import json
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from two_processes import MINUTE, start, start_two, takes_minutes

from hyperface.training.processes import PEER_LOST

pytest.importorskip("jax")
pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent / "one_of_many.py"


def command(folder, epochs=2, pause=0.0):
    return [sys.executable, str(PROGRAM), str(folder), str(epochs), str(pause)]


def start_alone(folder, **variables):
    return start(command(folder), folder / "log", **variables)


def start_both(folder, **options):
    """Both processes, each with a folder of its own, named by its rank."""
    return start_two(
        lambda rank: command(folder / rank, **options), lambda rank: folder / rank / "log"
    )


def result_of(folder):
    return json.loads((folder / "result.json").read_text())


def same(ours, theirs):
    """Whether two trainings had the same losses of each batch, history and weights."""
    np.testing.assert_allclose(ours["losses"], theirs["losses"], atol=1e-4)
    np.testing.assert_allclose(ours["weights"], theirs["weights"], atol=1e-4)
    rows = zip(ours["history"], theirs["history"], strict=True)
    return all(
        mine[name] == pytest.approx(other[name], abs=1e-4)
        for mine, other in rows
        for name in set(mine) - {"seconds"}
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process on one device reaches in two epochs of ten batches."""
    folder = tmp_path_factory.mktemp("alone")
    assert start_alone(folder).wait(5 * MINUTE) == 0, (folder / "log").read_text()
    return result_of(folder)


def test_two_devices_of_one_process_train_as_one_does(alone, tmp_path):
    two = start_alone(tmp_path, XLA_FLAGS="--xla_force_host_platform_device_count=2")
    assert two.wait(5 * MINUTE) == 0, (tmp_path / "log").read_text()
    assert len(alone["losses"]) == 20
    assert same(result_of(tmp_path), alone)


def test_two_processes_train_as_one_does_and_the_first_alone_writes(alone, tmp_path):
    for process in start_both(tmp_path):
        assert process.wait(5 * MINUTE) == 0, [x.read_text() for x in tmp_path.glob("*/log")]
    assert same(result_of(tmp_path / "0"), alone)
    assert same(result_of(tmp_path / "1"), alone)
    first, second = (result_of(tmp_path / rank) for rank in "01")
    assert first["names"] == second["names"] == ["né", "0"]
    assert not first["difference"]
    assert second["difference"].startswith("the data of this process and of the first one differ")
    assert {path.name for path in (tmp_path / "0" / "run").iterdir()} >= {
        *("epoch-00002.h5", "history.csv", "best.weights.h5"),
    }
    assert not list((tmp_path / "1" / "run").iterdir())


@takes_minutes
@pytest.mark.parametrize("lost", [0, 1])
def test_a_killed_process_ends_the_other_and_the_same_commands_resume(alone, tmp_path, lost):
    two = start_both(tmp_path, pause=0.5)
    checkpoint = tmp_path / "0" / "run" / "epoch-00001.json"
    while not checkpoint.exists() and all(process.poll() is None for process in two):
        time.sleep(0.1)
    time.sleep(1)
    two[lost].send_signal(signal.SIGKILL)
    assert two[1 - lost].wait(MINUTE) == 2
    said = (tmp_path / str(1 - lost) / "log").read_text()
    assert said.endswith(PEER_LOST)
    assert "Traceback" not in said
    assert "Check failure" not in said
    assert len(said.removesuffix(PEER_LOST).splitlines()) <= 3  # its connection, and two epochs
    if lost:  # one resumed training is enough
        return

    for process in start_both(tmp_path):
        assert process.wait(5 * MINUTE) == 0, [x.read_text() for x in tmp_path.glob("*/log")]
    for rank in "01":
        assert "resumes after epoch 1 of 2" in (tmp_path / rank / "log").read_text()
        resumed = result_of(tmp_path / rank)
        resumed["losses"] = alone["losses"][:10] + resumed["losses"]
        assert same(resumed, alone)
