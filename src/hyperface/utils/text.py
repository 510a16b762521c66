"""Text files in any usual encoding, with any line ends; composed and decomposed letters."""

import codecs
import unicodedata
from collections.abc import Iterator
from pathlib import Path

START = 4096  # number of bytes from which the encoding is detected
# The marks of UTF-32 come first, since one of them begins with that of UTF-16.
ENCODING_OF_MARK = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding_of(start: bytes) -> str:
    """The encoding of a text that begins with these bytes: UTF-8, unless it is clearly another.

    UTF-16 without a mark is recognized by its zero bytes: in the digits and separators of a table
    every second byte is zero, which no other encoding has.
    """
    marked = (name for mark, name in ENCODING_OF_MARK.items() if start.startswith(mark))
    if (name := next(marked, None)) is not None:
        return name
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 > len(start) and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8-sig"


def text_lines(path: Path, longest: int = -1) -> Iterator[tuple[int, str]]:
    """Yields line numbers, from 1, and lines without their ends; blank lines are skipped.

    The line ends of all systems are accepted. Bytes that are not UTF-8 become lone surrogates (see
    `decode_windows_1252`, `is_valid_unicode`); invalid UTF-16 becomes the replacement character. A
    line longer than `longest` characters is broken, so that a file without line ends does not fill
    the memory; -1 for no limit.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        encoding = encoding_of(file.read(START))
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    with path.open(encoding=encoding, errors=errors, newline=None) as file:
        number = 0
        while line := file.readline(longest):
            number += 1
            line = line.rstrip("\n").removeprefix("\ufeff")  # joined files have a mark inside too
            if line.strip():
                yield number, line


def is_valid_unicode(line: str) -> bool:
    """Whether all bytes of a line are UTF-8 (or UTF-16)."""
    return line.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in line)


def decode_windows_1252(line: str) -> str:
    """The line, decoded as Windows-1252 if its bytes are not UTF-8."""
    if is_valid_unicode(line):
        return line
    return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def composed(name: str) -> str:
    """A name with each letter and its accents as one character, as most systems write it.

    macOS and archives made there use separate characters; both look the same.
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def decomposed(name: str) -> str:
    """A name with letters and accents as separate characters."""
    return name if name.isascii() else unicodedata.normalize("NFD", name)
