"""The one error that is the user's to mend."""


class UserError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence: what was given, what was expected, what to do. Scripts print it
    without a traceback and exit with status 2.
    """
