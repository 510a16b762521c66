"""The folder of a run, which can be resumed and is locked against other processes."""

import json
import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from hyperface.errors import UserError
from hyperface.utils import environment
from hyperface.utils.files import atomic_write, remove_leftovers
from hyperface.utils.json_text import write_json
from hyperface.utils.lock import Lock, LockedError
from hyperface.utils.settings import Settings, differences

ENVIRONMENT = "environment.json"
AT_START = {"settings.json", ENVIRONMENT, "log.txt", "lock"}  # files of a run without results
NAME = re.compile(r"(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)(?:-(\d+))?")


class RunFolder:
    """A run's folder, locked for as long as this object is open.

    Attributes:
        path: The folder.
        resumed: Whether an earlier process began this run.
        notices: Warnings about ignored folders and changed environments.
    """

    def __init__(self, path: Path, settings: Settings, resumed: bool, lock: Lock) -> None:
        self.path = path
        self.resumed = resumed
        self.notices: list[str] = []
        self._lock = lock
        remove_leftovers(path)
        if not resumed:
            with atomic_write(path / "settings.json") as aside:
                aside.write_text(settings.as_json(), encoding="utf-8")
        self._record_environment()

    @property
    def name(self) -> str:
        """The folder's name, which is the date and time of the start."""
        return self.path.name

    def finish(self) -> None:
        """Marks the run as finished, so that it is not resumed again."""
        now = datetime.now().isoformat(timespec="seconds")
        write_json(self.path / "finished.json", {"time": now}, indent=2)

    def close(self) -> None:
        """Releases the folder."""
        self._lock.release()

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Releases the folder; removes it if a mistake of the user ended the run at once."""
        mistaken = kind is not None and issubclass(kind, UserError) and not self.resumed
        if mistaken and {path.name for path in self.path.iterdir()} <= AT_START:
            shutil.rmtree(self.path, ignore_errors=True)
        self.close()

    def _record_environment(self) -> None:
        """Adds this process's environment to environment.json: one entry for each start."""
        starts = self._read_starts()
        now = environment.describe()
        if starts:
            changed = [key for key in now if key != "date" and now[key] != starts[-1].get(key)]
            if changed:
                self.notices.append(
                    f"{self.name}: {', '.join(changed)} changed since the run was last started, "
                    "so its numbers may differ slightly from an uninterrupted run's."
                )
        write_json(self.path / ENVIRONMENT, [*starts, now], indent=2)

    def _read_starts(self) -> list[dict[str, Any]]:
        """The environments so far; none if the file is missing or unreadable, with a warning."""
        try:
            value = json.loads((self.path / ENVIRONMENT).read_bytes())
            if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
                raise ValueError
        except FileNotFoundError:
            return []
        except (OSError, ValueError, RecursionError):
            self.notices.append(f"{self.name}: {ENVIRONMENT} cannot be read and is replaced.")
            return []
        return value


class TemporaryRun(RunFolder):
    """The folder of a process other than the first one, which is removed when it is closed."""

    def __init__(self, settings: Settings) -> None:
        path = Path(tempfile.mkdtemp(prefix="hyperface-"))
        super().__init__(path, settings, resumed=False, lock=Lock(path / "lock"))

    def close(self) -> None:
        """Removes the folder."""
        super().close()
        shutil.rmtree(self.path, ignore_errors=True)


def open_run(
    runs_folder: str | Path, settings: Settings, resume: str | Path | None = None
) -> RunFolder:
    """Opens the run for a command with these settings.

    The newest unfinished run with the same settings is resumed. If there is none, a new run starts
    in a folder named after date and time. `resume` names a run that need not be the newest.

    Raises:
        UserError: The run is in use by another process; `resume` is not a run, is finished, or has
            other settings; or the folder cannot be written.
    """
    try:
        if resume is not None:
            return _resume(Path(resume), settings)
        return _resume_newest_or_start(Path(runs_folder), settings)
    except OSError as error:
        where = resume or runs_folder
        raise UserError(
            f"The run in {where} cannot be written ({error.strerror or error}); free space, or "
            "make the folder writable."
        ) from error


def _resume(path: Path, settings: Settings) -> RunFolder:
    try:
        old = _read_settings(path)
    except (OSError, ValueError) as error:
        raise UserError(
            f"--resume {path} is not the folder of a run: its settings.json cannot be read "
            f"({error}); give a folder inside runs/, or leave --resume out."
        ) from None
    if _is_finished(path):
        raise UserError(f"--resume {path}: that run is finished; leave --resume out.")
    lines = differences(settings, old)
    if lines:
        raise UserError(
            f"--resume {path} has other settings:\n  "
            + "\n  ".join(lines)
            + "\nGive the same ones, or leave --resume out."
        )
    return RunFolder(path, settings, resumed=True, lock=_lock(path))


def _resume_newest_or_start(runs_folder: Path, settings: Settings) -> RunFolder:
    runs_folder.mkdir(parents=True, exist_ok=True)
    skipped = []
    for path in _newest_first(runs_folder):
        if _is_finished(path):
            continue
        try:
            same = _read_settings(path) == settings
        except (OSError, ValueError):
            skipped.append(f"{path.name} is ignored: its settings.json cannot be read.")
            continue
        if not same:
            continue
        lock = _lock(path)
        if _is_finished(path):  # By its own process, since the first look.
            lock.release()
            continue
        run = RunFolder(path, settings, resumed=True, lock=lock)
        break
    else:
        path = _make_folder(runs_folder)
        run = RunFolder(path, settings, resumed=False, lock=_lock(path))
    run.notices[:0] = skipped
    return run


def _newest_first(runs_folder: Path) -> list[Path]:
    named = [(NAME.fullmatch(path.name), path) for path in runs_folder.iterdir() if path.is_dir()]
    dated = [(match[1], int(match[2] or 1), path) for match, path in named if match]
    return [path for *_, path in sorted(dated, reverse=True)]


def _make_folder(runs_folder: Path) -> Path:
    name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    number = 1
    while True:
        path = runs_folder / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _lock(path: Path) -> Lock:
    try:
        return Lock(path / "lock")
    except LockedError:
        raise UserError(
            f"The run {path.name} is being written by another process; wait for it, stop it, or "
            "change a setting to start another run."
        ) from None


def _read_settings(path: Path) -> Settings:
    return Settings.from_json((path / "settings.json").read_bytes())


def _is_finished(path: Path) -> bool:
    return (path / "finished.json").exists()
