"""A report as one self-contained HTML file."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import jinja2
import numpy as np

from hyperface.images.writing import encoded
from hyperface.utils.files import atomic_write

_MIME = {".png": "image/png", ".jpg": "image/jpeg"}


class Page:
    """Collects the parts of a report in order and writes them as one file.

    All texts are escaped, all images are embedded, and the page forbids the browser to fetch
    anything. The layout is in `templates/page.html`.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._parts: list[tuple[str, object]] = []  # a kind of the template and its content

    def heading(self, text: str) -> None:
        """Adds the heading of a section."""
        self._parts.append(("heading", text))

    def text(self, text: str) -> None:
        """Adds a paragraph; line breaks are kept."""
        self._parts.append(("text", text))

    def warning(self, text: str) -> None:
        """Adds a highlighted paragraph."""
        self._parts.append(("warning", text))

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence], note: str | None = None
    ) -> None:
        """Adds a table; numbers are right-aligned, None and NaN are shown as a dash.

        Raises:
            ValueError: The number of cells in a row is not the number of columns.
        """
        rows = [list(row) for row in rows]
        for row in rows:
            if len(row) != len(columns):
                raise ValueError(f"expected {len(columns)} cells in a row, got {row}")
        cells = list(zip(*rows, strict=True)) or [()] * len(columns)
        numeric = [_is_numeric(column) for column in cells]
        table = {"columns": columns, "numeric": numeric, "rows": rows, "note": note}
        self._parts.append(("table", table))

    def facts(self, facts: Mapping[str, object]) -> None:
        """Adds a table of names and values."""
        self._parts.append(("facts", dict(facts)))

    def image(self, image: np.ndarray | Path, caption: str) -> None:
        """Adds an image with a caption, which is also its alternative text.

        The image is (H, W, 3) RGB uint8, or the path of a .png or .jpg file.
        """
        if isinstance(image, np.ndarray):
            mime, data = "image/png", encoded(image, ".png")
        else:
            mime, data = _MIME[image.suffix], image.read_bytes()
        source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        self._parts.append(("image", {"source": source, "caption": caption}))

    def write(self, path: str | Path) -> None:
        """Writes the page; an old file is replaced only by a complete new one."""
        # File names that are not valid Unicode are escaped.
        data = str(self).encode("utf-8", "backslashreplace")
        with atomic_write(path) as aside:
            aside.write_bytes(data)

    def __str__(self) -> str:
        return _template().render(title=self.title, parts=self._parts)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hyperface.visualization"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    return environment.get_template("page.html")


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float | np.floating) and math.isnan(value))


def _is_numeric(column: Sequence) -> bool:
    """Whether a column has only numbers and missing values."""
    present = [value for value in column if not _is_missing(value)]
    numbers = int | float | np.number
    return bool(present) and all(
        isinstance(value, numbers) and not isinstance(value, bool) for value in present
    )


def _cell(value: object) -> str:
    if _is_missing(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}" if -1000 < value < 1000 else f"{value:,.0f}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_cell(each)}" for key, each in value.items()) or "–"
    if isinstance(value, tuple | list):
        return ", ".join(map(_cell, value)) or "–"
    return str(value)
