import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers.celeba_tables import columns_by_image, rows_of, stem_of
from hyperface.annotations.record import SkipReport

PUBLISHED = ("a", "b", "c")


@pytest.mark.parametrize(
    "text",
    [
        "2\na b c \n1.jpg 5 6 7\n2.jpg 8  9 10\n",
        "2\nimage_id a b c\n1.jpg 5 6 7\n2.jpg 8 9 10\n",
        "a b c\n1.jpg 5 6 7\n2.jpg 8 9 10\n",
        "1.jpg 5 6 7\n2.jpg 8 9 10\n",
        "image_id,A,B,C\n1.jpg,5,6,7\n2.jpg,8,9,10\n",
        '"file";"c";"b";"a"\n"1.jpg";7;6;5\n"2.jpg";10;9;8\n',
        ",file,b,more,c\n0,1.jpg,6,,7\n1,2.jpg,9,x,10\n",
        "0,1.jpg,5,6,7\n1,2.jpg,8,9,10\n",
        "a table of images\n2\na b c\n1.jpg 5 6 7\n2.jpg 8 9 10\n",
    ],
)
def test_copies_in_any_format_are_read(tmp_path, text):
    (tmp_path / "t.txt").write_text(text)
    rows = [row[1:] for row in rows_of(tmp_path / "t.txt", ("c", "b"), PUBLISHED)]
    assert rows == [("1.jpg", ["7", "6"]), ("2.jpg", ["10", "9"])]


def test_row_with_another_number_of_cells(tmp_path, skipped):
    path = tmp_path / "t.csv"
    path.write_text("image_id,a,b,c\n1.jpg,5,6\n2.jpg,,,7\n3.jpg,5,6,7,8\n")
    where, name, words = next(rows_of(path, ("b",), PUBLISHED))
    assert (where, name, words) == ("t.csv line 2", "1.jpg", None)
    assert columns_by_image(path, ("a", "c"), PUBLISHED, skipped) == {"2": ["", "7"]}
    (line,) = skipped.lines()
    assert line.startswith("2 x row with more or fewer cells")
    assert "t.csv line 2, t.csv line 4" in line


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", "without a row"), ("2\na b c\n", "without a row"), ("id,a,b\n1.jpg,5,6\n", "column 'c'")],
)
def test_table_that_does_not_tell_is_counted_once(tmp_path, skipped, text, fault):
    (tmp_path / "t.txt").write_text(text)
    assert columns_by_image(tmp_path / "t.txt", ("c",), PUBLISHED, skipped) == {}
    (line,) = skipped.lines()
    assert fault in line


def test_a_missing_table_gives_nothing(skipped):
    assert columns_by_image(None, ("c",), PUBLISHED, skipped) == {}
    assert skipped.lines() == []


@pytest.mark.parametrize("name", ["000001.jpg", "000001.PNG", "000001"])
def test_stem_of_removes_any_suffix(name):
    assert stem_of(name) == "000001"


@given(content=st.binary(max_size=200) | st.text('1.jpg a,b;c"\n', max_size=200).map(str.encode))
def test_any_bytes_give_rows_or_a_reason(tmp_path, content):
    (tmp_path / "t.txt").write_bytes(content)
    skipped = SkipReport()
    found = columns_by_image(tmp_path / "t.txt", ("c",), PUBLISHED, skipped)
    assert found or skipped.lines()
    assert all(len(words) == 1 for words in found.values())
