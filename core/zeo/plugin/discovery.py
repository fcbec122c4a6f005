"""Finding the plugins of the installed distributions, without letting one that is broken disturb the rest.

Every distribution may have entry points in the group ``zeo``; each names a module that holds hook
implementations. Reading them runs only that module. What goes wrong becomes a :class:`Failure`:

- a module that cannot be imported, or whose hooks do not fit zeo's, is left out whole;
- a hook that raises, or a record that is wrong, is left out alone.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import pluggy
from attrs import field, frozen

import zeo.plugin.hookspecs
from zeo.errors import PluginError, PluginLoadError, PluginTypeError, PluginVersionError
from zeo.plugin.declare import (
    API_VERSION,
    ConditionerSpec,
    GeneratorSpec,
    PluginSpec,
    PostprocessorSpec,
    ProbeSpec,
    RepresentationSpec,
)
from zeo.plugin.moved import moved_reason, version_reason
from zeo.tools.containment import contained
from zeo.tools.foreign import describe
from zeo.tools.hints import closest

GROUP = "zeo"
OWN_DISTRIBUTION, OWN_MODULE = "zeo-framework", "zeo.builtin"

KINDS: dict[str, type[PluginSpec]] = {
    "representation": RepresentationSpec,
    "generator": GeneratorSpec,
    "conditioner": ConditionerSpec,
    "probe": ProbeSpec,
    "postprocessor": PostprocessorSpec,
}
"""The kinds of plugin and the record that declares each; the hook of a kind is ``zeo_<kind>s``."""


@frozen
class Distribution:
    """An installed distribution that has plugins."""

    name: str
    version: str
    entry_points: tuple[importlib.metadata.EntryPoint, ...] = field(default=(), repr=False, eq=False)

    @property
    def is_own(self) -> bool:
        """Whether it is zeo itself, and not a stranger that bears its name."""
        return self.name == OWN_DISTRIBUTION and any(one.value == OWN_MODULE for one in self.entry_points)

    @property
    def waiting(self) -> str | None:
        """What to say when it takes long to answer; zeo's own plugins import much, and are known to."""
        return None if self.is_own else f"a plugin of {self}"

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()


@frozen(kw_only=True)
class Entry:
    """A declared plugin and where it comes from.

    Args:
        kind: one of :data:`KINDS`.
        spec: the record of that kind.
        distribution: that declares it.
    """

    kind: str
    spec: Any
    distribution: Distribution

    @property
    def name(self) -> str:
        return str(self.spec.name)

    @property
    def qualified_name(self) -> str:
        """``distribution/name``, which nothing can shadow."""
        return f"{self.distribution.name}/{self.spec.name}"

    @property
    def key(self) -> tuple[str, str]:
        """Kind and qualified name: no two plugins share it."""
        return self.kind, self.qualified_name

    def __str__(self) -> str:
        return f"{self.kind} {self.name} ({self.distribution})"


@frozen(kw_only=True)
class Failure:
    """A plugin that could not be declared.

    Args:
        distribution: where it comes from.
        entry_point: name of the entry point that was read; empty when it did not come so far.
        name: of the plugin, when the trouble is with one record.
        reason: one line.
        error: what to raise when it is asked for.
    """

    distribution: Distribution
    entry_point: str = ""
    name: str | None = None
    reason: str
    error: type[PluginError] = PluginTypeError

    def concerns(self, name: str) -> bool:
        """Whether someone who asks for ``name`` may mean this plugin."""
        distribution, _, bare = name.rpartition("/")
        if distribution:
            return normalized(distribution) == self.distribution.name and self.name in (None, bare)
        return bare in (self.name or self.entry_point, self.distribution.name)

    def as_error(self) -> PluginError:
        return self.error(str(self))

    def __str__(self) -> str:
        place = f"{self.distribution} [{self.entry_point}]" if self.entry_point else str(self.distribution)
        return f"{place}: {self.reason}"


@frozen
class Discovery:
    """All that the installed distributions declare, zeo's own first, then by distribution name."""

    entries: tuple[Entry, ...]
    failures: tuple[Failure, ...]


def discover() -> Discovery:
    """Read the plugins of all installed distributions, or of those that ``ZEO_PLUGINS`` names.

    Raises:
        PluginError: the first failure, when ``ZEO_STRICT_PLUGINS`` is 1.
    """
    entries: dict[tuple[str, str], Entry] = {}
    failures: list[Failure] = []
    for found in _read_all():
        if isinstance(found, Entry):
            if found.key in entries:
                reason = f"{found.kind} {found.name!r} is declared twice"
                found = Failure(distribution=found.distribution, name=found.name, reason=reason)
            else:
                entries[found.key] = found
        if isinstance(found, Failure):
            if os.environ.get("ZEO_STRICT_PLUGINS") == "1":
                raise found.as_error()
            failures.append(found)
    return Discovery(tuple(entries.values()), tuple(failures))


def normalized(distribution: str) -> str:
    """A distribution name in its canonical spelling: lower case, with single hyphens."""
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


def _read_all() -> Iterator[Entry | Failure]:
    distributions = sorted(_distributions(), key=lambda found: (not found.is_own, found.name))
    allowed = _allowed_distributions()
    if allowed is not None:
        for name in sorted(allowed - {found.name for found in distributions}):
            yield Failure(
                distribution=Distribution(name, ""),
                reason="named in ZEO_PLUGINS, but no installed distribution of that name has zeo plugins",
                error=PluginLoadError,
            )
    for distribution in distributions:
        if distribution.name == OWN_DISTRIBUTION and not distribution.is_own:
            reason = "it bears the name of zeo itself and is left out; it must be called something else"
            yield Failure(distribution=distribution, reason=reason, error=PluginLoadError)
        elif allowed is None or distribution.is_own or distribution.name in allowed:
            for entry_point in distribution.entry_points:
                yield from _read_entry_point(distribution, entry_point)


def _allowed_distributions() -> set[str] | None:
    text = os.environ.get("ZEO_PLUGINS")
    return None if text is None else {normalized(name) for name in text.split(",") if name.strip()}


def _distributions() -> Iterator[Distribution]:
    """Distributions with zeo entry points; of two with one name, the first on sys.path.

    A stranger that is called like zeo does not hide it.
    """
    seen: set[tuple[str, bool]] = set()
    for found in importlib.metadata.distributions():
        # entry points come first: reading the metadata of every distribution would take much longer
        try:
            entry_points = found.entry_points.select(group=GROUP)
            if not entry_points:
                continue
            name = normalized(found.metadata["Name"] or "unnamed")
            version = found.metadata["Version"] or ""
        except Exception:  # the malformed metadata of some distribution is not zeo's business
            continue
        distribution = Distribution(name, version, tuple(sorted(entry_points, key=lambda e: e.name)))
        if (name, distribution.is_own) not in seen:
            seen.add((name, distribution.is_own))
            yield distribution


def _read_entry_point(
    distribution: Distribution, entry_point: importlib.metadata.EntryPoint
) -> Iterator[Entry | Failure]:
    try:
        with contained(distribution.waiting):
            module = entry_point.load()
    except Exception as error:  # anything may happen in the code of others
        moved = moved_reason(error)
        yield Failure(
            distribution=distribution,
            entry_point=entry_point.name,
            reason=moved or f"importing {entry_point.value} raised {describe(error)}",
            error=PluginVersionError if moved else PluginLoadError,
        )
        return
    try:
        with contained(distribution.waiting):
            implementations = list(_implementations(module))
    except _DoesNotFitError as error:
        yield Failure(distribution=distribution, entry_point=entry_point.name, reason=str(error))
        return
    for kind, function in implementations:
        yield from _read_hook(distribution, entry_point.name, kind, function)


class _DoesNotFitError(Exception):
    """The hook implementations of a module do not fit the specifications."""


def _implementations(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """(kind, function) for each hook implementation of a module."""
    manager = pluggy.PluginManager(GROUP)  # one for each module: nothing to undo when it does not fit
    manager.add_hookspecs(zeo.plugin.hookspecs)
    try:
        manager.register(module)
    except pluggy.PluginValidationError as error:
        raise _DoesNotFitError(str(error).splitlines()[-1]) from error  # the last line holds the reason
    except Exception as error:  # an object that pluggy cannot even look at
        raise _DoesNotFitError(describe(error)) from error
    callers = manager.get_hookcallers(module) or []
    if not callers:
        raise _DoesNotFitError(f"{getattr(module, '__name__', module)!s} implements no hook of zeo")
    hooks = {f"zeo_{kind}s": kind for kind in KINDS}
    for caller in callers:
        for implementation in caller.get_hookimpls():
            if caller.name in hooks:
                yield hooks[caller.name], implementation.function
            elif not implementation.optionalhook:
                raise _DoesNotFitError(f"unknown hook {caller.name!r}: {closest(caller.name, hooks)}")


def _read_hook(
    distribution: Distribution, entry_point: str, kind: str, function: Any
) -> Iterator[Entry | Failure]:
    hook = f"zeo_{kind}s"
    try:
        with contained(distribution.waiting):
            returned = function()
            listed = isinstance(returned, Iterable) and not isinstance(returned, str)
            records = list(returned) if listed else None
    except Exception as error:  # as above
        reason = f"{hook} raised {describe(error)}"
        yield Failure(distribution=distribution, entry_point=entry_point, reason=reason)
        return
    if records is None:
        reason = f"{hook} must return a list of {KINDS[kind].__name__}, not {type_name(returned)}"
        yield Failure(distribution=distribution, entry_point=entry_point, reason=reason)
        return
    for record in records:
        yield _read_record(distribution, entry_point, kind, record)


def _read_record(distribution: Distribution, entry_point: str, kind: str, record: Any) -> Entry | Failure:
    expected = KINDS[kind]
    name = getattr(record, "name", None)
    if not isinstance(record, expected):
        return Failure(
            distribution=distribution,
            entry_point=entry_point,
            name=name if isinstance(name, str) else None,
            reason=f"zeo_{kind}s must return records of type {expected.__name__}, not {type_name(record)}",
        )
    if record.api != API_VERSION:
        return Failure(
            distribution=distribution,
            entry_point=entry_point,
            name=record.name,
            reason=f"{kind} {record.name!r} {version_reason(record.api)}",
            error=PluginVersionError,
        )
    return Entry(kind=kind, spec=record, distribution=distribution)


def type_name(value: Any) -> str:
    """What a value is, as a phrase."""
    return "None" if value is None else f"something of type {type(value).__name__}"
