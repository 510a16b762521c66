"""A program's start under settings that were made for other programs, and on poor systems.

With such settings, `test_programs.py` starts every program, and `test_main.py` runs main.py to its
end.
"""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parent.parent / "src"
FOREIGN = (
    "TF_CPP_MIN_LOG_LEVEL",
    "MPLBACKEND",
    "MATPLOTLIBRC",
    "KERAS_BACKEND",
    "KERAS_HOME",
    "PYTHONPATH",
)
NOTEBOOK = "module://matplotlib_inline.backend_inline"


def surroundings(**variables):
    """The environment of the tests without what a developer has set, and with some variables."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "PYTHONPATH": str(SRC), **variables}


def python(script, *options, **variables):
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(script)],
        env=surroundings(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def environment_after_start(**variables):
    """What the environment is after `prepare_process`, and what was said."""
    done = python(
        """
        import json, os
        from hyperface.startup import prepare_process
        prepare_process()
        print(json.dumps(dict(os.environ)))
        """,
        **variables,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def keras_home(folder, **settings):
    folder.mkdir(exist_ok=True)
    (folder / "keras.json").write_text(json.dumps(settings))
    return str(folder)


def test_drawing_settings_of_a_notebook_are_skipped(tmp_path):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n")
    found, _ = environment_after_start(
        MPLBACKEND=NOTEBOOK, MATPLOTLIBRC=str(tmp_path / "matplotlibrc")
    )
    assert found["MPLBACKEND"] == "agg"
    assert found["MATPLOTLIBRC"] == os.devnull


@pytest.mark.parametrize("backend", ["theano", "openvino", "no such thing"])
def test_a_backend_that_cannot_train_here_is_reported_and_replaced(backend):
    found, said = environment_after_start(KERAS_BACKEND=backend)
    assert found["KERAS_BACKEND"] == "tensorflow"
    assert said.count("\n") == 1
    assert f"KERAS_BACKEND is {backend}" in said
    assert "tensorflow computes instead" in said


def test_a_backend_that_is_there_is_taken():
    found, said = environment_after_start(KERAS_BACKEND="jax")
    assert found["KERAS_BACKEND"] == "jax"
    assert not said


@pytest.mark.parametrize(
    ("settings", "backend"),
    [
        ({"backend": "jax", "image_data_format": "channels_first"}, "jax"),
        ({"backend": "theano"}, "tensorflow"),
        ({"floatx": "float16"}, "tensorflow"),
        ({"backend": None}, "tensorflow"),
        ([], "tensorflow"),
    ],
)
def test_only_the_backend_of_keras_json_is_used(tmp_path, settings, backend):
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    found, said = environment_after_start(KERAS_HOME=str(tmp_path))
    assert found["KERAS_BACKEND"] == backend
    assert found["KERAS_HOME"] == os.devnull
    assert not said


def test_a_broken_keras_json_is_ignored(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": ')
    found, said = environment_after_start(KERAS_HOME=str(tmp_path))
    assert found["KERAS_BACKEND"] == "tensorflow"
    assert not said


def test_limits_on_keras_epochs_are_ignored():
    found, _ = environment_after_start(KERAS_MAX_EPOCHS="1", KERAS_MAX_STEPS_PER_EPOCH="2")
    assert not [name for name in found if name.startswith("KERAS_MAX")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_freed_memory_is_kept_unless_the_environment_says_otherwise():
    found, _ = environment_after_start(MALLOC_ARENA_MAX="4")
    assert found["MALLOC_ARENA_MAX"] == "4"
    assert found["MALLOC_MMAP_MAX_"] == "0"
    assert found["MALLOC_TRIM_THRESHOLD_"] == "2147483647"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_freed_memory_is_not_given_back():
    script = """
        import resource
        import numpy as np
        from hyperface.startup import keep_freed_memory

        if {keeps}:
            keep_freed_memory()
        for _ in range(3):
            np.ones(25_000_000)  # 200 MB: 48,829 pages
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(3):
            np.ones(25_000_000)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    """
    faults = {keeps: int(python(script.format(keeps=keeps)).stdout) for keeps in (False, True)}
    assert faults[True] < 100
    assert faults[False] >= 3 * 200  # pages of 2 MB at least, where the system has such


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the streams")
@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_stop_a_program_or_hit_its_files(tmp_path, closed):
    script = f"""
        import os, sys
        from hyperface.startup import prepare_process
        prepare_process()
        from hyperface.utils.progress import progress
        with open({str(tmp_path / "rows")!r}, "w") as file:
            assert file.fileno() > 2
            os.write(2, b"a library's warning")
            print("said", file=sys.stderr)
            print("said")
            file.writelines(f"{{number}} " for number in progress([1, 2, 3], description="rows"))
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    done = subprocess.run(
        f"'{sys.executable}' '{tmp_path / 'script.py'}' {closed}",
        shell=True,
        env=surroundings(),
        check=False,
    )
    assert done.returncode == 0
    assert (tmp_path / "rows").read_text() == "1 2 3 "


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to send")
def test_ctrl_c_while_importing_is_one_line_without_a_traceback():
    script = """
        from hyperface.startup import prepare_process
        prepare_process()
        print("importing", flush=True)
        import time
        time.sleep(60)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "importing\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "\nstopped\n"


def test_ctrl_c_raises_keyboard_interrupt_after_the_start():
    done = python("""
        import os, signal
        from hyperface.startup import prepare_process
        prepare_process()
        from hyperface.utils.command import exit_status
        def work():
            os.kill(os.getpid(), signal.SIGINT)
        raise SystemExit(exit_status(work, "the same command resumes"))
    """)
    assert done.returncode == 130
    assert done.stderr == "\nstopped; the same command resumes\n"


def test_importing_the_package_changes_nothing():
    done = python("""
        import os, signal
        before = dict(os.environ), signal.getsignal(signal.SIGINT)
        import hyperface, hyperface.startup
        assert (dict(os.environ), signal.getsignal(signal.SIGINT)) == before
    """)
    assert done.returncode == 0, done.stderr


GREETINGS = """
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795699702.545352   11167 cudart_stub.cc:31] Could not find cuda drivers on your machine
2026-11-26 13:24:00.793559: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.
W0000 00:00:1795699702.545352   11167 cpu_feature_guard.cc:227] This TensorFlow binary is optimized
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.
"""
ERROR = "E0000 00:00:1795699735.356549   11257 x.cc:52] a real error\n"
FATAL = "2026-11-26 13:24:00.793559: F tensorflow/x.cc:37] this CPU has no AVX\n"


@pytest.mark.skipif(os.name != "posix", reason="greetings stay elsewhere")
@pytest.mark.parametrize("ends", ["", "os.abort()", "raise ImportError('broken')"])
def test_importing_tensorflow_shows_only_errors(tmp_path, ends):
    (tmp_path / "tensorflow.py").write_text(
        f"import os\nos.write(2, {(GREETINGS + ERROR + FATAL).strip().encode()!r} + b'\\n')\n"
        f"there = True\n{ends}\n"
    )
    done = python(
        """
        import os
        from hyperface.startup import prepare_process
        prepare_process()
        import tensorflow
        assert tensorflow.there
        os.write(2, b"W0000 00:00:1 after.cc:1] the import\\n")
        """,
        PYTHONPATH=os.pathsep.join([str(SRC), str(tmp_path)]),
    )
    after = "W0000 00:00:1 after.cc:1] the import\n"
    assert done.stderr.startswith(ERROR + FATAL + ("" if ends else after))
    assert (done.returncode == 0) == (not ends)
    assert ("ImportError: broken" in done.stderr) == ("broken" in ends)


def test_the_users_log_level_is_kept(tmp_path):
    (tmp_path / "tensorflow.py").write_text(f"import os\nos.write(2, {GREETINGS.encode()!r})")
    done = python(
        """
        import os
        from hyperface.startup import prepare_process
        prepare_process()
        import tensorflow
        assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
        """,
        PYTHONPATH=os.pathsep.join([str(SRC), str(tmp_path)]),
        TF_CPP_MIN_LOG_LEVEL="0",
    )
    assert done.stderr == GREETINGS


@pytest.mark.slow
def test_networks_are_channels_last_whatever_keras_is_told(tmp_path):
    """The other networks are trained where Keras is told so in `test_backends.py`."""
    home = keras_home(tmp_path / "keras", image_data_format="channels_first", backend="tensorflow")
    done = python(
        """
        import numpy as np
        from hyperface.models.proposal_detector import build_proposal_detector
        from hyperface.models.table import build_network
        model = build_network("hyperface", width=0.125)
        assert model.input_shape == (None, 227, 227, 3)
        assert model(np.zeros((1, 227, 227, 3), np.float32))["landmarks"].shape == (1, 42)
        assert model.count_params() == COUNT
        assert build_proposal_detector()(np.zeros((1, 64, 64, 3), np.float32)).shape == (1, 85, 5)
        """.replace("COUNT", "537_102"),
        KERAS_HOME=home,
    )
    assert done.returncode == 0, done.stderr
