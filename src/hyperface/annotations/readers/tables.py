"""Text files line by line, and tables cell by cell, in any encoding."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError
from hyperface.utils.text import decode_windows_1252, text_lines

END = "end"  # marks the end of a list of blocks
SEPARATORS = (",", ";", "\t")
SEPARATOR_LINE = re.compile(r"sep=([,;\t])", re.IGNORECASE)
NUMBER_WITH_MARK = re.compile(r"[+-]?\d*[.,]\d+")
NUMBER_WITH_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
MAX_LINE = 1 << 16  # characters; keeps a binary file without line ends from filling the memory


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields line numbers, from 1, and stripped lines; empty lines are skipped.

    A line that is not UTF-8 is decoded as Windows-1252. If that is wrong too, the line fails to
    parse, or names a missing image, and is counted like any other bad line.

    Raises:
        UserError: The file cannot be read.
    """
    for number, line in _whole_lines(path):
        if stripped := line.strip():
            yield number, stripped


def _whole_lines(path: Path) -> Iterator[tuple[int, str]]:
    """As `numbered_lines`, but not stripped, since spaces and tabs may be empty cells."""
    try:
        for number, line in text_lines(path, MAX_LINE):
            yield number, decode_windows_1252(line)
    except OSError as error:
        raise UserError(f"The annotation file {path} cannot be read: {error.strerror}.") from error


@dataclass(frozen=True)
class Table:
    """A table whose first line names its columns."""

    path: Path
    columns: list[str]  # their names in lower case
    # Line numbers and stripped cells; None for a line with the wrong number of cells. Numbers have
    # a decimal point even if the file has decimal commas.
    rows: list[tuple[int, list[str] | None]]

    def cells(self, skipped: SkipReport) -> Iterator[tuple[str, dict[str, str]]]:
        """Yields the location and the cells of each row by column; bad rows are counted."""
        for number, row in self.rows:
            where = f"{self.path.name} line {number}"
            if row is None or len(row) != len(self.columns):
                skipped.add(f"row without {len(self.columns)} cells", where)
            else:
                yield where, dict(zip(self.columns, row, strict=True))


def read_table(path: Path) -> Table:
    """Reads a table as programs and spreadsheets save it.

    Cells are separated by commas, semicolons or tabs, whichever gives the most cells in the first
    line; a first line `sep=;`, which Excel writes and reads, is not a row. Empty rows are skipped,
    and so are empty columns without a name at the end. Decimal commas become points.

    Raises:
        UserError: The file cannot be read.
    """
    separator: str | None = None
    rows: list[tuple[int, list[str] | None]] = []
    for number, line in _whole_lines(path):
        if separator is None:
            if named := SEPARATOR_LINE.fullmatch(line.strip(' "')):
                separator = named[1]
                continue
            separator = max(SEPARATORS, key=line.count)
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True))
        except (csv.Error, StopIteration):
            rows.append((number, None))
            continue
        cells = [cell.strip() for cell in cells]
        if any(cells):
            rows.append((number, cells))
    header = (rows.pop(0)[1] if rows else None) or []
    width = max((place for place, name in enumerate(header, start=1) if name), default=0)
    for place, (number, row) in enumerate(rows):
        if row is not None and len(row) == len(header) and not any(row[width:]):
            rows[place] = number, row[:width]
    if _has_decimal_commas(rows, separator):
        rows = [(number, row and list(map(_with_point, row))) for number, row in rows]
    return Table(path, [name.lower() for name in header[:width]], rows)


def _has_decimal_commas(rows: list[tuple[int, list[str] | None]], separator: str | None) -> bool:
    """Whether commas in the numbers of a table are decimal.

    If semicolons separate the cells, a comma is probably decimal. It may also separate thousands,
    unless some number rules this out, and it is not decimal in a table with decimal points.
    """
    cells = (cell for _, row in rows for cell in row or ())
    numbers = {cell for cell in cells if NUMBER_WITH_MARK.fullmatch(cell)}
    if any("." in number for number in numbers):
        return False
    return separator == ";" or not all(map(THOUSANDS.fullmatch, numbers))


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if NUMBER_WITH_COMMA.fullmatch(cell) else cell


def named_blocks(path: Path, skipped: SkipReport) -> Iterator[tuple[str, str, list[str]]]:
    """Reads a list of blocks: an image's name, the number of its faces, and a line for each.

    A line of numbers belongs to the name above it. If the number of faces is 0, a line of zeros
    instead of a face is skipped.

    Yields:
        The location of the block, the name, and the lines of the faces. A block with a missing or
        wrong number is skipped.

    Raises:
        UserError: The file cannot be read.
    """
    where = path.name
    name: str | None = None
    lines: list[str] = []
    for (number, line), (_, ahead) in pairwise(chain(numbered_lines(path), [(0, END)] * 2)):
        if not _is_name(line, ahead, ended=_faces(lines) is not None if lines else name is None):
            lines.append(line)
            continue
        if name is not None or lines:
            faces = _faces(lines)
            if name is None or faces is None:
                skipped.add("block without a name or with the wrong number of faces", where)
            else:
                yield where, name, faces
        where, name, lines = f"{path.name} line {number}", line, []


def _faces(lines: list[str]) -> list[str] | None:
    """The lines of the faces from those after the name; None if their number is wrong."""
    count, *faces = lines or [""]
    if count == "0" and not [word for face in faces for word in face.split() if word != "0"]:
        return []
    return faces if count == str(len(faces)) else None


def _is_name(line: str, ahead: str, ended: bool) -> bool:
    """Whether a line of a list of blocks is an image's name, such as `12 people.jpg` or `0012`.

    After a name, the line ahead is a single whole number. If the block above has ended, no further
    face is expected.
    """
    numeric = list(map(_is_number, line.split()))
    if not numeric[0]:
        return True
    if all(numeric):
        return len(numeric) == 1 and ended and ahead.isdecimal()
    return ended or ahead.isdecimal()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def parsed(
    parse: Callable[[Path], np.ndarray], path: Path, name: str, skipped: SkipReport
) -> np.ndarray | None:
    """Parses the label file of one image; None, counted in `skipped`, if it cannot be used.

    `parse` raises `ValueError` with the reason.
    """
    try:
        return parse(path)
    except ValueError as error:
        skipped.add(str(error), name)
    except UserError:
        skipped.add(f"unreadable {path.suffix.lower()} file", name)
    return None


def rows_of_numbers(lines: list[str], count: int) -> np.ndarray:
    """The first `count` numbers of some lines, (N, count) float64; the rest is ignored.

    Raises:
        ValueError: A line has fewer numbers, or a word that is not a number.
    """
    return np.array([numbers(line.split()[:count]) for line in lines]).reshape(len(lines), count)


def numbers(words: list[str]) -> np.ndarray:
    """Reads words as float64 numbers; `nan` is allowed, as a missing value.

    Raises:
        ValueError: A word is not a number.
    """
    return np.array([float(word) for word in words], np.float64)
