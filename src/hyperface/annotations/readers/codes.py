"""Coded columns: the label that a cell of a table stands for."""

import math
from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np

from hyperface.annotations.record import SkipReport

EMPTY = frozenset({"", "null", "none", "nan", "na", "n/a"})
GENDER_OF_WORD = {"m": 0.0, "male": 0.0, "f": 1.0, "female": 1.0}
Label = TypeVar("Label")


def code_of(value: object) -> str | None:
    """A cell as lower-case text, both 1 and 1.0 as "1"; None if the cell is empty."""
    text = str(value).strip().lower() if value is not None else ""
    if text in EMPTY:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if math.isfinite(number) and number == int(number) else text


def label_of(
    value: object, labels: Mapping[str, Label], fault: str, name: str, skipped: SkipReport
) -> Label | None:
    """The label that a coded cell stands for.

    Args:
        value: The cell: text, a number, or None.
        labels: By code, as `code_of` gives it.
        fault: What is wrong with any other code, such as "sex that is neither m nor f".
        name: Where the cell stands, for the message.
        skipped: Records a code that is none of `labels`; an empty cell is no fault.

    Returns:
        The label; None where it is missing.
    """
    if (code := code_of(value)) is None:
        return None
    if code not in labels:
        skipped.add(f"{fault}, treated as missing", f"{name}: {code[:20]!r}")
    return labels.get(code)


def gender_of(
    value: object, genders: Mapping[str, float], fault: str, name: str, skipped: SkipReport
) -> float:
    """As `label_of`, of a gender: 0.0 male, 1.0 female, NaN missing."""
    gender = label_of(value, genders, fault, name, skipped)
    return float("nan") if gender is None else gender


def flags_of(cells: Iterable[object], fault: str, name: str, skipped: SkipReport) -> np.ndarray:
    """(N,) bool: which faces are flagged; 0 or an empty cell is no flag, 1 is one.

    Any other code is counted by the fault, and flags the face to be safe.
    """
    flags = []
    for cell in cells:
        code = code_of(cell)
        if code not in (None, "0", "1"):
            skipped.add(f"{fault}, the face is ignored", f"{name}: {code[:20]!r}")
        flags.append(code not in (None, "0"))
    return np.array(flags, bool)
