"""Frameworks in the latent space of a generator: their vectors, or why it cannot hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.api import arguments
from zeo.data.known.frameworks import Framework, frameworks_of
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError, InputError
from zeo.plugin.candidate import Rejection
from zeo.plugin.registry import installed_plugins
from zeo.tools.foreign import foreign_code
from zeo.tools.progress import Advance
from zeo.tools.words import counts_in_words

LEAST = 3
"""Frameworks on a map: fewer have no two directions in which they differ."""

TOGETHER = 64
"""Frameworks that are embedded at a time."""

Options = Mapping[str, Mapping[str, Any]]

Embedded = NDArray[np.float32] | Rejection
"""The latent vector [D] of a framework, or why the generator cannot hold it."""


@frozen(eq=False)
class Embedding:
    """What places frameworks in the latent space of a generator that is loaded.

    Args:
        generator: its name.
        plugin: the generator.
    """

    generator: str
    plugin: Any

    @classmethod
    def of(
        cls,
        generator: str,
        checkpoint: str | Path | None = None,
        representation: str | None = None,
        options: Options | None = None,
    ) -> Embedding:
        """That of a generator; the arguments are those of :func:`map`.

        Raises:
            ConfigError: it has none.
        """
        plugins = installed_plugins().configured(arguments.options_by_plugin(options))
        entry = plugins.find("generator", arguments.text(generator, "generator"))
        if not entry.spec.embeds:
            able = ", ".join(each.spec.name for each in plugins.entries("generator") if each.spec.embeds)
            raise ConfigError(
                f"{generator} has no latent space to map; {able or 'none that is installed'} has"
            )
        if representation is not None:
            chosen = {"representation": arguments.text(representation, "representation")}
            plugins = plugins.configured({plugins.options_name("generator", generator): chosen})
        plugin = plugins.create("generator", generator)
        folder = None if checkpoint is None else arguments.path(checkpoint, "checkpoint")
        with foreign_code(f"loading {generator}"):
            plugin.load(folder, "cpu")
        return cls(generator, plugin)

    def of_frameworks(self, frameworks: list[Framework]) -> list[Embedded]:
        """What the generator makes of each."""
        with foreign_code(f"placing frameworks by {self.generator}"):
            return list(self.plugin.embed(frameworks))

    def require(self, embedded: Sequence[Embedded], source: str) -> None:
        """Raises:
        InputError: the generator can hold too few frameworks of a source.
        """
        if held(embedded).sum() < LEAST:
            reasons = counts_in_words(left_out(embedded))
            raise InputError(
                f"{source}: {self.generator} can hold fewer than {LEAST} of its frameworks"
                + (f" ({reasons})" if reasons else "")
            )


def embedded_in(sets: Sequence[DataSet], embed: Embedding, on_framework: Advance) -> list[Embedded]:
    """What a generator makes of all frameworks of all sets, in their order."""
    found: list[Embedded] = []
    for data in sets:
        frameworks = frameworks_of(data)
        for first in range(0, len(frameworks), TOGETHER):
            together = [frameworks[k] for k in range(first, min(first + TOGETHER, len(frameworks)))]
            found += embed.of_frameworks(together)
            for name in data.names[first : first + len(together)]:
                on_framework(name)
    return found


def held(embedded: Sequence[Embedded]) -> NDArray[np.bool_]:
    """Which have a vector, [n]."""
    return np.array([not isinstance(each, Rejection) for each in embedded], dtype=bool)


def vectors_of(embedded: Sequence[Embedded]) -> NDArray[np.float32]:
    """The vectors of those that have one, [m, D]."""
    return np.stack([each for each in embedded if not isinstance(each, Rejection)])


def left_out(embedded: Sequence[Embedded]) -> dict[str, int]:
    """How many have none, by the reason, the commonest first."""
    reasons = Counter(each.reason for each in embedded if isinstance(each, Rejection))
    return dict(reasons.most_common())
