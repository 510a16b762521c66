import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.records.readers.files import pictures_in, relative_name, size_of_named


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.jpg", "a.jpg"),
        (r"net_7876\0_0_0.jpg", "net_7876/0_0_0.jpg"),
        (" ./a//b.jpg ", "a/b.jpg"),
        ("ä ö.jpg", "ä ö.jpg"),
        ("a..b.jpg", "a..b.jpg"),
        ("../a.jpg", None),
        ("a/../../b.jpg", None),
        ("a\\..\\..\\b.jpg", None),
        ("/etc/passwd", None),
        (r"\\server\a.jpg", None),
        ("C:\\a.jpg", None),
        ("a\0.jpg", None),
        ("", None),
        (".", None),
    ],
)
def test_relative_name(written, name):
    assert relative_name(written) == name


@given(st.text())
def test_a_relative_name_stays_inside(written):
    name = relative_name(written)
    assert name is None or not (name.startswith("/") or ".." in name.split("/"))


def test_size_of_named(tmp_path, make_picture, rejects):
    make_picture(tmp_path / "in" / "a.jpg", 30, 20)
    assert size_of_named(tmp_path, r"in\a.jpg", rejects) == ("in/a.jpg", 30, 20)
    assert size_of_named(tmp_path, "in", rejects) is None
    assert size_of_named(tmp_path, "../x", rejects) is None
    assert size_of_named(tmp_path, "b" * 300, rejects) is None
    assert size_of_named(tmp_path, "odd\udcff.jpg", rejects) is None
    assert sum(rejects.counts.values()) == 4


def test_pictures_in(tmp_path, make_picture):
    for name in ("b.JPG", "a.png", "c.txt", ".hidden.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.png", "b.JPG"]
