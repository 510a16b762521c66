"""Values as standard JSON, in which NaN and infinities are null."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hyperface.utils.files import atomic_write


def json_text(value: Any, **options: Any) -> str:
    """A value as JSON text; NaN and infinities, which JSON does not have, become null."""
    return json.dumps(without_nan(value), allow_nan=False, **options)


def write_json(path: Path, value: Any, **options: Any) -> None:
    """Writes the text of `json_text` to a file, atomically."""
    with atomic_write(path) as aside:
        aside.write_text(json_text(value, **options) + "\n", encoding="utf-8")


def without_nan(value: Any) -> Any:
    """The same value with None for every float that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: without_nan(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    return value
