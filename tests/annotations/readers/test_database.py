import os
import sqlite3
import sys
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import aflw
from hyperface.annotations.readers.database import MAX_VALUE_BYTES, open_read_only
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError

AFLW_TABLES = {
    "faces": ("face_id", "file_id", "db_id"),
    "faceimages": ("file_id", "db_id", "filepath", "width", "height"),
    "facerect": ("face_id", "x", "y", "w", "h"),
    "facepose": ("face_id", "roll", "pitch", "yaw"),
    "facemetadata": ("face_id", "sex"),
    "featurecoords": ("face_id", "feature_id", "x", "y"),
}
TABLES = {"points": ("x", "y")}
PLAIN = "CREATE TABLE points (y, x, more); INSERT INTO points VALUES (2, 1, 0)"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, x AS y FROM n"


def make_database(path, statements):
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(statements)
    return path


def rows_of(path):
    with open_read_only(path, TABLES, "somebody's") as database:
        return database.execute("SELECT x, y FROM points").fetchall()


def test_rows_of_a_database_are_read(tmp_path):
    assert rows_of(make_database(tmp_path / "a.sqlite", PLAIN)) == [(1, 2)]


@pytest.mark.parametrize(
    "content",
    [b"", b"x,y\n1,2\n", bytes(range(256)) * 32, b"SQLite format 3\0", b"SQLite format 3\0" * 99],
)
def test_file_of_another_kind(tmp_path, content):
    (tmp_path / "a.sqlite").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.sqlite .*somebody's"):
        rows_of(tmp_path / "a.sqlite")


def test_no_such_file_is_reported_and_not_made(tmp_path):
    with pytest.raises(UserError, match=r"a\.sqlite"):
        rows_of(tmp_path / "a.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ("CREATE TABLE songs (x, y)", "no table 'points'"),
        ("CREATE TABLE points (x, z)", "table 'points' has no column 'y'"),
        (f"CREATE VIEW points AS {ENDLESS}", "no table 'points'"),
        ("CREATE TABLE points (x, y AS (x + 1))", "no column 'y'"),
        ("CREATE TABLE points (x, y AS (x + 1) STORED)", "no column 'y'"),
        ("CREATE TABLE other (x, y); CREATE INDEX points ON other (x, y)", "no table 'points'"),
    ],
)
def test_a_database_of_another_data_set_is_refused(tmp_path, statements, reason):
    path = make_database(tmp_path / "a.sqlite", statements)
    with pytest.raises(UserError, match=rf"a\.sqlite is a database, but not somebody's.*{reason}"):
        rows_of(path)


def test_virtual_table_is_no_table(tmp_path):
    try:
        path = make_database(tmp_path / "a.sqlite", "CREATE VIRTUAL TABLE points USING fts5 (x, y)")
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no FTS5")
    with pytest.raises(UserError, match="no table 'points'"):
        rows_of(path)


@pytest.mark.parametrize(
    "statement", ["INSERT INTO points VALUES (3, 4, 0)", "DROP TABLE points", "CREATE TABLE a (x)"]
)
def test_writing_fails(tmp_path, statement):
    path = make_database(tmp_path / "a.sqlite", PLAIN)
    before = path.read_bytes()
    opened = open_read_only(path, TABLES, "somebody's")
    with opened as database, pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.execute(statement)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_while_reading_is_a_user_error(tmp_path):
    path = make_database(tmp_path / "a.sqlite", PLAIN)
    opened = open_read_only(path, TABLES, "somebody's")
    with pytest.raises(UserError, match="no such column: z"), opened as database:
        database.execute("SELECT z FROM points")


def test_huge_value_is_refused(tmp_path):
    path = make_database(tmp_path / "a.sqlite", PLAIN)
    make_database(path, f"UPDATE points SET x = zeroblob({MAX_VALUE_BYTES + 1})")
    with pytest.raises(UserError, match="too big"):
        rows_of(path)


def test_text_that_is_not_utf_8(tmp_path):
    path = make_database(tmp_path / "a.sqlite", PLAIN)
    make_database(path, "UPDATE points SET x = CAST(x'61ff' AS TEXT)")
    assert rows_of(path) == [("a\ufffd", 2)]


@pytest.mark.parametrize("name", ["a?mode=rw", "a#b", "100%", "%41", "two words", "é&=+;", b"\xff"])
def test_any_file_name(tmp_path, name):
    if isinstance(name, bytes) and sys.platform != "linux":
        pytest.skip("names are text here")
    folder = tmp_path / os.fsdecode(name)
    folder.mkdir()
    other = make_database(tmp_path / "plain.sqlite", PLAIN)
    assert rows_of(other.rename(folder / os.fsdecode(name))) == [(1, 2)]


@pytest.fixture(scope="module")
def valid():
    """Bytes of a database with AFLW's tables, some of several pages, and ten faces."""
    numbers = [f"({face}, {face})" for face in range(1, 11)]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA page_size = 512")
        for table, columns in AFLW_TABLES.items():
            database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        database.execute(f"INSERT INTO faces (face_id, file_id) VALUES {', '.join(numbers)}")
        database.execute("UPDATE faces SET db_id = 'flickr'")
        database.execute(
            "INSERT INTO faceimages SELECT file_id, db_id, '0/a.jpg', 200, 150 FROM faces"
        )
        database.execute("INSERT INTO facerect SELECT face_id, 40, 30, 60, 70 FROM faces")
        database.execute("INSERT INTO facepose SELECT face_id, 0.1, 0.2, 0.3 FROM faces")
        database.execute("INSERT INTO facemetadata SELECT face_id, 'f' FROM faces")
        database.execute(
            "INSERT INTO featurecoords SELECT a.face_id, b.face_id, 90 + a.face_id * b.face_id % 7,"
            "60 - b.face_id % 5 FROM faces a, faces b"
        )
        database.commit()
        return database.serialize()


@pytest.fixture
def folder(tmp_path, make_image):
    make_image(tmp_path / "aflw" / "flickr" / "0" / "a.jpg")
    return tmp_path / "aflw"


def test_corrupted_page_in_the_middle(folder, valid, skipped):
    (folder / "aflw.sqlite").write_bytes(valid)
    (image,) = aflw.read(folder, skipped)
    assert len(image.faces) == 10
    middle = len(valid) // 512 // 2 * 512
    broken = valid[:middle] + b"\xff" * 512 + valid[middle + 512 :]
    (folder / "aflw.sqlite").write_bytes(broken)
    with pytest.raises(UserError, match=r"aflw\.sqlite cannot be read"):
        list(aflw.read(folder, skipped))


def test_cut_off_in_the_middle(folder, valid, skipped):
    (folder / "aflw.sqlite").write_bytes(valid[: len(valid) // 2])
    with pytest.raises(UserError, match=r"aflw\.sqlite cannot be read"):
        list(aflw.read(folder, skipped))


@given(data=st.data())
def test_any_bytes_give_images_or_one_reason(folder, valid, data):
    content = bytearray(valid)
    for _ in range(data.draw(st.integers(1, 4))):
        offset = data.draw(st.integers(0, len(content) - 1))
        new = data.draw(st.binary(min_size=1, max_size=20))
        content[offset : offset + len(new)] = new
    (folder / "aflw.sqlite").write_bytes(content)
    try:
        assert all(isinstance(image, AnnotatedImage) for image in aflw.read(folder, SkipReport()))
    except UserError as error:
        assert "aflw.sqlite" in str(error)


@pytest.mark.parametrize("offset", [870, 884, 898])
def test_text_that_claims_to_be_longer_than_the_file(folder, valid, skipped, offset):
    broken = valid[:offset] + b"\xff" * 16 + valid[offset + 16 :]
    (folder / "aflw.sqlite").write_bytes(broken)
    with pytest.raises(UserError, match=r"aflw\.sqlite"):
        list(aflw.read(folder, skipped))
