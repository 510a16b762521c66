"""Annotations in MATLAB files."""

import sys
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import parent_process
from pathlib import Path

import numpy as np
import scipy.io

from hyperface.errors import UserError
from hyperface.utils.pool import map_in_processes

if sys.platform != "win32":
    import resource

PROCESSES = 1  # worker processes that read a file; 0 reads it in this one
MAX_MEMORY, MAX_SECONDS = 2_000_000_000, 60  # bytes and processor time of the process that reads
MAX_BYTES = 200_000_000  # of a file; the annotations of a face data set take a few megabytes


def load_variable(path: Path, name: str) -> np.ndarray:
    """Reads one variable of a `.mat` file.

    This happens in a separate process, because a broken file can crash SciPy's parser. Cells become
    arrays of objects, structs become structured arrays of objects.

    Raises:
        UserError: The file cannot be read, or has no such variable.
    """
    try:
        (found,) = map_in_processes(partial(_load, name), [path], PROCESSES)
    except BrokenProcessPool:
        found = "its content crashes the reader"
    if isinstance(found, str):
        raise UserError(f"The MATLAB file {path} cannot be read: {found}.")
    return found


def _load(name: str, path: Path) -> np.ndarray | str:
    """The variable, or the reason why it cannot be read."""
    _limit_process()
    try:
        if path.stat().st_size > MAX_BYTES:
            return f"over the limit of {MAX_BYTES:,} bytes"
        variables = scipy.io.loadmat(path, variable_names=[name])
    except NotImplementedError:
        return "it has MATLAB's format 7.3; save it with `save -v7` and try again"
    except Exception as error:  # on broken bytes SciPy raises whatever its parser trips over
        return str(error) or type(error).__name__
    if name not in variables:
        return f"it has no variable {name!r}, so it may belong to another data set"
    return np.asarray(variables[name])


def _limit_process() -> None:
    """Limits a worker's memory and time, since a small file may unpack to a huge array."""
    if parent_process() is not None and sys.platform != "win32":
        for limit, most in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_CPU, MAX_SECONDS)):
            _, hard = resource.getrlimit(limit)
            resource.setrlimit(limit, (most, hard))


def unwrapped(value: object) -> np.ndarray:
    """The content of a cell with one element, however deeply nested; anything else unchanged."""
    value = np.asarray(value)
    while value.dtype == object and value.size == 1 and isinstance(value.item(), np.ndarray | str):
        value = np.asarray(value.item())
    return value


def text_of(value: object) -> str | None:
    """A MATLAB string, or one in a cell, as text; None for anything else."""
    value = unwrapped(value)
    return str(value.item()) if value.dtype.kind == "U" and value.size == 1 else None


def cells_of(value: object) -> list[np.ndarray]:
    """The contents of a row or column of cells."""
    value = np.asarray(value)
    return [np.asarray(cell) for cell in value.ravel()] if value.dtype == object else []


def numbers_of(value: object, *shape: int) -> np.ndarray | None:
    """A matrix of numbers of the given shape as float64; None for anything else."""
    value = np.asarray(value)
    if value.dtype.kind not in "iuf" or value.shape != shape:
        return None
    return value.astype(np.float64)
