"""The plugins at work: looked up by name, imported when they are used, built with the user's options.

A name belongs to zeo's own plugin of that name; of two strangers with one name neither has it. The qualified
name ``distribution/name`` always works.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import attrs

from zeo.errors import (
    AmbiguousPluginError,
    ConfigError,
    PluginError,
    PluginLoadError,
    PluginTypeError,
    PluginVersionError,
    RequirementError,
    UnknownPluginError,
    ZeoError,
)
from zeo.plugin.conditions import conditions_in_force, options_under, probe_under, stated_conditions
from zeo.plugin.discovery import KINDS, Discovery, Entry, Failure, discover, normalized, type_name
from zeo.plugin.moved import moved_reason
from zeo.plugin.option_names import option_names
from zeo.plugin.options import make_options, require_options
from zeo.tools.containment import contained
from zeo.tools.foreign import describe, foreign_code
from zeo.tools.hints import closest, nearest
from zeo.wishes.conditions import Condition, split_name

if TYPE_CHECKING:
    from zeo.plugin.declare import PluginSpec
    from zeo.plugin.interfaces import (
        Conditioner,
        Generator,
        GridRepresentation,
        Plugin,
        Postprocessor,
        PropertyProbe,
        Representation,
    )

__all__ = ["KINDS", "Entry", "Failure", "Plugins", "installed_plugins", "refreshed_plugins"]


@functools.cache
def installed_plugins() -> Plugins:
    """The plugins of this environment, with default options; read once in each process."""
    return Plugins(discover())


def refreshed_plugins() -> Plugins:
    """The plugins of this environment, read anew: for a notebook in which a package was just installed."""
    importlib.invalidate_caches()
    installed_plugins.cache_clear()
    return installed_plugins()


class Plugins:
    """A set of plugins and the options that the user gave them.

    Args:
        discovery: what was found.
    """

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._entries = discovery.entries
        self._options: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._instances: dict[tuple[str, str, tuple[Condition, ...]], Plugin] = {}

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The plugins that could not be declared."""
        return self._discovery.failures

    def entries(self, kind: str | None = None) -> tuple[Entry, ...]:
        """The plugins of one kind, or of all, zeo's own first."""
        return tuple(entry for entry in self._entries if kind in (None, entry.kind))

    def shown_name(self, entry: Entry) -> str:
        """The shortest name that finds this plugin."""
        holders = self._holders(entry.kind, entry.name)
        return entry.name if holders == [entry] else entry.qualified_name

    def find(self, kind: str, name: str) -> Entry:
        """The declaration of a plugin.

        Args:
            kind: one of :data:`KINDS`.
            name: its name or its qualified name; of a probe also with conditions, ``methane[T=350 K]``.

        Raises:
            UnknownPluginError: there is none.
            AmbiguousPluginError: two distributions declare it.
            PluginError: it is installed, but could not be declared.
        """
        name = split_name(name)[0] if kind == "probe" else name
        holders = self._holders(kind, name)
        if len(holders) == 1:
            return holders[0]
        if holders:
            choices = " or ".join(entry.qualified_name for entry in holders)
            raise AmbiguousPluginError(f"{kind} {name!r} comes from several distributions: write {choices}")
        raise self._missing(f"there is no {kind} {name!r}", self.entries(kind), name)

    def postprocessor(self, stage: str, name: str) -> Entry:
        """The declaration of a postprocessor that fills a stage of the pipeline.

        Raises:
            ConfigError: it was made for another stage.
            PluginError: see :meth:`find`.
        """
        fitting = [entry for entry in self.entries("postprocessor") if entry.spec.stage == stage]
        if not self._holders("postprocessor", name):
            raise self._missing(f"there is no plugin {name!r} for the {stage} stage", fitting, name)
        entry = self.find("postprocessor", name)
        if entry.spec.stage != stage:
            names = ", ".join(map(self.shown_name, fitting)) or "nothing that is installed"
            raise ConfigError(
                f"{name} fills the {entry.spec.stage} stage, not the {stage} stage, which these fill: {names}"
            )
        return entry

    def named(self, name: str, kinds: Iterable[str] = tuple(KINDS)) -> list[Entry]:
        """The plugins of any kind that have this name: one at least.

        Raises:
            PluginError: see :meth:`find`.
        """
        kinds = list(kinds)
        found = [self.find(kind, name) for kind in kinds if self._holders(kind, name)]
        if not found:
            what = kinds[0] if len(kinds) == 1 else "plugin"
            fitting = [entry for kind in kinds for entry in self.entries(kind)]
            raise self._missing(f"there is no {what} {name!r}", fitting, name)
        return found

    def named_options(self, options: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Options by the shortest names of their plugins; of one that is named in two ways, later ones win.

        Raises:
            ConfigError: options for a plugin that does not exist.
            PluginError: options for one that is ambiguous or broken.
        """
        plain: dict[str, dict[str, Any]] = {}
        for name, values in options.items():
            entry = self._with_options(name)[0]
            shown = self.shown_name(entry)
            plain.setdefault(self.options_name(entry.kind, shown) if ":" in name else shown, {}).update(
                values
            )
        return plain

    def options_name(self, kind: str, name: str) -> str:
        """The name under which options are those of one plugin alone: ``KIND:NAME`` where plugins of several
        kinds share its name."""
        sharing = [each for each in KINDS if self._holders(each, name)]
        return name if sharing == [kind] else f"{kind}:{name}"

    def configured(self, options: Mapping[str, Mapping[str, Any]]) -> Plugins:
        """The same plugins with options by plugin name, added to those that they have.

        Those for ``NAME`` are for the plugins of any kind that have this name; those for ``KIND:NAME`` are
        for one of them, and prevail. The values are checked when a plugin is created.

        Raises:
            ConfigError: options for a plugin that does not exist.
            PluginError: options for one that is ambiguous or broken.
        """
        changed = Plugins(self._discovery)
        changed._options.update(self._options)
        for name, values in sorted(options.items(), key=lambda item: ":" in item[0]):
            for entry in self._with_options(name):
                changed._options[entry.key] = {**changed._options.get(entry.key, {}), **values}
        changed._entries = tuple(map(changed._with_its_quantities, self._discovery.entries))
        return changed

    def _with_its_quantities(self, entry: Entry) -> Entry:
        """A probe with what it measures besides with the user's options; others as they are."""
        options = self._options.get(entry.key)
        if entry.kind != "probe" or not entry.spec.quantities_from or not options:
            return entry
        given = _import(entry, entry.spec.quantities_from)
        try:
            with foreign_code():
                known = {each.name: each for each in (*entry.spec.quantities, *given(options))}
        except ZeoError:
            raise
        except Exception as error:
            raise PluginLoadError(f"{entry}: asking what it measures raised {describe(error)}") from error
        return attrs.evolve(entry, spec=attrs.evolve(entry.spec, quantities=tuple(known.values())))

    def refuse_unknown_options(self, options: Mapping[str, Mapping[str, Any]]) -> None:
        """Find misspelt options by the sources of the plugins, of which none is imported.

        Raises:
            ConfigError: one that none of the plugins has that it is for, as far as their sources tell.
            PluginError: options for a plugin that is not there.
        """
        for name, values in options.items():
            entries = self._with_options(name)
            known = [option_names(entry.spec.target) for entry in entries]
            together = [each for names in known if names is not None for each in names]
            if None not in known:
                require_options(entries[0].name, values, together)

    def _with_options(self, name: str) -> list[Entry]:
        """The plugins that options are for."""
        if "[" in name:
            raise ConfigError(
                f"options are those of {split_name(name)[0]} under any conditions, not of {name}"
            )
        kind, _, bare = name.rpartition(":")
        try:
            return [self.find(kind, bare)] if kind else self.named(name)
        except UnknownPluginError as error:
            raise ConfigError(f"options for {name!r}, but {error}") from error

    def probes_on_grids(self, names: Iterable[str]) -> list[str]:
        """Those of some probes that compute a grid, and so take a number of grid points."""
        return [name for name in names if self.find("probe", name).spec.channels]

    def load(self, kind: str, name: str) -> type[Plugin]:
        """The class of a plugin, imported now.

        Raises:
            PluginLoadError: it cannot be imported.
            RequirementError: something that it requires is not installed.
            PluginTypeError: it is not what its kind requires.
            PluginError: see :meth:`find`.
        """
        entry = self.find(kind, name)
        return _checked_class(entry, _import_target(entry))

    @overload
    def create(self, kind: Literal["representation"], name: Literal["voxel"]) -> GridRepresentation: ...
    @overload
    def create(self, kind: Literal["representation"], name: str) -> Representation[Any]: ...
    @overload
    def create(self, kind: Literal["generator"], name: str) -> Generator: ...
    @overload
    def create(self, kind: Literal["conditioner"], name: str) -> Conditioner: ...
    @overload
    def create(self, kind: Literal["probe"], name: str) -> PropertyProbe: ...
    @overload
    def create(self, kind: Literal["postprocessor"], name: str) -> Postprocessor: ...
    @overload
    def create(self, kind: str, name: str) -> Any: ...

    def create(self, kind: str, name: str) -> Any:
        """The plugin, built with the user's options on first use.

        Raises:
            ConfigError: options that it does not take.
            PluginError: see :meth:`load`.
        """
        entry = self.find(kind, name)
        stated = stated_conditions(name, self.conditions(name)) if kind == "probe" else ()
        key = (*entry.key, stated)
        if key not in self._instances:
            cls = self.load(kind, name)
            given = dict(self._options_of(entry, cls)) | (options_under(entry.spec, stated) if stated else {})
            options: Any = make_options(cls.Options, given, entry.name)
            try:
                with foreign_code():
                    self._instances[key] = cls(options, plugins=self)
            except ZeoError:
                raise
            except Exception as error:
                raise PluginLoadError(f"{entry}: constructing it raised {describe(error)}") from error
        return self._instances[key]

    def conditions(self, probe: str) -> tuple[Condition, ...]:
        """The conditions under which a probe measures with the user's options, but for those of its name.

        Raises:
            PluginError: see :meth:`find`.
        """
        entry = self.find("probe", probe)
        return conditions_in_force(entry.spec, self._options.get(entry.key, {}))

    def shown_probe(self, name: str) -> str:
        """The shortest name of a probe, with those conditions that are not in force anyway.

        Raises:
            PluginError: see :meth:`find`.
            ConfigError: conditions that it does not have.
        """
        stated = stated_conditions(name, self.conditions(name))
        return probe_under(self.shown_name(self.find("probe", name)), stated)

    def probe_of_channel(self, channel: str) -> PropertyProbe:
        """The probe that computes a grid channel such as ``"energy:methane"``.

        Raises:
            UnknownPluginError: no probe declares the channel.
            AmbiguousPluginError: several do, and none of them is zeo's own.
        """
        by_channel: dict[str, list[Entry]] = {}
        for entry in self.entries("probe"):
            for declared in entry.spec.channels:
                by_channel.setdefault(declared, []).append(entry)
        if channel not in by_channel:
            hint = closest(channel, by_channel) if by_channel else "there are none"
            raise UnknownPluginError(f"no probe computes the channel {channel!r}: {hint}")
        holders = _rightful(by_channel[channel])
        if len(holders) > 1:
            names = ", ".join(entry.qualified_name for entry in holders)
            raise AmbiguousPluginError(
                f"several probes compute the channel {channel!r} ({names}): "
                "name the distributions to use in the environment variable ZEO_PLUGINS"
            )
        return self.create("probe", holders[0].qualified_name)

    def _holders(self, kind: str, name: str) -> list[Entry]:
        """The plugins that a name stands for: none, one, or several when it is ambiguous."""
        if kind not in KINDS:
            raise UnknownPluginError(f"no plugins of the kind {kind!r}: {closest(kind, KINDS)}")
        distribution, _, bare = name.rpartition("/")
        named = [entry for entry in self.entries(kind) if entry.name == bare]
        if distribution:
            return [entry for entry in named if entry.distribution.name == normalized(distribution)]
        return _rightful(named)

    def _missing(self, problem: str, fitting: Iterable[Entry], name: str) -> PluginError:
        """Why there is no plugin of that name among those that fit."""
        for failure in self.failures:
            if failure.concerns(name):
                return failure.as_error()
        known = sorted({self.shown_name(entry) for entry in fitting})
        near = nearest(name, known)
        if near:
            return UnknownPluginError(f"{problem}: did you mean {near!r}?")
        broken = ", ".join(sorted({str(failure.distribution) for failure in self.failures}))
        return UnknownPluginError(
            f"{problem}; there are: {', '.join(known) or 'none'}"
            + (f"; not loaded: {broken} (see `zeo plugins list`)" if broken else "")
            + "; entry points are read at install time: `pip install -e .` a package under development again"
        )

    def _options_of(self, entry: Entry, cls: type[Plugin]) -> Mapping[str, Any]:
        """The user's options for one plugin.

        A generator and a conditioner, say, may share a name. Each then takes the options that it has, and an
        option that none has is left in, to be refused.
        """
        values = self._options.get(entry.key, {})
        kinds = [kind for kind, name in self._options if name == entry.qualified_name and kind != entry.kind]
        foreign = {
            field.name
            for kind in kinds
            for field in attrs.fields(self.load(kind, entry.qualified_name).Options)
        }
        own = {field.name for field in attrs.fields(cls.Options)}
        return {name: value for name, value in values.items() if name in own or name not in foreign}


def _rightful(named: list[Entry]) -> list[Entry]:
    """Of plugins with one name, zeo's own if it is among them."""
    return [entry for entry in named if entry.distribution.is_own] or named


def _import_target(entry: Entry) -> Any:
    missing = [name for name in entry.spec.requires if not _is_importable(name)]
    if missing:
        raise RequirementError(f"{entry} needs {', '.join(missing)}: {_remedy(entry, missing)}")
    return _import(entry, entry.spec.target)


def _import(entry: Entry, target: str) -> Any:
    """A class or a function of a plugin."""
    module_name, _, name = target.partition(":")
    try:
        with contained(entry.distribution.waiting):
            found = getattr(importlib.import_module(module_name), name, None)
    except Exception as error:  # anything may happen in the code of others
        if moved := moved_reason(error):
            raise PluginVersionError(f"{entry} {moved}") from error
        raise PluginLoadError(f"{entry}: importing {module_name} raised {describe(error)}") from error
    if found is None:
        raise PluginLoadError(f"{entry}: {module_name} has no {name}")
    return found


def _remedy(entry: Entry, missing: Sequence[str]) -> str:
    """What to type to install what a plugin requires."""
    if entry.spec.extra:
        return f"pip install '{entry.distribution.name}[{entry.spec.extra}]'"
    return "install it first" if len(missing) == 1 else "install them first"


def _is_importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def interface_of(spec: PluginSpec | type[PluginSpec]) -> type[Plugin]:
    """The class that a plugin derives from, by what its record says; imported now, as its own class is."""
    module_name, _, class_name = spec.interface.partition(":")
    interface: type[Plugin] = getattr(importlib.import_module(module_name), class_name)
    return interface


def _checked_class(entry: Entry, cls: Any) -> type[Plugin]:
    base = interface_of(entry.spec)
    target = entry.spec.target
    if not isinstance(cls, type):
        raise PluginTypeError(f"{entry}: {target} is {type_name(cls)}, not a class")
    if not issubclass(cls, base):
        raise PluginTypeError(f"{entry}: {target} does not derive from zeo.plugin.interfaces.{base.__name__}")
    if inspect.isabstract(cls):
        methods = ", ".join(sorted(cls.__abstractmethods__))
        raise PluginTypeError(f"{entry}: {target} does not implement {methods}")
    if not isinstance(cls.Options, type) or not attrs.has(cls.Options):
        raise PluginTypeError(f"{entry}: {target}.Options is not an attrs class")
    without_default = [field.name for field in attrs.fields(cls.Options) if field.default is attrs.NOTHING]
    if without_default:
        raise PluginTypeError(f"{entry}: options without a default: {', '.join(without_default)}")
    return cls
