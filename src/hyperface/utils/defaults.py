"""The settings that a program or a library user starts from."""

import importlib.util
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hyperface.utils import environment
from hyperface.utils.settings import Settings, flat, resolve

PACKAGE = Path(__file__).resolve().parents[1]


def default_settings(**overrides: Any) -> Settings:
    """The default settings with some of them changed: `default_settings(EPOCHS=10)`.

    Args:
        **overrides: Values by name; a dict replaces single entries: `LOSS_WEIGHTS={"pose": 1.0}`.

    Raises:
        UserError: A name is unknown, or a value has the wrong type, choice or range.
    """
    config = settings_module("config")
    return resolve(config, [f"{name}={value}" for name, value in flat(overrides).items()])


@cache
def unedited_settings() -> Settings:
    """The default settings of the last committed config.py, or of the current one without git.

    They are read once, since a later commit has nothing to do with a run that has begun.
    """
    path = _settings_file("config")
    source = environment.committed_text(path) if path.parent != PACKAGE else None
    if source is not None:
        module = ModuleType("config")
        with suppress(Exception):  # of another version of the project
            exec(compile(source, str(path), "exec"), vars(module))  # the project's own file
            return resolve(module)
    return default_settings()


def settings_module(name: str) -> ModuleType:
    """The module `config` or `experiments`: inside an installed package, or beside the package."""
    path = _settings_file(name)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no settings at {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _settings_file(name: str) -> Path:
    inside, beside = PACKAGE / f"default_{name}.py", PACKAGE.parent / f"{name}.py"
    return inside if inside.is_file() else beside
