"""The type and range of one setting, checked by pydantic.

They are given by the annotation beside its value: `EPOCHS: Positive = 5`.
"""

import ast
import re
import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ConfigDict, TypeAdapter

Fraction = Annotated[float, Ge(0), Le(1)]
NonNegative = Annotated[float, Ge(0)]
Count = Annotated[int, Ge(0)]
Positive = Annotated[int, Ge(1)]
AnyName = Annotated[str, "any"]  # type of the keys of a dict that may get other keys than its own

NAMES = {
    types.NoneType: "none",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}
STRICT = ConfigDict(strict=True, allow_inf_nan=False)
LITERALS = {"none": None, "true": True, "false": False}
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class SettingType:
    """The type of one setting, from its annotation or, if this is None, from its value."""

    def __init__(self, annotation: Any, value: Any) -> None:
        self._hint = _inferred(value) if annotation is None else annotation
        self._alternatives = _alternatives(self._hint)
        containers = [each for each in self._alternatives if get_origin(each) in (tuple, dict)]
        self._entries = get_args(containers[0]) if containers else ()
        self._container = get_origin(containers[0]) if containers else None
        self._adapter: TypeAdapter = TypeAdapter(self._hint, config=STRICT)

    @property
    def expected(self) -> str:
        """A description of the allowed values."""
        return _describe(self._hint)

    @property
    def takes_any_key(self) -> bool:
        """Whether it is a dict that may get other keys than those of its default value."""
        return self._container is dict and self._entries[0] == AnyName

    @property
    def entry(self) -> "SettingType":
        """The type of an entry of a tuple or dict."""
        return SettingType(self._entries[1 if self._container is dict else 0], None)

    def check(self, value: Any) -> Any:
        """The value with its numbers in the right type; raises ValueError if it is not allowed."""
        return self._adapter.validate_python(_tuples(value))

    def parse(self, text: str) -> Any:
        """The value of a text given by the user; raises ValueError if it is not allowed."""
        if types.NoneType in self._alternatives and text.strip().lower() == "none":
            return None
        if self._container in (tuple, dict) and text.strip()[:1] in ("(", "[", "{"):
            return self.check(_literal(text))
        if self._container is tuple:
            entry = self.entry
            return tuple(entry.parse(part.strip()) for part in text.split(",") if part.strip())
        if self._container is dict:
            raise ValueError("not a dict")
        for candidate in _meanings(text):
            try:
                return self.check(candidate)
            except (ValueError, OverflowError):
                continue
        raise ValueError("none of the types allowed")


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """The types of a union, or the one type."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _meanings(text: str) -> Iterable[Any]:
    """The possible values of a text, the most specific first."""
    word = text.strip()
    if word.lower() in LITERALS:
        yield LITERALS[word.lower()]
    if INTEGER.fullmatch(word):
        yield int(word)
    if NUMBER.fullmatch(word):
        yield float(word)
    yield text
    yield word


def _inferred(value: Any) -> Any:
    """The type of a value that has no annotation."""
    if isinstance(value, dict):
        return types.GenericAlias(dict, (str, _common(value.values())))
    if isinstance(value, tuple | list):
        return types.GenericAlias(tuple, (_common(value), ...))
    return type(value) if type(value) in NAMES and value is not None else _common(())


def _common(values: Iterable[Any]) -> Any:
    """The common type of all entries; without entries, any single value."""
    hints = {_inferred(value) for value in values if not isinstance(value, dict)}
    if {int, float} <= hints:
        hints -= {int}
    if not hints:
        hints = set(NAMES)
    return Union[tuple(sorted(hints, key=str))]  # noqa: UP007 - of a computed set


def _describe(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _describe(arguments[0]) + _bounds(arguments[1:])
    if origin is Literal:
        return "one of " + ", ".join(map(str, arguments))
    if origin in (Union, types.UnionType):
        order = [*NAMES]
        known = sorted(arguments, key=lambda a: order.index(a) if a in order else len(order))
        return " or ".join(map(_describe, known))
    if origin is tuple:
        return f"a tuple, each entry {_describe(arguments[0])}"
    if origin is dict:
        return f"a dict, each entry {_describe(arguments[1])}"
    return NAMES.get(hint, str(hint))


def _bounds(limits: Iterable[Any]) -> str:
    words = {Ge: ("from", "ge"), Gt: ("above", "gt"), Le: ("to", "le"), Lt: ("below", "lt")}
    found = {type(each): getattr(each, words[type(each)][1]) for each in limits}
    text = "".join(f" {words[kind][0]} {found[kind]}" for kind in words if kind in found)
    return text + (" on" if Ge in found and not {Le, Lt} & found.keys() else "")


def _tuples(value: Any) -> Any:
    """The value with its lists as tuples."""
    if isinstance(value, dict):
        return {key: _tuples(entry) for key, entry in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, tuple | list) else value


def _literal(text: str) -> Any:
    """A Python literal."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError("not a Python literal") from None
