import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers.tables import (
    MAX_LINE,
    named_blocks,
    numbered_lines,
    numbers,
    read_table,
)
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError


def test_lines_with_their_numbers(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf one\r\n\r\n  two\t\nthr\xffee")
    assert list(numbered_lines(path)) == [(1, "one"), (3, "two"), (4, "thrÿee")]  # Windows-1252


def test_endless_line_comes_in_pieces(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (3 * MAX_LINE))
    assert [len(line) for _, line in numbered_lines(path)] == [MAX_LINE] * 3


def test_unreadable_file_is_named(tmp_path):
    with pytest.raises(UserError, match="folder"):
        list(numbered_lines(tmp_path / "folder"))
    with pytest.raises(UserError, match="cannot be read"):
        list(numbered_lines(tmp_path))


@given(st.binary(max_size=300))
def test_any_bytes(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    lines = list(numbered_lines(tmp_path / "a.txt"))
    assert all(line == line.strip() != "" for _, line in lines)


def test_numbers():
    np.testing.assert_array_equal(numbers(["1", "-2.5", "nan"]), [1, -2.5, np.nan])
    with pytest.raises(ValueError):
        numbers(["1,5"])


@pytest.fixture
def blocks(tmp_path, skipped):
    """Reads a text as a list of blocks."""

    def read(text):
        (tmp_path / "list.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(named_blocks(tmp_path / "list.txt", skipped))

    return read


def test_blocks_with_the_lines_of_their_faces(blocks, skipped):
    assert blocks("2002/08/11/img_591\n2\n1.5 2 -3\n4 5 6\n0--Parade/b.jpg\n1\n7 8 9\n") == [
        ("list.txt line 1", "2002/08/11/img_591", ["1.5 2 -3", "4 5 6"]),
        ("list.txt line 5", "0--Parade/b.jpg", ["7 8 9"]),
    ]
    assert skipped.lines() == []


def test_no_faces_with_and_without_the_row_of_zeros(blocks, skipped):
    found = blocks("a.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \nb.jpg\n0\nc.jpg\n1\n0 0 0 0\nend\n0\n")
    assert [(name, faces) for _, name, faces in found] == [
        ("a.jpg", []),
        ("b.jpg", []),
        ("c.jpg", ["0 0 0 0"]),  # a face that is said to be there
        ("end", []),
    ]
    assert skipped.lines() == []


def test_line_ends_and_byte_order_mark(blocks, skipped):
    assert blocks(b"\xef\xbb\xbfa.jpg\r\n1\r\n\r\n1 2\r\nb.jpg\r\n0") == [
        ("list.txt line 1", "a.jpg", ["1 2"]),
        ("list.txt line 5", "b.jpg", []),
    ]
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("b.jpg\n2\n1 2\n", 4),  # a face too few
        ("b.jpg\n1\n1 2\n3 4\n", 4),  # a face too many
        ("b.jpg\n0\n1 2\n", 4),  # a face where there is none
        ("b.jpg\n-1\n", 4),
        ("b.jpg\n1.0\n1 2\n", 4),
        ("b.jpg\n1 2\n", 4),  # no count
        ("b.jpg\n", 4),  # nothing
    ],
)
def test_wrong_count_is_rejected_and_the_rest_read(blocks, skipped, block, line):
    found = blocks(f"a.jpg\n1\n5 6\n{block}c.jpg\n1\n7 8\n")
    assert [name for _, name, _ in found] == ["a.jpg", "c.jpg"]
    assert list(skipped.names.values()) == [[f"list.txt line {line}"]]


def test_faces_without_a_name_are_rejected(blocks, skipped):
    assert [name for _, name, _ in blocks("1\n1 2\na.jpg\n1\n1 2\n")] == ["a.jpg"]
    assert sum(skipped.counts.values()) == 1


def test_empty_list(blocks, skipped):
    assert blocks("") == blocks("\n \n") == []
    assert skipped.lines() == []


def test_unreadable_list_is_named(tmp_path, skipped):
    with pytest.raises(UserError, match=r"gone\.txt"):
        list(named_blocks(tmp_path / "gone.txt", skipped))


@given(content=st.binary(max_size=300) | st.text("a/.0123 -\n", max_size=300).map(str.encode))
def test_any_bytes_give_blocks_or_reasons(tmp_path, content):
    (tmp_path / "list.txt").write_bytes(content)
    skipped = SkipReport()
    found = list(named_blocks(tmp_path / "list.txt", skipped))
    empty = not list(numbered_lines(tmp_path / "list.txt"))
    assert (len(found) + sum(skipped.counts.values()) == 0) == empty
    assert all(name == name.strip() != "" for _, name, _ in found)


@pytest.mark.parametrize(
    "name", ["12 people.jpg", "3.5 x 4.jpg", "Nan Goldin.jpg", "1e5 a", "0012"]
)
@pytest.mark.parametrize("above", ["a.jpg\n1\n5 6\n", "a.jpg\n0\n0 0\n", "a.jpg\n0\n", ""])
@pytest.mark.parametrize("faces", [[], ["1 2"], ["1 2", "3 4"]])
def test_a_name_that_begins_with_a_number(blocks, skipped, above, name, faces):
    own = "".join(f"{line}\n" for line in (name, len(faces), *faces))
    found = blocks(f"{above}{own}c.jpg\n1\n7 8\n")
    assert [(each, lines) for _, each, lines in found[bool(above) :]] == [
        (name, faces),
        ("c.jpg", ["7 8"]),
    ]
    assert len(found) == bool(above) + 2
    assert skipped.lines() == []


@pytest.mark.parametrize("rest", ["", "-1\n", "2\n1 2\n", "1\n1 2\n3 4\n"])
def test_a_bad_block_of_such_a_name_does_not_cost_its_neighbors(blocks, skipped, rest):
    found = blocks(f"a.jpg\n1\n5 6\n12 people.jpg\n{rest}c.jpg\n1\n7 8\n")
    assert [name for _, name, _ in found] == ["a.jpg", "c.jpg"]
    assert list(skipped.names.values()) == [["list.txt line 4"]]


def test_a_face_that_is_no_numbers_belongs_to_its_image(blocks, skipped):
    assert [(name, faces) for _, name, faces in blocks("a\n2\n1 x\n3 4\nb\n1\n5 x\n")] == [
        ("a", ["1 x", "3 4"]),  # for the reader to reject
        ("b", ["5 x"]),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_from_windows(blocks, encoding, end):
    text = end.join(["Zo\u00eb.jpg", "1", "1 2", "b.jpg", "0", ""])
    assert blocks(text.encode(encoding)) == [
        ("list.txt line 1", "Zo\u00eb.jpg", ["1 2"]),
        ("list.txt line 4", "b.jpg", []),
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a,b,c\n1,2.5,x y\n", "2.5"),
        ("a;b;c\n1;2,5;x y\n", "2.5"),
        ("A;b;c\n1;-2,5E-3;x y\n", "-2.5E-3"),
        ("a;b;c\n1;,5;x y\n", ".5"),
        ("a;b;c\n1;2,500;x y\n", "2.500"),  # a semicolon is there because the comma is decimal
        ("a\tb\tc\n1\t2,5\tx y\n", "2.5"),
        ("a\tb\tc\n1\t2,500\tx y\n", "2,500"),  # may be two and a half thousand
        ('a,b,c\n1,"2,5",x y\n', "2.5"),
        ('a,b,c\n1,"2,500",x y\n', "2,500"),
        ("a;b;c\n1.5;2,5;x y\n", "2,5"),
        ("a;b;c\n1;2,5 or so;x y\n", "2,5 or so"),
        ("a;b;c\n1;2;x y\n", "2"),
        ("sep=;\na;b;c\n1;2,5;x y\n", "2.5"),
        ("sep=\t\na\tb\tc\n1\t2.5\tx y\n", "2.5"),
        ('"sep=,"\na,b,c\n1,2.5,x y\n', "2.5"),
        ("a;b;c;;\n1;2,5;x y;;\n;;;;\n", "2.5"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_as_spreadsheets_save_them(tmp_path, text, number, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    table = read_table(path)
    assert table.columns == ["a", "b", "c"]
    ((line, cells),) = table.rows
    assert line == 2 + ("sep" in text)
    assert cells[1:] == [number, "x y"]


def test_cells_by_column(tmp_path, skipped):
    (tmp_path / "t.csv").write_text('A,b\n1,2\n3\n"4,5\n6,7\n')
    cells = list(read_table(tmp_path / "t.csv").cells(skipped))
    assert cells == [("t.csv line 2", {"a": "1", "b": "2"}), ("t.csv line 5", {"a": "6", "b": "7"})]
    assert skipped.names == {"row without 2 cells": ["t.csv line 3", "t.csv line 4"]}


def test_empty_cells_at_both_ends_of_a_row_are_kept(tmp_path):
    (tmp_path / "t.csv").write_text("\tb\tc\n\t1\t\nx\t\t\n")
    table = read_table(tmp_path / "t.csv")
    assert table.columns == ["", "b", "c"]
    assert table.rows == [(2, ["", "1", ""]), (3, ["x", "", ""])]


def test_a_row_with_an_unmatched_quotation_mark(tmp_path):
    (tmp_path / "t.csv").write_text('a,b\n"1,2\n3,4\n')
    assert read_table(tmp_path / "t.csv").rows == [(2, None), (3, ["3", "4"])]


@given(st.binary(max_size=200) | st.text('ab,;\t"\n\r 1', max_size=99).map(str.encode))
def test_any_bytes_give_a_table(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    table = read_table(tmp_path / "t.csv")
    assert not table.columns or table.columns[-1]
    assert all(cells is None or any(cells) or not table.columns for _, cells in table.rows)
