"""Coded columns: what a cell of somebody else's table says, and what it does not."""

import math
from collections.abc import Mapping
from typing import TypeVar

from hyperface.records.record import Rejects

EMPTY = frozenset({"", "null", "none", "nan", "na", "n/a"})
GENDER_OF_WORD = {"m": 0.0, "male": 0.0, "f": 1.0, "female": 1.0}
Label = TypeVar("Label")


def code_of(value: object) -> str | None:
    """A cell as lower-case text, 1 and 1.0 alike as "1"; None where the cell is empty."""
    text = str(value).strip().lower() if value is not None else ""
    if text in EMPTY:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if math.isfinite(number) and number == int(number) else text


def label_of(
    value: object, labels: Mapping[str, Label], fault: str, name: str, rejects: Rejects
) -> Label | None:
    """The label that a coded cell stands for.

    Args:
        value: The cell: text, a number, or None.
        labels: By code, as `code_of` gives it.
        fault: What is wrong with any other code, such as "sex that is neither m nor f".
        name: Where the cell stands, for the message.
        rejects: Told of a code that is none of `labels`; an empty cell is no fault.

    Returns:
        The label; None where it is missing.
    """
    code = code_of(value)
    if code is not None and code not in labels:
        rejects.add(f"{fault}, taken as missing", f"{name}: {code[:20]!r}")
    return labels.get(code)
