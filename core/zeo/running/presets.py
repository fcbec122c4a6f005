"""Named sets of choices for a run: how others cleaned up what they drew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from zeo.errors import ConfigError
from zeo.tools.hints import closest


@frozen(kw_only=True)
class Preset:
    """Choices that stand for those that the user leaves open.

    Args:
        summary: whose they are.
        values: of a :class:`zeo.running.config.RunConfig`.
        options: of plugins.
    """

    summary: str
    values: Mapping[str, Any] = field(factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(factory=dict)


PRESETS = {
    "zeogan-2020": Preset(
        summary="the clean-up of Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324",
        values={"generator": "zeogan", "repair": "random-search", "unblocked": True},
        options={"voxel": {"decoder": "flood-fill"}, "identify": {"match": "coordination-sequence"}},
    )
}
"""By the names that the user types."""


def preset(name: str) -> Preset:
    """A preset by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"there is no preset {name!r}: {closest(name, PRESETS)}")
    return PRESETS[name]
