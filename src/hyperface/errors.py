"""The error for mistakes that the user can correct."""

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Something that the user gave cannot be used.

    The message is one sentence: what was given, what was expected, what to do. It begins with a
    capital letter, an inserted value, or the name of an option or setting, and ends with one full
    stop, its own or that of a message inserted at its end. Scripts print it without a traceback and
    exit with status 2.
    """


@contextmanager
def prefix_user_errors(title: str) -> Iterator[None]:
    """Prefixes a `UserError` raised inside the block with an image's title, unless it is ""."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{title}: {error}" if title else str(error)) from error
