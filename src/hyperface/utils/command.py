"""The exit of a program: a user's mistake, a full disk and Ctrl-C each give one sentence."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress

from hyperface.errors import UserError
from hyperface.startup import restore_ctrl_c

OK, USER_ERROR, STOPPED = 0, 2, 130


def exit_status(work: Callable[[], object], on_rerun: str = "the same command resumes") -> int:
    """Runs a program, and reports an error in one sentence, without a traceback.

    Returns:
        The exit status: that of the program, if it returns one, 2 after a mistake of the user, 130
        after Ctrl-C. Messages say what happens `on_rerun` of the same command.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names may be any bytes
    try:
        restore_ctrl_c()
        status = work()
        return status if isinstance(status, int) else OK
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return USER_ERROR
    except BrokenPipeError:  # the reader, such as `| head`, has closed the pipe
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        print(f"error: {error}; fix it, and {on_rerun}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print(f"\nstopped; {on_rerun}", file=sys.stderr)
        return STOPPED
