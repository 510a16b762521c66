"""CelebA's tables in their published form and in the forms of copies.

The published tables are text files with the number of rows, the names of the columns (in some
tables without the column of the images), and one row per image, separated by spaces; the partition
and the identities have neither the number nor names. Copies may have commas, added or missing
columns, or no number and names.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from hyperface.annotations.readers.codes import code_of
from hyperface.annotations.readers.tables import numbered_lines
from hyperface.annotations.record import SkipReport
from hyperface.images.reading import IMAGE_SUFFIXES

DELIMITERS = (",", ";")


def rows_of(
    path: Path, columns: Sequence[str], published: Sequence[str]
) -> Iterator[tuple[str, str, list[str] | None]]:
    """Reads some columns of a table, ignoring case.

    `published` are all columns of the published table in its order, without that of the images.

    Yields:
        The location of the row, the image as written, and the words of the columns; None instead
        of the words if the row has the wrong number of cells.

    Raises:
        UserError: The file cannot be read.
        ValueError: It has no rows, or lacks one of the columns.
    """
    heads: list[list[str]] = []
    places: list[int] | None = None
    for number, line in numbered_lines(path):
        words = _cells(line)
        if places is None and _is_head(words):
            heads.append(words)
            continue
        name = next((at for at, word in enumerate(words[:2]) if _is_image(word)), 0)
        if places is None:
            places, cells = _places(heads, words, name, columns, published)
        right = len(words) == cells
        where = f"{path.name} line {number}"
        yield where, words[name], [words[place] for place in places] if right else None
    if places is None:
        raise ValueError("table without a row")


def columns_by_image(
    path: Path | None, columns: Sequence[str], published: Sequence[str], skipped: SkipReport
) -> dict[str, list[str]]:
    """The words of some columns by image name without suffix; empty if the table is missing."""
    found: dict[str, list[str]] = {}
    if path is None:
        return found
    try:
        for where, name, words in rows_of(path, columns, published):
            if words is not None:
                found.setdefault(stem_of(name), words)
            else:
                skipped.add("row with more or fewer cells than columns, "
                            "its label treated as missing", where)  # fmt: skip
    except ValueError as error:
        skipped.add(f"{error}, its labels treated as missing", path.name)
    return found


def stem_of(name: str) -> str:
    """An image's name without its suffix, which differs between copies of images and tables."""
    return name.rpartition(".")[0] if _is_image(name) else name


def _places(
    heads: list[list[str]],
    row: list[str],
    name: int,
    columns: Sequence[str],
    published: Sequence[str],
) -> tuple[list[int], int]:
    """The positions of the wanted columns in a row, and the number of cells of a row."""
    known = {column.lower() for column in published}
    # The images' column has no name in some tables.
    names = [["", *head] if head[0].lower() in known else head for head in heads]
    names = [[word.lower() for word in head] for head in names]
    for head in reversed(names):
        if all(column.lower() in head for column in columns):
            return [head.index(column.lower()) for column in columns], len(head)
    first, cells = name + 1, name + 1 + len(published)
    all_wanted = list(columns) == list(published) and len(row) == cells  # whatever they are called
    if not all_wanted and any(len(head) == len(row) > 1 for head in names):
        raise ValueError(f"table without a column {columns[0]!r}")
    return [first + published.index(column) for column in columns], cells


def _is_head(words: list[str]) -> bool:
    """Whether this is the number of rows, or the names of the columns."""
    if len(words) == 1:
        return not _is_image(words[0])
    return not any(_is_number(word) or _is_image(word) for word in words)


def _cells(line: str) -> list[str]:
    delimiter = next((each for each in DELIMITERS if each in line), None)
    return [cell.strip().strip('"') for cell in line.split(delimiter)]


def _is_image(word: str) -> bool:
    return PurePosixPath(word.replace("\\", "/")).suffix.lower() in IMAGE_SUFFIXES


def _is_number(word: str) -> bool:
    code = code_of(word)
    try:
        return code is not None and float(code) is not None
    except ValueError:
        return False
