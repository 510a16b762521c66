"""A report as one HTML file that needs nothing else: no network, no folder beside it."""

import base64
import html
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hyperface.images.writing import encoded
from hyperface.utils.files import write_aside

_MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1f23; --soft: #5d6670; --line: #d9dde2;
  --plate: #f5f6f8; --warn: #fff4d6; --warn-line: #d99a00; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e6e8eb; --soft: #9aa3ad;
  --line: #343a42; --plate: #1e2228; --warn: #3a2f10; --warn-line: #d99a00; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.2rem 4rem; max-width: 78rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem;
  border-bottom: 1px solid var(--line); }
p { max-width: 50rem; margin: .5rem 0; white-space: pre-line; overflow-wrap: anywhere; }
.warning { background: var(--warn); border-left: 4px solid var(--warn-line); padding: .6rem .9rem; }
.scroll { overflow-x: auto; margin: .7rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 600; }
thead th, thead + tbody td { overflow-wrap: break-word; }
.number { text-align: right; white-space: nowrap; }
.facts th { color: var(--soft); font-weight: 400; white-space: nowrap; }
.note, figcaption { color: var(--soft); font-size: .9rem; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
"""


class Page:
    """Collects the parts of a report in their order and writes them as one file.

    Every text is escaped, every picture embedded, and the page itself forbids its reader's browser
    to fetch anything.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._parts = [f"<h1>{_escaped(title)}</h1>"]

    def heading(self, text: str) -> None:
        """Starts a section."""
        self._parts.append(f"<h2>{_escaped(text)}</h2>")

    def text(self, text: str) -> None:
        """A paragraph; line breaks are kept."""
        self._parts.append(f"<p>{_escaped(text)}</p>")

    def warning(self, text: str) -> None:
        """A paragraph that cannot be overlooked."""
        self._parts.append(f'<p class="warning" role="note">{_escaped(text)}</p>')

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
        kinds = [' class="number"' if _is_numeric(column) else "" for column in cells]
        head = "".join(
            f'<th scope="col"{kind}>{_escaped(name)}</th>'
            for name, kind in zip(columns, kinds, strict=True)
        )
        body = "\n".join(_table_row(row, kinds) for row in rows)
        self._parts.append(
            f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody></table></div>"
        )
        if note:
            self._parts.append(f'<p class="note">{_escaped(note)}</p>')

    def facts(self, facts: Mapping[str, object]) -> None:
        """Names and their values, one a line."""
        rows = "\n".join(
            f'<tr><th scope="row">{_escaped(name)}</th><td>{_escaped(_cell(value))}</td></tr>'
            for name, value in facts.items()
        )
        self._parts.append(f'<div class="scroll"><table class="facts">\n{rows}\n</table></div>')

    def picture(self, picture: np.ndarray | str | Path, caption: str) -> None:
        """A picture with its caption.

        Args:
            picture: (H, W, 3) RGB uint8, or the path of a PNG, JPEG or SVG file.
            caption: Written below, and read out in place of the picture.
        """
        if isinstance(picture, np.ndarray):
            mime, data = "image/png", encoded(picture, ".png")
        else:
            mime, data = _MIME[Path(picture).suffix.lower()], Path(picture).read_bytes()
        source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        text = _escaped(caption)
        self._parts.append(
            f'<figure><img src="{source}" alt="{text}"><figcaption>{text}</figcaption></figure>'
        )

    def write(self, path: str | Path) -> None:
        """Writes the page; an old one stays until the new one is whole."""
        # A file name that is not valid Unicode still shows, as its escape.
        data = str(self).encode("utf-8", "backslashreplace")
        with write_aside(path) as aside:
            aside.write_bytes(data)

    def __str__(self) -> str:
        body = "\n".join(self._parts)
        policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{_escaped(self.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
            f"<body>\n{body}\n</body>\n</html>\n"
        )


def _escaped(text: object) -> str:
    return html.escape(str(text), quote=True)


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
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return str(value)


def _table_row(row: Sequence, kinds: Sequence[str]) -> str:
    cells = zip(row, kinds, strict=True)
    return "<tr>" + "".join(f"<td{kind}>{_escaped(_cell(v))}</td>" for v, kind in cells) + "</tr>"
