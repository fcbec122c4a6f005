"""Which plugins a piece of work uses, those that others name among them, and options of any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zeo.errors import ConfigError
from zeo.plugin.options import named_plugins, training_options
from zeo.plugin.registry import Plugins

Used = tuple[str, str]
"""Kind and name of a plugin."""


def with_what_they_use(first: Iterable[Used], plugins: Plugins) -> list[Used]:
    """Some plugins, those that their options name, and the probes that fill the channels of their grids.

    Raises:
        ZeoError: one that is not there, or an option that cannot work.
    """
    found = list(first)
    for kind, name in found:  # which grows
        plugin = plugins.create(kind, name)
        more = [
            (other, plugins.shown_name(plugins.find(other, its_name)))
            for other, its_name in named_plugins(plugin.options)
        ]
        if kind == "representation":
            more += _channel_probes(plugin, plugins)
        found += [other for other in dict.fromkeys(more) if other not in found]
    return found


def refuse_idle_options(
    options: Mapping[str, Mapping[str, Any]],
    first: Iterable[Used],
    plugins: Plugins,
    what: str,
    *,
    training: bool = False,
) -> None:
    """Options of plugins that are not used would change nothing, nor would those for training elsewhere.

    Args:
        options: by plugin, as the user gave them.
        first: the plugins that are used, without those that they use.
        plugins: with the user's options.
        what: does not use them, for the message.
        training: whether it is a training.

    Raises:
        ConfigError: there are such.
    """
    used = with_what_they_use(first, plugins)
    names = {written for kind, name in used for written in (name, f"{kind}:{name}")}
    names |= {plugins.options_name(kind, name) for kind, name in used}
    given = plugins.named_options(options)
    if idle := given.keys() - names:
        raise ConfigError(f"{what} does not use {min(idle)}: leave its options out, or choose it")
    if training:
        return
    for kind, name in used:
        asked = {*given.get(name, ()), *given.get(f"{kind}:{name}", ())}
        if useless := asked & training_options(plugins.load(kind, name).Options):
            raise ConfigError(
                f"{name}.{min(useless)} is for training alone (zeo train): {what} does not use it"
            )


def _channel_probes(representation: Any, plugins: Plugins) -> list[Used]:
    """The probes that fill the channels of a representation of grids: its samples depend on their options."""
    channels = set(getattr(representation, "channels", ()))
    filling = [entry for entry in plugins.entries("probe") if channels & set(entry.spec.channels)]
    return [("probe", plugins.shown_name(entry)) for entry in filling]
