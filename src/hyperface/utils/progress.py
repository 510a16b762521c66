"""A progress bar on a terminal, one line in a log file."""

import sys
import time
from collections.abc import Generator, Iterable, Sized
from typing import TextIO, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(
    iterable: Iterable[Item], total: int | None = None, description: str = ""
) -> Generator[Item, None, None]:
    """Yields the items and shows the progress on stderr.

    A terminal shows a bar with the rate. Otherwise one line is written at the end, even if the loop
    is left early: description, number of items, seconds; none if there are no items. `total` is by
    default the length of the iterable.
    """
    if is_terminal(sys.stderr):
        yield from tqdm(iterable, desc=description or None, total=total, dynamic_ncols=True)
        return
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    start = time.monotonic()
    count = 0
    try:
        for item in iterable:
            # Counted afterwards: an item at which the loop breaks is not finished.
            yield item
            count += 1
    finally:
        of_total = "" if total is None or total == count else f" of {total:,}"
        seconds = time.monotonic() - start
        label = f"{description}: " if description else ""
        if sys.stderr is not None and total != 0:
            print(f"{label}{count:,}{of_total} in {seconds:.1f} s", file=sys.stderr, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether the stream is a terminal; a program without a console has no streams."""
    return stream is not None and stream.isatty()
