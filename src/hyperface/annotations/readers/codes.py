"""Decodes the cells of coded columns into labels."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np

from hyperface.annotations.record import SkipReport

EMPTY = frozenset({"", "null", "none", "nan", "na", "n/a"})
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,400}")  # also too large for a float, such as an identifier
GENDER_OF_WORD = {"m": 0.0, "male": 0.0, "f": 1.0, "female": 1.0}
Label = TypeVar("Label")


def code_of(value: object) -> str | None:
    """A cell as lower-case text, both 1 and 1.0 as "1"; None if the cell is empty."""
    text = str(value).strip().lower() if value is not None else ""
    if text in EMPTY:
        return None
    if WHOLE_NUMBER.fullmatch(text):
        return str(int(text))
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if math.isfinite(number) and number == int(number) else text


def label_of(
    value: object, labels: Mapping[str, Label], fault: str, name: str, skipped: SkipReport
) -> Label | None:
    """The label that a coded cell stands for; None where it is missing.

    Args:
        value: The cell: text, a number, or None.
        labels: The labels by code, as `code_of` returns it.
        fault: A description of other codes, such as "sex that is neither m nor f".
        name: The location of the cell, for the message.
        skipped: Records a code that is not in `labels`; an empty cell is allowed.
    """
    if (code := code_of(value)) is None:
        return None
    if code not in labels:
        skipped.add(f"{fault}, treated as missing", f"{name}: {code[:20]!r}")
    return labels.get(code)


def gender_of(
    value: object, genders: Mapping[str, float], fault: str, name: str, skipped: SkipReport
) -> float:
    """As `label_of`, for a gender: 0.0 male, 1.0 female, NaN missing."""
    gender = label_of(value, genders, fault, name, skipped)
    return float("nan") if gender is None else gender


def flags_of(cells: Iterable[object], fault: str, name: str, skipped: SkipReport) -> np.ndarray:
    """(N,) bool, which faces are flagged: 1 is a flag, 0 or an empty cell is not.

    Any other code is counted as the fault, and the face counts as flagged to be safe.
    """
    flags = []
    for cell in cells:
        code = code_of(cell)
        if code not in (None, "0", "1"):
            skipped.add(f"{fault}, the face is ignored", f"{name}: {code[:20]!r}")
        flags.append(code not in (None, "0"))
    return np.array(flags, bool)
