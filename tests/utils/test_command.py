import os
import subprocess
import sys
from pathlib import Path

import pytest

from hyperface.errors import UserError
from hyperface.utils.command import exit_status


def fails(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(("result", "status"), [(None, 0), (0, 0), (1, 1)])
def test_the_exit_status_is_the_result_of_the_work(result, status):
    assert exit_status(lambda: result) == status


def test_a_result_that_is_no_status_is_a_success():
    assert exit_status(lambda: Path("runs")) == 0


def test_each_error_is_one_sentence(capsys):
    assert exit_status(fails(UserError("There is no x; give another."))) == 2
    assert capsys.readouterr().err == "error: There is no x; give another.\n"
    assert exit_status(fails(OSError(28, "No space left on device"))) == 2
    assert capsys.readouterr().err == (
        "error: [Errno 28] No space left on device; fix it, and the same command resumes\n"
    )
    assert exit_status(fails(KeyboardInterrupt()), "it begins anew") == 130
    assert capsys.readouterr().err == "\nstopped; it begins anew\n"


def test_a_closed_pipe_is_not_an_error():
    code = "from hyperface.utils.command import exit_status; import sys; " + (
        "sys.exit(exit_status(lambda: [print('x' * 99) for _ in range(9999)] and None))"
    )
    ours = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    ours.stdout.readline()
    ours.stdout.close()
    assert (ours.stderr.read(), ours.wait()) == (b"", 0)
    ours.stderr.close()


def test_a_bug_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 / 0)
