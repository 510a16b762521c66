"""SQLite databases from untrusted sources."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from hyperface.errors import UserError

MAX_VALUE_BYTES = 1_000_000  # maximum size of a value; paths and numbers are shorter


@contextmanager
def open_read_only(
    path: Path, tables: Mapping[str, Sequence[str]], whose: str
) -> Iterator[sqlite3.Connection]:
    """Opens a database that is to be read and never written.

    Neither the file nor anything beside it changes. The tables must be plain ones: a view or a
    virtual table in their place could compute forever. Each must have some columns, in lower case,
    since SQLite ignores case. `whose` it is, such as "AFLW's", is for messages.

    Raises:
        UserError: It is not a database, or not the expected one.
    """
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
            database.text_factory = lambda text: text.decode("utf-8", "replace")
            database.execute("PRAGMA trusted_schema = OFF")
            _check(database, path, tables, whose)
            yield database
    # The second comes from a broken message, the third from the wrong length of a broken record.
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
        raise UserError(
            f"{path} cannot be read as {whose} database ({error}); copy it again from its source."
        ) from error


def stored_columns(database: sqlite3.Connection, table: str) -> set[str]:
    """The columns of a plain table in lower case; empty if there is no such table.

    Computed columns are not listed, so they are not taken for stored ones.
    """
    kind = database.execute(
        "SELECT type FROM pragma_table_list WHERE schema = 'main' AND lower(name) = ?", (table,)
    ).fetchone()
    if kind != ("table",):
        return set()
    listed = database.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return {name.lower() for (name,) in listed}


def _check(
    database: sqlite3.Connection, path: Path, tables: Mapping[str, Sequence[str]], whose: str
) -> None:
    for table, columns in tables.items():
        stored = stored_columns(database, table)
        if not stored:
            raise UserError(f"{path} is a database, but not {whose}: it has no table {table!r}.")
        if missing := set(columns) - stored:
            raise UserError(
                f"{path} is a database, but not {whose}: table {table!r} has no column "
                f"{min(missing)!r}."
            )
