"""The log of a run: numbered steps on the terminal, the same with times in a file."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tqdm import tqdm


class Log:
    """Prints to stdout and appends to a file, usually log.txt in the run's folder."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._steps = 0
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("ab") as file:
                file.write(b"\n")  # A killed process may have left half a line.
            self.log("resumed")

    def log(self, text: str) -> None:
        """Logs one or more lines."""
        now = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
        lines = text.splitlines() or [""]
        _print("\n".join(lines))
        # Closed each time, so that no line is lost. Unprintable file names cannot stop a run.
        with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(f"{now}  {line}\n" for line in lines))

    @contextmanager
    def step(self, name: str) -> Iterator["Step"]:
        """Logs the number and name of a step, and at its end the time it took."""
        self._steps += 1
        self.log(f"{self._steps}. {name}")
        start = time.monotonic()
        try:
            yield Step(self)
        except BaseException as error:  # Ctrl-C, too
            taken = duration(time.monotonic() - start)
            self.log(f"   stopped after {taken}: {type(error).__name__}")
            raise
        self.log(f"   done in {duration(time.monotonic() - start)}")


class Step:
    """One step; its lines are indented below its name."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def log(self, text: str) -> None:
        """Logs one or more lines."""
        self._log.log("\n".join(f"   {line}" for line in text.splitlines()))


class PrintedStep(Step):
    """A step outside a run, which logs to stderr."""

    def __init__(self) -> None:
        """Without a log file."""

    def log(self, text: str) -> None:
        """Logs one or more lines."""
        if sys.stderr is not None:
            print(text, file=sys.stderr)


def duration(seconds: float) -> str:
    """Seconds in a readable form: 12.3 s, 2 min 05 s, 1 h 02 min."""
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _print(text: str) -> None:
    if sys.stdout is None:
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    printable = text.encode(encoding, "backslashreplace").decode(encoding)
    tqdm.write(printable, file=sys.stdout)  # above a running progress bar
    sys.stdout.flush()
