"""What a plugin declares about itself: small frozen records whose ``target`` is a string.

The target names the class as ``"package.module:Class"`` and is imported only when the plugin is used, so
that listing plugins imports neither numpy nor torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from attrs import field, frozen
from attrs.validators import deep_iterable, gt, instance_of, matches_re

API_VERSION = 2
"""Version of the plugin interface that this zeo speaks."""

NAME_PATTERN = re.compile(r"[a-z][a-z0-9-]*")
TARGET_PATTERN = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def _strings(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@frozen(kw_only=True)
class ConditionSpec:
    """An option of a probe that is a condition of what it measures: T in ``methane.kh[T=350 K]``.

    Args:
        symbol: between brackets.
        option: its name.
        unit: that of the option; ``"1"`` when it has none.
        default: that of the option; that of a mixture as ``"xenon:krypton=20:80"``.
        shares: name of the option with the shares of the gases that ``option`` names; empty where it is a
            number.
    """

    symbol: str = field(validator=[instance_of(str), matches_re(r"[A-Za-z]\w*")])
    option: str = field(validator=instance_of(str))
    unit: str = field(default="1", validator=instance_of(str))
    default: float | str | None = None
    shares: str = field(default="", validator=instance_of(str))


def _float_or_none(value: float | None) -> float | None:
    """As it is after it was written and read."""
    return None if value is None else float(value)


@frozen
class QuantitySpec:
    """A number that a probe measures.

    Args:
        name: what the user types in a target.
        unit: ``"1"`` when it has none.
        summary: what it means.
        headline: whether the table of a run shows it; ``summary.csv`` and the records hold all.
        conditions: symbols of those conditions of the probe that it depends on.
        least: that it can be; None for no bound.
        most: likewise.
        estimates: the quantity of another probe, with that in front, that this is a cheap estimate of;
            ``NAME_error`` beside it is its standard error.
        whole: whether its values are whole numbers, which pages write without decimals.
    """

    name: str = field(validator=instance_of(str))
    unit: str = field(validator=instance_of(str))
    summary: str = field(default="", validator=instance_of(str))
    headline: bool = field(default=True, validator=instance_of(bool))
    conditions: tuple[str, ...] = field(default=(), converter=_strings)
    least: float | None = field(default=None, converter=_float_or_none)
    most: float | None = field(default=None, converter=_float_or_none)
    estimates: str = field(default="", validator=instance_of(str))
    whole: bool = field(default=False, validator=instance_of(bool))


def _conditions(value: Iterable[ConditionSpec]) -> tuple[ConditionSpec, ...]:
    return tuple(value)


def _quantities(value: Iterable[QuantitySpec]) -> tuple[QuantitySpec, ...]:
    return tuple(value)


@frozen(kw_only=True)
class PluginSpec:
    """What every kind of plugin declares.

    Args:
        name: lower-case letters, digits and hyphens; what the user types.
        summary: one line for ``zeo plugins list``.
        target: ``"package.module:Class"``.
        api: the version of the plugin interface that the class was written for.
        requires: importable modules beyond zeo's own dependencies; when one is missing, the error says so.
        extra: of its distribution, which installs what ``requires`` names; empty when there is none.
        trainable: whether it learns, by a method ``train``; ``zeo train`` applies to generators and probes.
        quick: options with which ``zeo plugins check`` takes seconds, such as fewer steps; the default ones
            when empty.
    """

    interface: ClassVar[str]
    """The class that a plugin of this kind derives from, as ``"package.module:Class"``."""

    name: str = field(validator=[instance_of(str), matches_re(NAME_PATTERN)])
    summary: str = field(validator=instance_of(str))
    target: str = field(validator=[instance_of(str), matches_re(TARGET_PATTERN)])
    api: int = field(default=API_VERSION, validator=instance_of(int))
    requires: tuple[str, ...] = field(default=(), converter=_strings)
    extra: str = field(default="", validator=instance_of(str))
    trainable: bool = field(default=False, validator=instance_of(bool))
    quick: Mapping[str, Any] = field(factory=dict, eq=False)


@frozen(kw_only=True)
class RepresentationSpec(PluginSpec):
    """Declares a :class:`zeo.plugin.interfaces.Representation`, of grids or of anything else."""

    interface = "zeo.plugin.interfaces:Representation"


CONDITIONER_PARTS = ("loss", "embedding", "guide", "latent")
"""What a conditioner can work by: a penalty in training, what the network is told, what is done to the
estimates of a diffusion, how latent vectors move before they are decoded."""


@frozen(kw_only=True)
class GeneratorSpec(PluginSpec):
    """Declares a :class:`zeo.plugin.interfaces.Generator`.

    Args:
        representation: name of the representation that decodes what it draws; None when it emits structures.
        explores: whether it has ``explore``, which ``zeo data make`` calls.
        embeds: whether it has ``embed``, which ``zeo map`` calls.
        interpolates: whether it has ``interpolate``, which ``zeo interpolate`` calls.
        starts: whether its training can start from a checkpoint (``zeo train --from``).
        takes_targets: whether it is steered by the targets of a run without the help of a conditioner.
        parts: of conditioners, those that it supports: some of :data:`CONDITIONER_PARTS`.
        conditioner: the one that steers it toward targets where the user names none.
        repair: the postprocessor that repairs what it draws where the user names none.
        weights: file or folder, within the package of its class, that it draws from where the user names no
            checkpoint; empty where none ship.
        further_weights: others that ship, within the same package: folders by the names that ``--checkpoint``
            takes.
        seconds: CPU seconds that a sample which aims at something costs, about; ``zeo design`` shares its
            effort between generators by them, and not by the clock, to be the same on any machine.
    """

    interface = "zeo.plugin.interfaces:Generator"

    representation: str | None = None
    explores: bool = False
    embeds: bool = False
    interpolates: bool = False
    starts: bool = False
    takes_targets: bool = False
    parts: tuple[str, ...] = field(converter=_strings, default=())
    conditioner: str | None = None
    repair: str = "repair"
    weights: str = ""
    further_weights: Mapping[str, str] = field(factory=dict, eq=False)
    seconds: float = field(default=0.5, validator=gt(0))


@frozen(kw_only=True)
class ConditionerSpec(PluginSpec):
    """Declares a :class:`zeo.plugin.interfaces.Conditioner`.

    Args:
        parts: those of :data:`CONDITIONER_PARTS` that it works by; a generator has to support them all.
    """

    interface = "zeo.plugin.interfaces:Conditioner"

    parts: tuple[str, ...] = field(converter=_strings, default=())


@frozen(kw_only=True)
class ProbeSpec(PluginSpec):
    """Declares a :class:`zeo.plugin.interfaces.PropertyProbe`.

    Args:
        quantities: what it measures, with units.
        quantities_from: ``"package.module:function"``, called with the user's options, returns those that it
            measures besides; for a probe that reads what it measures from a file.
        channels: grid channels that it can compute, such as ``"energy:methane"``.
        conditions: options of it that its quantities can be asked for under, in the order of their names.
        subject: what its quantities are of, in the names that they are asked for by: ``methane.loading`` of
            the probe ``methane-loading``; its own name where it is empty.
        isotherms: whether it has ``isotherm``, which ``zeo isotherm`` calls.
        words: what figures call quantities and what heads their columns, by name, such as
            ``{"qst": ("heat of adsorption", "Q_st")}``; an underscore stands before a subscript. Others are
            called by their names.
    """

    interface = "zeo.plugin.interfaces:PropertyProbe"

    quantities: tuple[QuantitySpec, ...] = field(
        converter=_quantities, validator=deep_iterable(instance_of(QuantitySpec))
    )
    quantities_from: str = field(
        default="", validator=[instance_of(str), matches_re(f"({TARGET_PATTERN.pattern})?")]
    )
    channels: tuple[str, ...] = field(default=(), converter=_strings)
    conditions: tuple[ConditionSpec, ...] = field(
        default=(), converter=_conditions, validator=deep_iterable(instance_of(ConditionSpec))
    )
    subject: str = field(default="", validator=instance_of(str))
    isotherms: bool = field(default=False, validator=instance_of(bool))
    words: Mapping[str, tuple[str, str]] = field(factory=dict, eq=False)

    @conditions.validator
    def _are_those_of_quantities(self, _attribute: Any, value: tuple[ConditionSpec, ...]) -> None:
        known = {each.symbol for each in value}
        if unknown := {symbol for each in self.quantities for symbol in each.conditions} - known:
            raise ValueError(f"quantities depend on {', '.join(sorted(unknown))}, which is no condition")


STAGES = ("repair", "identify", "relax", "filter")
"""The stages of the pipeline that a postprocessor can fill, in the order in which they run.

One postprocessor fills each of the first three. Filters come last, any number of them: they see what the
probes measured on the final atoms, and pass a candidate or reject it, without changing it.
"""


@frozen(kw_only=True)
class PostprocessorSpec(PluginSpec):
    """Declares a :class:`zeo.plugin.interfaces.Postprocessor`.

    Args:
        stage: the stage of the pipeline that it fills, one of :data:`STAGES`.
    """

    interface = "zeo.plugin.interfaces:Postprocessor"

    stage: str = field()

    @stage.validator
    def _known_stage(self, _attribute: Any, value: str) -> None:
        if value not in STAGES:
            raise ValueError(f"stage must be one of {', '.join(STAGES)}, not {value!r}")
