import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.images.writing import encoded, save_image
from hyperface.visualization.page import Page

IMAGE = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Collects texts and attributes and checks that every tag is closed in its turn."""

    def __init__(self, source):
        super().__init__()
        self.open, self.texts, self.attributes, self.tags = [], [], [], []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def full_page(text="text"):
    page = Page(text)
    page.heading(text)
    page.text(text)
    page.warning(text)
    page.table([text, "number"], [[text, 1.0]], note=text)
    page.facts({text: text})
    page.image(IMAGE, text)
    return page


def test_the_page_is_well_formed_and_in_order():
    reader = Reader(str(full_page()))
    body = reader.tags[reader.tags.index("body") :]
    assert [tag for tag in body if tag in {"h1", "h2", "p", "table", "figure"}] == [
        *("h1", "h2", "p", "p", "table", "p", "table", "figure")
    ]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1))
def test_every_text_is_escaped(text):
    text = f"<script>{text}</script>&amp;\"'>"
    reader = Reader(str(full_page(text)))
    assert "script" not in reader.tags
    # h1, title, h2, text, warning, th, td, note, two facts, caption
    assert sum(text in found for found in reader.texts) == 11
    assert ("alt", text) in reader.attributes


def test_images_from_memory_and_from_files_are_embedded(tmp_path):
    save_image(tmp_path / "a.png", IMAGE)
    page = Page("title")
    page.image(IMAGE, "memory")
    page.image(tmp_path / "a.png", "disk")
    sources = re.findall(r'src="data:image/png;base64,([^"]+)"', str(page))
    assert [base64.b64decode(source) for source in sources] == [encoded(IMAGE, ".png")] * 2


def test_the_page_uses_no_network():
    source = str(full_page())
    assert "http://" not in source and "https://" not in source
    assert "default-src 'none'" in source
    for name, value in Reader(source).attributes:
        assert name != "href"
        assert name != "src" or value.startswith("data:")


def test_a_table_formats_numbers_and_missing_values():
    page = Page("title")
    page.table(["task", "count", "error"], [["pose", 12345, 0.123456], ["gender", None, np.nan]])
    texts = [text.strip() for text in Reader(str(page)).texts]
    assert "12,345" in texts and "0.1235" in texts and texts.count("–") == 2
    assert '<th scope="col" class="number">error</th>' in str(page)
    assert '<th scope="col">task</th>' in str(page)


def test_facts_of_any_type_are_formatted():
    page = Page("title")
    page.facts({"items": True, "none": None, "a <list>": ["{{ 7 * 7 }}", 2], "small": 1e-5})
    texts = [text for text in Reader(str(page)).texts if text.strip()]
    # What looks like the template's own language is text.
    assert texts[-8:] == [
        *("items", "yes", "none", "–", "a <list>", "{{ 7 * 7 }}, 2", "small", "1e-05")
    ]


def test_a_table_without_rows_is_empty():
    page = Page("title")
    page.table(["a", "b"], [])
    assert "<td" not in str(page)
    assert Reader(str(page)).tags.count("th") == 2


def test_a_row_of_another_length_raises():
    with pytest.raises(ValueError, match="expected 2 cells"):
        Page("title").table(["a", "b"], [[1, 2, 3]])


def test_write_replaces_whole_files_and_accepts_any_name(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    page = Page("title")
    page.text("a file named \udcff.png")  # what Python makes of a name that is not UTF-8
    page.write(path)
    assert "a file named \\udcff.png" in path.read_text(encoding="utf-8")
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]
