"""The settings of a run: the constants of a config module with the user's overrides."""

import difflib
import json
import logging
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, get_type_hints

from hyperface.errors import UserError
from hyperface.utils.setting_types import SettingType

RULES, RENAMED = "RULES", "RENAMED"  # constants of a config module that are not settings
_LOG = logging.getLogger(__name__)


class Settings:
    """Immutable settings, read as attributes: `settings.EPOCHS`.

    A list becomes a tuple, and a dict is returned as a copy, so that nothing changes during a run.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", _copy(values))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"there is no setting {name}")
        return _copy(self._values[name])

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"settings do not change during a run: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"settings do not change during a run: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self._values == other._values

    def __hash__(self) -> int:
        return hash(tuple(self._values))

    def __reduce__(self) -> tuple:
        return Settings, (self.as_dict(),)

    def __repr__(self) -> str:
        return f"Settings({self._values})"

    def as_dict(self) -> dict[str, Any]:
        """A copy, name to value."""
        return _copy(self._values)

    def as_json(self) -> str:
        """Text from which `from_json` makes equal settings."""
        return json.dumps(self._values, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Settings":
        """Reads the output of `as_json`; raises ValueError for anything else."""
        try:
            values = json.loads(text, parse_constant=_refuse)
        except RecursionError:
            raise ValueError("JSON nested too deeply") from None
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
        return cls(values)


def resolve(
    config_module: types.ModuleType,
    overrides: Sequence[str] = (),
    used: Collection[str] | None = None,
    program: str = "",
) -> Settings:
    """The settings of a config module with the user's overrides.

    Every UPPERCASE constant without a leading underscore is a setting, except for `RULES` and
    `RENAMED`: int, float, str, bool, None, or a tuple or dict of these. Its annotation gives type
    and range (see `setting_types`); without one, its value gives the type. `RULES` are pairs of a
    function that returns whether the settings agree with each other, and the message if they do
    not. `RENAMED` has the present name of each renamed setting; an override may use either name.

    Args:
        config_module: The module, such as src/config.py.
        overrides: "NAME=VALUE"; "NAME.key=VALUE" for an entry of a dict; "NAME=a,b" or a Python
            literal for a tuple. The last override of a name is used.
        used: The settings that the program uses; overrides of others are refused. None for all.
        program: The name of the program, for messages.

    Raises:
        UserError: A name is unknown or not used, a value has the wrong type or range, or settings
            contradict each other.
    """
    file = f"{config_module.__name__}.py"
    hints = get_type_hints(config_module, include_extras=True)
    values = {
        name: _copy(value)
        for name, value in vars(config_module).items()
        if name.isupper() and name[0] != "_" and name not in (RULES, RENAMED)
    }
    renamed = getattr(config_module, RENAMED, {})
    for name in values.keys() & renamed.keys():
        raise UserError(f"{name} in {file} is called {renamed[name]} now: rename it there.")
    kinds = {name: SettingType(hints.get(name), value) for name, value in values.items()}
    for name, kind in kinds.items():
        values[name] = _read(kind.check, values[name], kind, f"{name} = {values[name]!r} in {file}")
    open_ended = {
        name for name, value in values.items() if value == {} or kinds[name].takes_any_key
    }

    for override in overrides:
        name, equals, text = override.partition("=")
        name, dot, key = name.strip().partition(".")
        given = f"--set {override}"
        if not equals:
            raise UserError(f"{_short(given)}: expected NAME=VALUE, such as EPOCHS=3.")
        if name in renamed:
            _LOG.warning("%s is called %s now", name, renamed[name])
            name = renamed[name]
        _known(name, values, given)
        if used is not None and name not in used:
            raise UserError(
                f"{_short(given)}: {program} does not use {name}; it uses {', '.join(used)}."
            )
        kind, old = kinds[name], values[name]
        if not isinstance(old, dict):
            if dot:
                raise UserError(f"{_short(given)}: {name} has no entries; set {name} itself.")
            values[name] = _read(kind.parse, text, kind, given)
            continue
        new = {key: _read(kind.entry.parse, text, kind, given)} if dot else {}
        new = new or _read(kind.parse, text, kind, given)
        for key in new if name not in open_ended else ():
            _known(key, old, given)
        values[name] = old | new
    settings = Settings(values)
    for agrees, sentence in getattr(config_module, RULES, ()):
        if not agrees(settings):
            raise UserError(sentence)
    return settings


def differences(here: Settings, run: Settings) -> list[str]:
    """One line for each setting that differs, such as "EPOCHS: 3 here, 5 in the run"."""
    return [
        f"{name}: {ours} here, {theirs} in the run"
        for name, (ours, theirs) in differing(here.as_dict(), run.as_dict()).items()
    ]


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Both values as text of each setting that differs; dict entries are LOSS_WEIGHTS.pose."""
    ours, theirs = flat(_copy(one)), flat(_copy(other))
    return {
        name: (_value(ours, name), _value(theirs, name))
        for name in dict.fromkeys((*ours, *theirs))
        if (name in ours, ours.get(name)) != (name in theirs, theirs.get(name))
    }


def _read(read: Callable, value: Any, kind: SettingType, given: str) -> Any:
    try:
        return read(value)
    except (ValueError, OverflowError):
        raise UserError(f"{_short(given)}: expected {kind.expected}.") from None


def _known(name: str, names: Collection[str], given: str) -> None:
    if name in names:
        return
    near = difflib.get_close_matches(name[:100].upper(), [each.upper() for each in names], n=1)
    nearest = next((each for each in names if [each.upper()] == near), None)
    hint = f" (did you mean {nearest}?)" if nearest else f"; there are {', '.join(names) or 'none'}"
    raise UserError(f"{_short(given)}: there is no {_short(name) or 'empty name'}{hint}.")


def _short(text: str) -> str:
    """A given text on one line, shortened for a message."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 120 else text[:117] + "..."


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(entry) for key, entry in value.items()}
    return tuple(map(_copy, value)) if isinstance(value, list | tuple) else value


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Flattens dicts to entries with names such as LOSS_WEIGHTS.pose."""
    entries: dict[str, Any] = {}
    for name, value in values.items():
        inner = isinstance(value, dict) and value
        entries |= (
            {f"{name}.{key}": entry for key, entry in value.items()} if inner else {name: value}
        )
    return entries


def _value(entries: dict[str, Any], name: str) -> str:
    return repr(entries[name]) if name in entries else "not set"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} in settings")
