"""How much memory this process has for itself: what no file could give back."""

import re
import threading
from pathlib import Path

STATUS = Path("/proc/self/status")


def anonymous_bytes(status: Path = STATUS) -> int | None:
    """Anonymous memory of this process, in bytes; None where the system does not tell."""
    try:
        found = re.search(r"^RssAnon:\s*(\d+) kB$", status.read_text(), re.MULTILINE)
    except OSError:
        return None
    return 1024 * int(found.group(1)) if found else None


class PeakMemory:
    """Watches the anonymous memory from a thread, inside a `with`.

    The system itself keeps a peak only of all resident memory, mapped files included.

    Attributes:
        peak: The largest seen, in bytes; None where the system does not tell.
    """

    def __init__(self, every: float = 0.05, status: Path = STATUS) -> None:
        self.peak: int | None = None
        self._every = every
        self._status = status
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(self._every):
            self._look()

    def _look(self) -> None:
        now = anonymous_bytes(self._status)
        if now is not None:
            self.peak = max(now, self.peak or 0)
