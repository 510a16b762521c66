"""The result files, to which rows are added; an interrupted run resumes."""

import csv
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from hyperface.errors import UserError
from hyperface.predictions.identity import (
    checksum_of,
    identity_with_checksum,
    is_older,
    place_on_disk,
    updated_identity,
)
from hyperface.predictions.rows import CSV_COLUMNS, SKIPPED, Key, csv_lines, key_of
from hyperface.utils.files import atomic_write
from hyperface.utils.text import is_valid_unicode, text_lines

FILE_NAME, TABLE_NAME = "faces.jsonl", "faces.csv"


class Results:
    """The rows in a file on disk; an interrupted run never leaves half a row in it.

    Args:
        folder: Folder of `faces.jsonl`, created if it is missing. A row that was only half written
            when a process was killed is removed from the file.

    Raises:
        UserError: The file does not have the format of result rows.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE_NAME
        self._table = folder / TABLE_NAME
        if self.path.exists():
            self._written_ns = self.path.stat().st_mtime_ns
            self._truncate_partial_row()
        self._count()

    def count(self, image: str, place: str | None = None) -> int:
        """The number of rows of a file: 1 for an image, one for each frame of a video.

        `place` is the result of `place_on_disk` for the file; None for rows without one.
        """
        return self._done[image, place]

    def add(self, row: dict) -> None:
        """Writes one row."""
        with self.path.open("ab") as file:
            file.write(line_of_row(row))
        self._note(row)

    def file(self, image: str, place: str | None) -> dict | None:
        """The `file` of the rows of a file; None where there is no row."""
        return self._files.get((image, place))

    def rows(self) -> Iterator[dict]:
        """Reads the rows back, one at a time.

        Raises:
            UserError: A line is not a row.
        """
        if self.path.exists():
            yield from read_rows(self.path, "give another --out")

    def remove_outdated(
        self,
        given: Iterable[tuple[str, Path]],
        on_remove: Callable[[dict], None] = lambda row: None,
    ) -> list[str]:
        """Removes the rows of given files that have changed or could not be read.

        A file that could not be read may be repaired by now. Rows that were written without a
        `file` get it, unless the file is newer than they are. A folder that was moved as a whole
        keeps its rows.

        Args:
            given: Name and path of each file.
            on_remove: Called with each row of a changed file before it is removed.

        Returns:
            The names of the changed files.
        """
        today: defaultdict[str, dict[str, Path]] = defaultdict(dict)
        for image, path in given:
            today[image][place_on_disk(path)] = path
        now = {
            key: self._file_now(key, file, today.get(key[0], {}))
            for key, file in self._files.items()
        }
        if now != self._files or self._unreadable & today.keys():
            with atomic_write(self.path) as aside, aside.open("wb") as out:
                for row in self.rows():
                    if _is_unreadable(row):
                        if row["image"] not in today:
                            out.write(line_of_row(row))
                        continue
                    if (file := now[key_of(row)]) is None:
                        on_remove(row)
                    else:
                        out.write(line_of_row({**row, "file": file} if file else row))
            self._count()
        return sorted(image for (image, _), file in now.items() if file is None)

    def _file_now(self, key: Key, file: dict, today: Mapping[str, Path]) -> dict | None:
        """The new `file` of some rows, given the files of their name now; None if it changed."""
        image, place = key
        if place is not None and place in today:
            return updated_identity(file, today[place])
        if len(today) != 1:  # none, or several that cannot be distinguished
            return None if today and place is None else file
        ((other, path),) = today.items()
        if (image, other) in self._files:
            return file
        try:
            if place is None:
                return identity_with_checksum(path) if is_older(path, self._written_ns) else None
            moved = not os.path.lexists(place) and file.get("sha256") == checksum_of(path)
            return identity_with_checksum(path) if moved else file
        except OSError:
            return file or {"path": other}

    def _count(self) -> None:
        """Counts the rows of each file, and stores the `file` of each."""
        self._done: Counter[Key] = Counter()
        self._files: dict[Key, dict] = {}
        self._unreadable: set[str] = set()
        for row in self.rows():
            self._note(row)

    def _note(self, row: dict) -> None:
        self._done[key_of(row)] += 1
        if _is_unreadable(row):
            self._unreadable.add(row["image"])
        else:
            self._files.setdefault(key_of(row), row.get("file", {}))

    def write_table(self) -> Path:
        """Writes all rows as a table with one line for each face; returns its path."""
        with (
            atomic_write(self._table) as aside,
            aside.open("w", encoding="utf-8", errors="backslashreplace") as file,
        ):
            table = csv.DictWriter(file, CSV_COLUMNS, lineterminator="\n")
            table.writeheader()
            for row in self.rows():
                table.writerows(csv_lines(row))
        return self._table

    def _truncate_partial_row(self) -> None:
        with self.path.open("rb+") as file:
            size = end = file.seek(0, os.SEEK_END)
            while end:
                file.seek(end - 1)
                if file.read(1) == b"\n":
                    break
                end -= 1
            if end < size:
                file.truncate(end)


def _is_unreadable(row: Mapping) -> bool:
    return row.get("status") == SKIPPED and "frame" not in row


def read_rows(path: Path, hint: str) -> Iterator[dict]:
    """Reads the rows of a file, one at a time; blank lines are skipped.

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
        if not is_valid_unicode(line):
            fault = "save it as UTF-8"
        if fault is not None:
            raise UserError(f"{path}, line {number}, is not a row of results ({fault}); {hint}.")
        yield row


def line_of_row(row: dict) -> bytes:
    """A row as a line; bytes of a name that are not valid Unicode are escaped and read back."""
    try:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise UserError(
            f"{row['image']}: the network predicts numbers that are not finite; give other weights "
            "and another --out."
        ) from None
    return text.encode("utf-8", "backslashreplace") + b"\n"
