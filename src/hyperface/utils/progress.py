"""A progress bar for a person, one line for a log file."""

import sys
import time
from collections.abc import Generator, Iterable, Sized
from typing import TextIO, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(
    iterable: Iterable[Item], total: int | None = None, description: str = ""
) -> Generator[Item, None, None]:
    """Passes the items on and shows on stderr how far they are.

    A terminal gets a bar with the rate. Anything else gets one line when the items end, also
    when the loop is left early: description, number of items, seconds.

    Args:
        iterable: The items.
        total: How many there are; asked of the iterable when not given.
        description: What is being done, a few words.

    Yields:
        The items, unchanged.
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
            # Counted when asked for the next one: the item the loop broke at was not finished.
            yield item
            count += 1
    finally:
        of_total = "" if total is None or total == count else f" of {total:,}"
        seconds = time.monotonic() - start
        label = f"{description}: " if description else ""
        if sys.stderr is not None:
            print(f"{label}{count:,}{of_total} in {seconds:.1f} s", file=sys.stderr, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person watches; a program without a console has no streams at all."""
    return stream is not None and stream.isatty()
