"""What one setting may be: its type, its choices, its range."""

import ast
import math
import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

NoneType = types.NoneType
# In the order in which a text is tried as each.
NAMES = {NoneType: "none", bool: "true or false", int: "a whole number", float: "a number",
         str: "text"}  # fmt: skip
LITERALS = {"none": None, "true": True, "false": False}
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Knob:
    """One setting's type and limits.

    Attributes:
        scalars: The types that the value, or each entry of a tuple or dict, may have.
        container: `tuple` or `dict` when the value holds entries, else None.
        choices: The only values allowed, or None.
        bounds: Lowest and highest number allowed, each possibly None; or None.
    """

    scalars: frozenset[type]
    container: type | None = None
    choices: Sequence | None = None
    bounds: Sequence | None = None

    @classmethod
    def of(cls, value: Any, hint: Any, choices: Sequence | None, bounds: Sequence | None) -> "Knob":
        """Takes the type from the annotation, else the choices, else the bounds, else the value."""
        container = next((c for c in (tuple, dict) if isinstance(value, c) or _is(hint, c)), None)
        found = {type(entry) for entry in entries(value)}
        if hint is not None:
            scalars = set(_scalars_of(hint))
        elif choices is not None:
            scalars = {type(choice) for choice in choices}
        elif bounds is not None:
            scalars = {float if any(isinstance(bound, float) for bound in bounds) else int}
            scalars |= found & {NoneType}
        else:
            scalars = found - {int} if {int, float} <= found else found
        scalars &= NAMES.keys()
        if not scalars or (hint is None and scalars == {NoneType}):
            scalars = set(NAMES)  # `None` or `()` alone does not say what else may stand there.
        return cls(frozenset(scalars), container, choices, bounds)

    def check(self, value: Any) -> Any:
        """The value with its numbers in the right type; ValueError where it is not allowed."""
        if self.container is None:
            return self.check_entry(value)
        if not isinstance(value, self.container):
            raise ValueError(f"not a {self.container.__name__}")
        if self.container is tuple:
            return tuple(map(self._check_nested, value))
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key that is not text")
        return {key: self._check_nested(entry) for key, entry in value.items()}

    def check_entry(self, value: Any) -> Any:
        """`check` for a single value, or one entry of a tuple or dict."""
        value = self._typed(value)
        # True equals 1, but a choice of 1 does not mean True.
        if self.choices is not None and not any(
            value == choice and isinstance(value, bool) == isinstance(choice, bool)
            for choice in self.choices
        ):
            raise ValueError("not a choice")
        if self.bounds is not None and isinstance(value, int | float):
            lowest, highest = self.bounds
            if (lowest is not None and value < lowest) or (highest is not None and value > highest):
                raise ValueError("out of range")
        return value

    def parse(self, text: str) -> Any:
        """The value that a person's text means; ValueError where it means none."""
        if self.container is None:
            return self.parse_entry(text)
        if text.strip()[:1] in ("(", "[", "{"):
            return self.check(_literal(text))
        if self.container is dict:
            raise ValueError("not a dict")
        return tuple(self.parse_entry(part.strip()) for part in text.split(",") if part.strip())

    def parse_entry(self, text: str) -> Any:
        """`parse` for a single value, or one entry of a tuple or dict."""
        word = text.strip()
        if word.lower() in LITERALS and type(LITERALS[word.lower()]) in self.scalars:
            return self.check_entry(LITERALS[word.lower()])
        if int in self.scalars and INTEGER.fullmatch(word):
            return self.check_entry(int(word))
        if float in self.scalars and NUMBER.fullmatch(word):
            return self.check_entry(float(word))
        return self.check_entry(text if self.choices is None else word)

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        if self.choices is not None:
            words = "one of " + ", ".join(map(str, self.choices))
        else:
            words = " or ".join(NAMES[kind] for kind in NAMES if kind in self.scalars)
        if self.bounds is not None:
            lowest, highest = self.bounds
            words += "" if lowest is None else f" from {lowest}"
            words += "" if highest is None else f" {'up ' if lowest is None else ''}to {highest}"
            words += " on" if lowest is not None and highest is None else ""
        return {tuple: "a tuple, each entry ", dict: "a dict, each entry ", None: ""}[
            self.container
        ] + words

    def _check_nested(self, entry: Any) -> Any:
        if isinstance(entry, tuple | list):
            return tuple(map(self._check_nested, entry))
        return self.check_entry(entry)

    def _typed(self, value: Any) -> Any:
        if type(value) in self.scalars and not isinstance(value, float):
            return value
        if float in self.scalars and type(value) in (int, float):
            if not math.isfinite(value):
                raise ValueError("not finite")
            return float(value)
        raise ValueError("wrong type")


def entries(value: Any) -> Iterator:
    """The single values in a value: itself, or those in a tuple or dict, however nested."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for entry in value:
            yield from entries(entry)
    else:
        yield value


def _is(hint: Any, container: type) -> bool:
    return hint is container or get_origin(hint) is container


def _scalars_of(hint: Any) -> Iterator[type]:
    """The types of the entries of an annotation, such as float of `dict[str, float]`."""
    if _is(hint, dict):
        yield from _scalars_of((get_args(hint) or (str, Any))[1])
    elif get_args(hint):
        for part in get_args(hint):
            yield from _scalars_of(part)
    elif hint in NAMES:
        yield hint


def _literal(text: str) -> Any:
    """A Python literal; a list becomes a tuple."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError("not a Python literal") from None
    return tuple(value) if isinstance(value, list) else value
