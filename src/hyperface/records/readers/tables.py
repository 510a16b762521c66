"""Text files line by line, whatever bytes they hold."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from hyperface.errors import UserError
from hyperface.records.record import Rejects

END = "end"  # of a list, for the block before it
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


def named_blocks(path: Path, rejects: Rejects) -> Iterator[tuple[str, str, list[str]]]:
    """Reads a list of blocks: a picture's name, the number of its faces, and a line for each.

    A line that begins with a number belongs to the name above it. Where the number of faces is 0, a
    line of zeros in place of a face is passed over.

    Yields:
        Where the block stands, the name, and the faces' lines. A block whose number is missing or
        wrong is rejected.

    Raises:
        UserError: The file cannot be read.
    """
    where, name, lines = path.name, None, []
    for number, line in chain(numbered_lines(path), [(0, END)]):
        if _begins_with_number(line):
            lines.append(line)
            continue
        if name is not None or lines:
            count, *faces = lines or [""]
            if (
                count == "0"
                and [word for face in faces for word in face.split() if word != "0"] == []
            ):
                faces = []
            if name is None or count != str(len(faces)):
                rejects.add("block without its name or the right number of its faces", where)
            else:
                yield where, name, faces
        where, name, lines = f"{path.name} line {number}", line, []


def _begins_with_number(line: str) -> bool:
    try:
        float(line.split()[0])
    except ValueError:
        return False
    return True


def numbers(words: list[str]) -> np.ndarray:
    """Reads words as float64 numbers; `nan` is allowed, as a missing value.

    Raises:
        ValueError: A word is not a number.
    """
    return np.array([float(word) for word in words], np.float64)
