import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.errors import UserError
from hyperface.records.readers.tables import MAX_LINE, numbered_lines, numbers


def test_lines_with_their_numbers(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf one\r\n\r\n  two\t\nthr\xffee")
    assert list(numbered_lines(path)) == [(1, "one"), (3, "two"), (4, "thr\ufffdee")]


def test_endless_line_comes_in_pieces(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (3 * MAX_LINE))
    assert [len(line) for _, line in numbered_lines(path)] == [MAX_LINE] * 3


def test_unreadable_file_is_named(tmp_path):
    with pytest.raises(UserError, match="folder"):
        list(numbered_lines(tmp_path / "folder"))


@given(st.binary(max_size=300))
def test_any_bytes(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    lines = list(numbered_lines(tmp_path / "a.txt"))
    assert all(line == line.strip() != "" for _, line in lines)


def test_numbers():
    np.testing.assert_array_equal(numbers(["1", "-2.5", "nan"]), [1, -2.5, np.nan])
    with pytest.raises(ValueError):
        numbers(["1,5"])
