"""Prepares the process of a program before it imports TensorFlow.

Importing the package changes nothing in a process. Its programs own their process: they ignore the
settings of other programs, keep freed memory, and exit without a traceback if Ctrl-C is pressed
during the seconds that the imports take.
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
FILTER_TIMEOUT_S = 5  # seconds to wait for the last line of the filter
STOPPED = 130  # exit status after Ctrl-C
BACKENDS = ("tensorflow", "jax", "torch")  # the backends of Keras that can train
DEFAULT_BACKEND = "tensorflow"
# Limits that a user may have set to try out another program quickly.
KERAS_LIMITS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
# Numbers of glibc's mallopt.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
INT_MAX = 2**31 - 1


def prepare_process() -> None:
    """Runs all preparations; a program calls it once, before anything else."""
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
    """Drops the lines of `GREETINGS` that any library writes to stderr inside the block."""
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

    Otherwise the next opened file would get the descriptor of stderr, and every library that prints
    a warning would write into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


def stop_quietly_while_importing() -> None:
    """Makes Ctrl-C exit with one line and no traceback, until `restore_ctrl_c` is called."""

    def stop(*_: object) -> None:
        os.write(2, b"\nstopped\n")
        os._exit(STOPPED)

    signal.signal(signal.SIGINT, stop)


def restore_ctrl_c() -> None:
    """Makes Ctrl-C raise KeyboardInterrupt again, as usual in Python."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory for the next tensor, unless the environment configures it.

    A training step frees and allocates hundreds of megabytes. glibc returns large blocks to the
    system, which clears every page when it is allocated again: a fifth of the processor time of a
    training on a virtual machine. There is one arena, because glibc always returns the memory of
    further arenas. The environment is set too, for child processes. Other C libraries are not
    changed.
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
    """Makes Matplotlib use its own defaults and draw into files.

    The backend that a notebook sets in MPLBACKEND may not be installed here, and a `matplotlibrc`
    of the user may require LaTeX or another font size.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ["MATPLOTLIBRC"] = os.devnull


def ignore_keras_settings() -> None:
    """Ignores the user's settings of Keras, except for a backend that is installed.

    The rest of `keras.json` (channels first, another float type) is meant for other networks.
    """
    backend = os.environ.get("KERAS_BACKEND") or _configured_backend()
    if backend not in BACKENDS or importlib.util.find_spec(backend) is None:
        if os.environ.get("KERAS_BACKEND"):
            print(
                f"KERAS_BACKEND is {backend}, which is not installed or cannot train; "
                f"{DEFAULT_BACKEND} is used instead.",
                file=sys.stderr,
            )
        backend = DEFAULT_BACKEND
    os.environ["KERAS_BACKEND"] = backend
    os.environ["KERAS_HOME"] = os.devnull  # so that Keras finds no configuration file
    for name in KERAS_LIMITS:
        os.environ.pop(name, None)


def _configured_backend() -> str:
    """The backend in the user's `keras.json`, or the default one."""
    try:
        home = os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser()
        return str(json.loads(Path(home, "keras.json").read_bytes())["backend"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError):
        return DEFAULT_BACKEND
