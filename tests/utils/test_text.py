import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.utils.text import (
    composed,
    decode_windows_1252,
    decomposed,
    is_valid_unicode,
    text_lines,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_encodings_and_line_ends(tmp_path, encoding, end):
    path = tmp_path / "a.txt"
    path.write_bytes(end.join(["12 people.jpg", "", " \u00e4\u5f20 \t", "1,5"]).encode(encoding))
    lines = [line for _, line in text_lines(path)]
    assert lines == ["12 people.jpg", " \u00e4\u5f20 \t", "1,5"]


def test_the_marks_of_joined_files_go(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("one\n".encode("utf-8-sig") + "two\n".encode("utf-8-sig"))
    assert list(text_lines(path)) == [(1, "one"), (2, "two")]


def test_bytes_that_are_not_utf_8_are_seen_and_taken_for_windows(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("Zo\u00eb \u20ac\n".encode("cp1252") + "Zo\u00eb \ufffd\n".encode())
    (_, first), (_, second) = text_lines(path)
    assert [is_valid_unicode(first), is_valid_unicode(second)] == [False, True]
    assert decode_windows_1252(first) == "Zo\u00eb \u20ac"
    assert decode_windows_1252(second) == "Zo\u00eb \ufffd"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"),
               min_size=1))  # fmt: skip
def test_any_text_in_utf_16(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("utf-16"))
    assert [line for _, line in text_lines(path)] == ([text] if text.strip() else [])


@given(st.binary())
def test_any_bytes(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    for _, line in text_lines(tmp_path / "a.txt", 50):
        assert line.strip()
        decode_windows_1252(line).encode()  # no lone surrogate is left


@given(st.text())
def test_composed_and_decomposed(text):
    assert composed(decomposed(text)) == composed(text) == unicodedata.normalize("NFC", text)
    assert decomposed("Zo\u00eb") == "Zoe\u0308"
