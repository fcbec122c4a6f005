"""Options of a plugin: a frozen attrs class whose fields carry their own help, unit and choices.

    @frozen(kw_only=True)
    class Options:
        temperature: float = option(298.0, "temperature of the gas", unit="K", above=0)

Text from the command line, TOML values and Python values all pass through :func:`make_options`, which
converts them to the declared type and names the nearest valid option when one is misspelt.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs

from zeo.errors import ConfigError
from zeo.tools.hints import nearest

T = TypeVar("T")


@attrs.frozen
class NoOptions:
    """Options of a plugin that has none."""


def option(
    default: Any,
    help: str,
    *,
    unit: str = "",
    choices: Sequence[str] | Sequence[int] = (),
    above: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    plugin: str = "",
    files: bool | Callable[[str], bool] = False,
    training: bool = False,
) -> Any:
    """A field of an Options class.

    Args:
        default: every option has one.
        help: one line.
        unit: of the value, shown beside it.
        choices: the values allowed, texts or whole numbers.
        above: the value must be larger than this.
        at_least: the value must not be smaller than this.
        at_most: the value must not be larger than this.
        plugin: of what kind the plugins are that it names, such as ``"postprocessor"``: a run keeps their
            options as it keeps those of the plugins in its steps.
        files: whether it names files or folders that are read, or which of its values do: a run keeps their
            hashes.
        training: whether it is for training alone, so that nothing else may be given it.
    """
    metadata = {
        "help": help,
        "unit": unit,
        "choices": tuple(map(str, choices)),
        "plugin": plugin,
        "files": files if callable(files) else lambda _: files,
        "training": training,
    }

    def check(_instance: Any, _attribute: attrs.Attribute[Any], value: Any) -> None:
        if choices and value not in choices:
            raise ValueError(f"must be one of {', '.join(map(str, choices))}, not {value!r}")
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, float) and not math.isfinite(item):
                raise ValueError(f"must be finite, not {item}")
            if above is not None and item is not None and not item > above:
                raise ValueError(f"must be above {above:g}, not {item}")
            if at_least is not None and item is not None and not item >= at_least:
                raise ValueError(f"must be at least {at_least:g}, not {item}")
            if at_most is not None and item is not None and not item <= at_most:
                raise ValueError(f"must be at most {at_most:g}, not {item}")

    return attrs.field(default=default, validator=check, metadata=metadata)


def named_plugins(options: Any) -> list[tuple[str, str]]:
    """Kind and name of the plugins that some options name."""
    return [
        (field.metadata["plugin"], name)
        for field in attrs.fields(type(options))
        if field.metadata.get("plugin")
        for name in _names_in(getattr(options, field.name))
    ]


def named_files(options: Any) -> list[str]:
    """The files and folders that some options name, whether they exist or not."""
    return [
        name
        for field in attrs.fields(type(options))
        if "files" in field.metadata
        for name in _names_in(getattr(options, field.name))
        if field.metadata["files"](name)
    ]


def _names_in(value: Any) -> Iterator[str]:
    """The names in an option that holds one, several or none."""
    for name in value if isinstance(value, tuple) else (value,):
        if isinstance(name, str | Path) and str(name):
            yield str(name)


def training_options(cls: type) -> frozenset[str]:
    """The names of those of an Options class that are for training alone."""
    return frozenset(field.name for field in attrs.fields(cls) if field.metadata.get("training"))


@attrs.frozen
class OptionDescription:
    """One row of ``zeo plugins show``."""

    name: str
    type: str
    default: Any
    unit: str
    choices: tuple[str, ...]
    help: str


def describe_options(cls: type) -> list[OptionDescription]:
    """The options of an Options class, in the order of their declaration."""
    hints = typing.get_type_hints(cls)
    return [
        OptionDescription(
            name=field.name,
            type=_type_name(hints[field.name]),
            default=field.default,
            unit=field.metadata.get("unit", ""),
            choices=field.metadata.get("choices", ()),
            help=("training: " if field.metadata.get("training") else "") + field.metadata.get("help", ""),
        )
        for field in attrs.fields(cls)
    ]


def make_options(cls: type[T], values: Mapping[str, Any], plugin: str) -> T:
    """Build ``cls`` from the values a user gave for ``plugin``.

    Raises:
        ConfigError: an unknown option, a value of the wrong type, or one out of bounds.
    """
    fields = {field.name: field for field in attrs.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    converted = {}
    require_options(plugin, values, list(fields))
    for name, value in values.items():
        try:
            converted[name] = _convert(value, hints[name])
        except (TypeError, ValueError, OverflowError) as error:
            raise ConfigError(
                f"{plugin}.{name}: {value!r} is not a valid {_type_name(hints[name])}"
                + (f" ({error})" if str(error) else "")
            ) from error
        _check(fields[name], converted[name], plugin)
    return cls(**converted)


def _check(field: attrs.Attribute[Any], value: Any, plugin: str) -> None:
    if field.validator is None:
        return
    try:
        field.validator(None, field, value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{plugin}.{field.name} {error}") from error


def require_options(plugin: str, names: Iterable[str], known: Sequence[str]) -> None:
    """Refuse options that a plugin does not have.

    Raises:
        ConfigError: there is one; it names the nearest.
    """
    for name in names:
        if name in known:
            continue
        if not known:
            raise ConfigError(f"{plugin} has no option {name!r} (it has no options at all)")
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else f"it has: {', '.join(known)}"
        raise ConfigError(f"{plugin} has no option {name!r}: {hint}")


_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


def _convert(value: Any, hint: Any) -> Any:
    """Convert a text, a TOML value or a Python value to an annotated type."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _convert_union(value, typing.get_args(hint))
    if origin is tuple:
        return _convert_tuple(value, typing.get_args(hint))
    if hint is bool:
        return _convert_bool(value)
    if hint in (int, float):
        return _convert_number(value, hint)
    if hint is Path:
        return Path(value)
    if hint is str:
        if not isinstance(value, str):
            raise TypeError("expected text")
        return value
    return hint(value)


def _convert_union(value: Any, members: tuple[Any, ...]) -> Any:
    if type(None) in members and (value is None or value in ("none", "")):
        return None
    for member in members:
        if member is not type(None):
            try:
                return _convert(value, member)
            except (TypeError, ValueError, OverflowError):
                continue
    raise ValueError


def _convert_tuple(value: Any, members: tuple[Any, ...]) -> tuple[Any, ...]:
    items = (
        value.split(",") if isinstance(value, str) else [*value] if isinstance(value, Iterable) else [value]
    )
    items = [item.strip() if isinstance(item, str) else item for item in items]
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_convert(item, members[0]) for item in items if item != "")
    if len(items) != len(members):
        raise ValueError(f"{len(members)} values are needed")
    return tuple(_convert(item, member) for item, member in zip(items, members, strict=True))


def _convert_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ValueError("write true or false")


def _convert_number(value: Any, kind: type) -> Any:
    if isinstance(value, bool):
        raise TypeError
    if kind is int and isinstance(value, float) and not value.is_integer():
        raise ValueError
    return kind(value)


def _type_name(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        names = [_type_name(arg) for arg in typing.get_args(hint) if arg is not type(None)]
        optional = type(None) in typing.get_args(hint)
        return " or ".join([*names, "none"] if optional else names)
    if origin is tuple:
        members = [arg for arg in typing.get_args(hint) if arg is not Ellipsis]
        return "list of " + _type_name(members[0])
    return {"str": "text", "int": "integer", "float": "number", "bool": "true/false"}.get(
        getattr(hint, "__name__", str(hint)), getattr(hint, "__name__", str(hint)).lower()
    )
