"""What a process is told about the others; how several work together is in test_devices.py."""

import numpy as np
import pytest

from hyperface.errors import UserError
from hyperface.training import processes
from hyperface.training.processes import ADDRESS, COUNT, RANK

COMPLETE = {ADDRESS: "10.0.0.1:1234", COUNT: "2", RANK: "1", "KERAS_BACKEND": "jax"}


@pytest.fixture
def variables(monkeypatch):
    """Sets the variables of a process; None removes one."""
    for name in (ADDRESS, COUNT, RANK):
        monkeypatch.delenv(name, raising=False)

    def set_all(**changes):
        for name, text in {**COMPLETE, **changes}.items():
            if text is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, text)

    return set_all


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {COUNT: None},
            "The environment sets .* and JAX_PROCESS_ID, but not JAX_NUM_PROCESSES: set all three",
        ),
        ({COUNT: "", RANK: None}, "but not JAX_NUM_PROCESSES and JAX_PROCESS_ID: set all three"),
        ({ADDRESS: None}, "JAX_NUM_PROCESSES and JAX_PROCESS_ID, but not JAX_COORD"),
        ({"KERAS_BACKEND": "tensorflow"}, "runs on tensorflow, .* set KERAS_BACKEND=jax"),
        ({"KERAS_BACKEND": None}, "runs on tensorflow"),
        ({ADDRESS: "10.0.0.1"}, "10.0.0.1, but should be HOST:PORT"),
        ({ADDRESS: ":1234"}, "HOST:PORT"),
        ({ADDRESS: "host:port"}, "HOST:PORT"),
        ({RANK: "2"}, "JAX_NUM_PROCESSES is 2 and JAX_PROCESS_ID is 2: give the number"),
        ({RANK: "-1"}, "JAX_PROCESS_ID is -1"),
        ({COUNT: "two"}, "JAX_NUM_PROCESSES is two"),
        ({COUNT: "0", RANK: "0"}, "JAX_NUM_PROCESSES is 0"),
    ],
)
def test_what_cannot_be_joined_is_refused_in_one_sentence(variables, changes, sentence):
    variables(**changes)
    with pytest.raises(UserError, match=sentence):
        processes.join()


def test_nothing_is_joined_without_variables_or_as_the_only_process(variables):
    variables(**{ADDRESS: None, COUNT: None, RANK: None})
    processes.join()
    variables(**{COUNT: "1", RANK: "0"})
    processes.join()
    assert not processes.joined()


def test_a_process_on_its_own_writes_and_makes_everything_itself():
    made = {"boxes": np.ones((2, 4), np.float32)}
    assert processes.is_first()
    assert processes.from_first(lambda: made) is made
    (given,) = processes.arrays_from_first([made["boxes"]])
    assert given is made["boxes"]
    processes.require_same("the settings", b"any")
    assert processes.run_distributed(lambda: 2) == 2
    with pytest.raises(ZeroDivisionError):
        processes.run_distributed(lambda: 1 // 0)
