"""What a program does before it imports TensorFlow.

The package itself changes nothing in the process that imports it. The programs that come with it
own their process: they keep the settings of other programs out, hold on to freed memory, and stop
without a traceback when Ctrl-C comes during the seconds that the imports take.
"""

import ctypes
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Information and warnings, not errors, of TensorFlow and the libraries in it.
GREETINGS = (
    r"WARNING: All log messages before absl::InitializeLog\(\)"
    r"|[IW]\d{4} [\d:. ]+\S+\.cc:\d+\] |\d{4}-\d\d-\d\d [\d:. ]+: [IW] \S+\.cc:\d+\] "
    r"|To enable the following instructions: "
)
_FILTER = """
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
for line in sys.stdin.buffer:
    if not re.match(sys.argv[1].encode(), line):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""
FILTER_TIMEOUT_S = 5  # seconds to wait for its last line
STOPPED = 130  # exit status after Ctrl-C
BACKENDS = ("tensorflow", "jax", "torch")  # of Keras, those that can train
DEFAULT_BACKEND = "tensorflow"
# Limits that somebody sets to try out another program quickly.
KERAS_LIMITS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
# Numbers of glibc's mallopt.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
INT_MAX = 2**31 - 1


def prepare_process() -> None:
    """Does all of it; called once, first, by the program that is run."""
    open_standard_streams()
    stop_quietly_while_importing()
    keep_freed_memory()
    quiet_tensorflow()
    ignore_plotting_settings()
    ignore_keras_settings()


def quiet_tensorflow() -> None:
    """Keeps TensorFlow's greetings off the screen, unless the environment sets its log level.

    While it is imported, TensorFlow writes some lines to stderr before it knows its log level, for
    instance that there is no CUDA. Another process drops these lines and passes on all others, so
    that nothing is lost if the import ends this process.
    """
    if LOG_LEVEL in os.environ:
        return
    os.environ[LOG_LEVEL] = "3"
    if os.name == "posix" and sys.executable:
        sys.meta_path.insert(0, _QuietImport())


class _QuietImport(MetaPathFinder):
    """Finds TensorFlow as the next finders do; its loader drops the greetings."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The specification of TensorFlow; None for other modules."""
        if name != "tensorflow":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def quietly(module: ModuleType) -> None:
                with _without_greetings():
                    run(module)

            spec.loader.exec_module = quietly  # type: ignore[method-assign]
        return spec


@contextmanager
def _without_greetings() -> Iterator[None]:
    """Drops the lines of `GREETINGS` from what is written to stderr inside, by whatever library."""
    try:
        kept = os.dup(2)
        command = [sys.executable, "-I", "-S", "-c", _FILTER, GREETINGS]
        others = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=kept)
    except OSError:  # no process or descriptor to be had: the greetings are only a nuisance
        yield
        return
    assert others.stdin is not None
    os.dup2(others.stdin.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        others.stdin.close()
        with suppress(subprocess.TimeoutExpired):  # a program that the import began holds the pipe
            others.wait(FILTER_TIMEOUT_S)
        os.close(kept)


def open_standard_streams() -> None:
    """Opens stdin, stdout and stderr on the null device where the caller has closed them.

    Otherwise the next file that is opened gets the number of stderr, and is written into by every
    library that prints a warning.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


def stop_quietly_while_importing() -> None:
    """Until `restore_ctrl_c`, Ctrl-C ends the process with one line and no traceback."""

    def stop(*_: object) -> None:
        os.write(2, b"\nstopped\n")
        os._exit(STOPPED)

    signal.signal(signal.SIGINT, stop)


def restore_ctrl_c() -> None:
    """From now on, Ctrl-C raises KeyboardInterrupt, as usual in Python."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory for the next tensor, where the environment says nothing.

    A training step frees and takes hundreds of megabytes. glibc returns large blocks to the
    system, which clears every page when it is taken again: a fifth of the processor time of a
    training on a virtual machine. One arena, because what the arenas of further threads hold is
    always given back. Set in the environment too, for the processes that this one starts. Other C
    libraries are left alone.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    for variable, option, value in (
        ("MALLOC_MMAP_MAX_", M_MMAP_MAX, 0),
        ("MALLOC_TRIM_THRESHOLD_", M_TRIM_THRESHOLD, INT_MAX),
        ("MALLOC_ARENA_MAX", M_ARENA_MAX, 1),
    ):
        if variable not in os.environ:
            mallopt(option, value)
            os.environ[variable] = str(value)


def ignore_plotting_settings() -> None:
    """Draws with Matplotlib's own defaults, into files.

    A notebook names a backend in MPLBACKEND that need not be installed here, and a `matplotlibrc`
    in the current folder or the user's may ask for LaTeX or another size of type.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ["MATPLOTLIBRC"] = os.devnull


def ignore_keras_settings() -> None:
    """Takes no more than the backend from KERAS_BACKEND or `keras.json`, and only if it is there.

    The rest of `keras.json` (channels first, another float type) is meant for other networks.
    """
    backend = os.environ.get("KERAS_BACKEND") or _configured_backend()
    if backend not in BACKENDS or importlib.util.find_spec(backend) is None:
        if os.environ.get("KERAS_BACKEND"):
            print(
                f"KERAS_BACKEND is {backend}, which is not installed here or cannot train; "
                f"{DEFAULT_BACKEND} computes instead.",
                file=sys.stderr,
            )
        backend = DEFAULT_BACKEND
    os.environ["KERAS_BACKEND"] = backend
    os.environ["KERAS_HOME"] = os.devnull  # in which Keras finds no file
    for name in KERAS_LIMITS:
        os.environ.pop(name, None)


def _configured_backend() -> str:
    """The backend that the user's `keras.json` names; the default where it names none."""
    try:
        home = os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser()
        return str(json.loads(Path(home, "keras.json").read_bytes())["backend"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError):
        return DEFAULT_BACKEND
