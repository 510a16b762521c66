"""A report as one HTML file that needs nothing else: no network, no folder beside it."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import jinja2
import numpy as np

from hyperface.images.writing import encoded
from hyperface.utils.files import atomic_write

_MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}


class Page:
    """Collects the parts of a report in their order and writes them as one file.

    Every text is escaped, every image embedded, and the page itself forbids its reader's browser
    to fetch anything. How the parts look is in `templates/page.html`.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._parts: list[tuple[str, object]] = []  # a kind that the template knows, and what of it

    def heading(self, text: str) -> None:
        """Starts a section."""
        self._parts.append(("heading", text))

    def text(self, text: str) -> None:
        """A paragraph; line breaks are kept."""
        self._parts.append(("text", text))

    def warning(self, text: str) -> None:
        """A paragraph that cannot be overlooked."""
        self._parts.append(("warning", text))

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence], note: str | None = None
    ) -> None:
        """A table; numbers stand right, None and NaN as a dash.

        Raises:
            ValueError: A row has not as many cells as there are columns.
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
        """Names and their values, one a line."""
        self._parts.append(("facts", dict(facts)))

    def image(self, image: np.ndarray | str | Path, caption: str) -> None:
        """An image with its caption.

        Args:
            image: (H, W, 3) RGB uint8, or the path of a PNG, JPEG or SVG file.
            caption: Written below, and read out in place of the image.
        """
        if isinstance(image, np.ndarray):
            mime, data = "image/png", encoded(image, ".png")
        else:
            mime, data = _MIME[Path(image).suffix.lower()], Path(image).read_bytes()
        source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        self._parts.append(("picture", {"source": source, "caption": caption}))

    def write(self, path: str | Path) -> None:
        """Writes the page; an old one stays until the new one is whole."""
        # A file name that is not valid Unicode still shows, as its escape.
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
    """Whether a column holds numbers, some of which may be missing."""
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
    return str(value)
