"""The one error that is the user's to mend."""

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence: what was given, what was expected, what to do. Scripts print it
    without a traceback and exit with status 2.
    """


@contextmanager
def prefix_user_errors(file: str) -> Iterator[None]:
    """Names the file that is worked on in a `UserError` of the work inside; "" names none."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{file}: {error}" if file else str(error)) from error
