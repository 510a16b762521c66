"""An output folder that several runs with the same settings fill."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hyperface.errors import UserError
from hyperface.utils.files import remove_leftovers
from hyperface.utils.json_text import json_text, write_json
from hyperface.utils.lock import Lock, LockedError

EXAMPLES = 3


@contextmanager
def output_dir(
    folder: Path, file: str, settings: Mapping[str, Any], renamed: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Locks a folder inside the block, and checks that it was made with the same settings.

    Args:
        folder: The folder, created if it is missing; before its first use it must be empty, except
            for hidden files. Temporary files of killed processes are removed.
        file: The name of the JSON file in it that stores the settings.
        settings: The JSON values that the content depends on.
        renamed: The present name of each renamed setting, so that a folder of an earlier version
            with the same settings is recognized.

    Raises:
        UserError: It was made with other settings, has other content, or is in use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = Lock(folder / ".lock")
    except LockedError:
        raise UserError(
            f"Another process is writing to {folder}; wait until it ends, or give another folder."
        ) from None
    try:
        _check(folder, file, settings, renamed or {})
        remove_leftovers(folder)
        yield
    finally:
        lock.release()


def _check(
    folder: Path, file: str, settings: Mapping[str, Any], renamed: Mapping[str, str]
) -> None:
    path = folder / file
    settings = json.loads(json_text(dict(settings)))  # tuples as JSON has them
    if path.exists():
        try:
            before = json.loads(
                path.read_text(encoding="utf-8"),
                object_pairs_hook=lambda pairs: {renamed.get(key, key): v for key, v in pairs},
            )
        except ValueError:
            before = {}
        if before != settings:
            raise UserError(
                f"{folder} was made with other settings ({before}, not {settings}); give another "
                "folder."
            )
        return
    others = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    if others:
        raise UserError(
            f"{folder} is not empty ({', '.join(others[:EXAMPLES])}) and is not an output "
            "folder of this program; give another folder."
        )
    write_json(path, settings)
