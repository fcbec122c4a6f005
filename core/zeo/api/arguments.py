"""What the functions of the API are given: checked at the door, where a fault has its argument's name."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from zeo.errors import ConfigError

Options = Mapping[str, Mapping[str, Any]]
"""Options of plugins, by plugin and name."""

PICTURES = ("png", "pdf", "svg")
"""Forms of a picture."""

MOST_JOBS = 4096

SMALLEST_GRID = 4
"""Points along an axis; fewer resolve no pore."""


def texts(value: str | Iterable[str], argument: str) -> tuple[str, ...]:
    """One text or several.

    Raises:
        ConfigError: anything else, or an empty text.
    """
    several = (value,) if isinstance(value, str) else value
    if isinstance(several, Mapping) or not isinstance(several, Iterable):
        raise ConfigError(f"{argument}: give a text or several, not {kind_of(value)}")
    return tuple(_one_of_several(one, argument) for one in several)


def _one_of_several(value: Any, argument: str) -> str:
    """One text.

    Raises:
        ConfigError: anything else, or texts in a list where each is given by itself.
    """
    if isinstance(value, list | tuple) and value and all(isinstance(each, str) for each in value):
        given = ", ".join(map(repr, value))
        raise ConfigError(f"{argument}: give them one by one, {given}, not in a {kind_of(value)}")
    return text(value, argument)


def text(value: Any, argument: str) -> str:
    """One text.

    Raises:
        ConfigError: anything else, or an empty text.
    """
    if not isinstance(value, str):
        raise ConfigError(f"{argument}: give a text, not {kind_of(value)}")
    if not value.strip():
        raise ConfigError(f"{argument}: an empty text says nothing; leave it out")
    return value


def choice(value: Any, argument: str, choices: Sequence[str]) -> str:
    """One of a few texts.

    Raises:
        ConfigError: anything else.
    """
    if not isinstance(value, str) or value not in choices:
        shown = repr(value) if isinstance(value, str) else kind_of(value)
        raise ConfigError(f"{argument}: give {' or '.join(choices)}, not {shown}")
    return str(value)


def path(value: Any, argument: str) -> Path:
    """The path of a file or a folder.

    Raises:
        ConfigError: what is no path.
    """
    if not isinstance(value, (str, os.PathLike)):
        raise ConfigError(f"{argument}: give a path, not {kind_of(value)}")
    as_text = os.fspath(value)
    if not isinstance(as_text, str) or not as_text or "\0" in as_text:
        raise ConfigError(f"{argument}: {as_text!r} is not a path")
    return Path(as_text)


def path_or_none(value: Any, argument: str) -> Path | None:
    """The same where none need be given."""
    return None if value is None else path(value, argument)


def source(value: Any, argument: str) -> str:
    """Where data come from: a path, a URL, or the name of a data set that ships, such as ``"open"``.

    Raises:
        ConfigError: none of these.
    """
    # a URL as a path would lose one of its slashes
    return value if isinstance(value, str) and "://" in value else str(path(value, argument))


def sources(value: Any, argument: str) -> tuple[str, ...]:
    """One source or several.

    Raises:
        ConfigError: none, or one that is no source.
    """
    several = (value,) if isinstance(value, (str, os.PathLike)) or not isinstance(value, Iterable) else value
    found = tuple(source(each, argument) for each in several)
    if not found:
        raise ConfigError(f"{argument}: name a source or more")
    return found


def whole_number(value: Any, argument: str, least: int) -> int:
    """A whole number.

    Raises:
        ConfigError: anything else, or one below ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):  # those of numpy are some
        raise ConfigError(f"{argument}: give a whole number, {least} or more, not {kind_of(value)}")
    if value < least:
        raise ConfigError(f"{argument}: {value} is below {least}, the least that works")
    return int(value)


def processes(value: Any) -> int:
    """A number of processes.

    Raises:
        ConfigError: no whole number, or one that no machine can have.
    """
    jobs = whole_number(value, "jobs", 1)
    if jobs > MOST_JOBS:
        raise ConfigError(f"jobs: {kind_of(value)} processes are more than {MOST_JOBS:,}, the most that work")
    return jobs


def number(value: Any, argument: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number.

    Raises:
        ConfigError: anything else, or one out of bounds.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)  # those of numpy are some
    if not is_number:
        raise ConfigError(f"{argument}: give a number, not {kind_of(value)}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ConfigError(f"{argument} must be finite, not {kind_of(value)}")
    if not least <= found <= most:
        raise ConfigError(f"{argument}: {kind_of(value)} is out of bounds ({least:g} to {most:g})")
    return found


def minutes(value: Any) -> float | None:
    """How long something may take; None for as long as it takes.

    Raises:
        ConfigError: no number above 0.
    """
    return _duration(value, "minutes")


def seconds(value: Any) -> float | None:
    """The same for the time limit of a stage, in seconds.

    Raises:
        ConfigError: no number above 0.
    """
    return _duration(value, "time_limit")


def _duration(value: Any, argument: str) -> float | None:
    if value is None:
        return None
    if (given := number(value, argument)) <= 0:
        raise ConfigError(f"{argument}: give a number above 0, not {given:g}")
    return given


def truth(value: Any, argument: str) -> bool:
    """True or False.

    Raises:
        ConfigError: anything else.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{argument}: give True or False, not {kind_of(value)}")
    return value


def grid_points(value: Any) -> int | None:
    """A number of grid points along each axis, where one is given.

    Raises:
        ConfigError: no whole number, or one below :data:`SMALLEST_GRID`.
    """
    return None if value is None else whole_number(value, "grid_size", SMALLEST_GRID)


def options_by_plugin(value: Options | None) -> dict[str, dict[str, Any]]:
    """Options of plugins, by plugin and name.

    Raises:
        ConfigError: a mapping of another form.
    """
    example = 'options: write them by plugin and name, {"methane": {"temperature": 350}}'
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{example}, not as {kind_of(value)}")
    for plugin, table in value.items():
        if not isinstance(table, Mapping) or not all(isinstance(name, str) for name in (plugin, *table)):
            raise ConfigError(example)
    return {plugin: dict(table) for plugin, table in value.items()}


def function(value: Any, argument: str) -> Any:
    """What can be called.

    Raises:
        ConfigError: it cannot.
    """
    if not callable(value):
        raise ConfigError(f"{argument}: give a function, not {kind_of(value)}")
    return value


def kind_of(value: Any) -> str:
    """What something is, for a message: numbers as they are, other things by their type."""
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return f"{type(value).__name__}"
