"""The files that rows are added to, from where they were stopped."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hyperface.errors import UserError
from hyperface.predictions.rows import SKIPPED, csv_header, csv_text
from hyperface.runs.files import write_aside
from hyperface.runs.text import is_whole, text_lines

FILE_NAME, TABLE_NAME = "faces.jsonl", "faces.csv"


class Results:
    """Rows on disk, each whole as soon as it is there.

    Args:
        folder: Of `faces.jsonl`, made where it is missing. A row that a kill left half written is
            removed from the file.

    Raises:
        UserError: The file there is not of this form.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE_NAME
        self._table = folder / TABLE_NAME
        self._done: dict[str, int] = {}  # by image, how many rows
        if self.path.exists():
            self._cut_half_a_row()
        for row in self.rows():
            self._done[row["image"]] = self._done.get(row["image"], 0) + 1

    def count(self, image: str) -> int:
        """How many rows of an image there are: 1 for a picture, one a frame of a video."""
        return self._done.get(image, 0)

    def add(self, row: dict) -> None:
        """Writes one row."""
        with self.path.open("ab") as file:
            file.write(_line(row))
        self._done[row["image"]] = self.count(row["image"]) + 1

    def rows(self) -> Iterator[dict]:
        """Reads the rows back, one at a time.

        Raises:
            UserError: A line is not a row.
        """
        if self.path.exists():
            yield from read_rows(self.path, "give another --out")

    def forget_unreadable(self) -> None:
        """Removes the rows of files that could not be looked at: they may be mended by now."""
        rows = list(self.rows())
        kept = [row for row in rows if row["status"] != SKIPPED or "frame" in row]
        if len(kept) == len(rows):
            return
        with write_aside(self.path) as aside, aside.open("wb") as file:
            file.writelines(map(_line, kept))
        self._done = dict(Counter(row["image"] for row in kept))

    def write_table(self) -> Path:
        """Writes all rows as a table with a line a face; returns its path."""
        with (
            write_aside(self._table) as aside,
            aside.open("w", encoding="utf-8", errors="backslashreplace") as file,
        ):
            file.write(csv_header())
            for row in self.rows():
                file.write(csv_text(row))
        return self._table

    def _cut_half_a_row(self) -> None:
        with self.path.open("rb+") as file:
            end = file.seek(0, os.SEEK_END)
            while end:
                file.seek(end - 1)
                if file.read(1) == b"\n":
                    break
                end -= 1
            file.truncate(end)


def read_rows(path: Path, hint: str) -> Iterator[dict]:
    """Reads the rows of a file, one at a time; blank lines are passed over.

    Args:
        path: JSON Lines, in UTF-8 or UTF-16.
        hint: What to do where a line is not a row.

    Raises:
        UserError: A line is not a row.
    """
    for number, line in text_lines(path):
        try:
            row = json.loads(line)
            row |= {"image": row["image"], "faces": row["faces"]}
            fault = None
        except json.JSONDecodeError as error:
            fault = f"{error.msg}, column {error.colno}"
        except (ValueError, TypeError, KeyError, RecursionError):
            fault = 'it needs "image" and "faces"'
        if not is_whole(line):
            fault = "save it as UTF-8"
        if fault is not None:
            raise UserError(f"{path}, line {number}, is no row of results ({fault}); {hint}.")
        yield row


def _line(row: dict) -> bytes:
    """A row as its line; what is no Unicode in a name is escaped, and reads back the same."""
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"
