"""Text files line by line, whatever bytes they hold."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hyperface.errors import UserError

MAX_LINE = 1 << 16  # characters; keeps a binary file without line ends from filling the memory


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields line numbers, from 1, and stripped lines; empty ones are left out.

    Bytes that are not UTF-8 become the replacement character: such a line then fails to parse, or
    names a picture that is not there, and is counted like any other bad line.

    Raises:
        UserError: The file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline=None) as file:
            number = 0
            while line := file.readline(MAX_LINE):
                number += 1
                if stripped := line.strip():
                    yield number, stripped
    except OSError as error:
        raise UserError(f"The annotation file {path} cannot be read: {error.strerror}.") from error


def numbers(words: list[str]) -> np.ndarray:
    """Reads words as float64 numbers; `nan` is allowed, as a missing value.

    Raises:
        ValueError: A word is not a number.
    """
    return np.array([float(word) for word in words], np.float64)
