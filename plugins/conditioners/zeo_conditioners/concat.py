"""The conditioner ``concat``: the network is told the targets, as it was told properties in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zeo.plugin.conditioning import Known
from zeo.plugin.interfaces import Conditioner
from zeo.plugin.targets import Target


class Concat(Conditioner):
    """What Park et al. (J. Mater. Chem. A 2024, 12, 6507) do: the targets are part of the network's input."""

    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        """The targets, as far as the network was told such properties in training.

        Raises:
            ConfigError: see :meth:`zeo.plugin.conditioning.Known.narrowed`.
        """
        return known.narrowed(targets, known.inputs, "this model")

    def embedding(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """The values themselves."""
        return values
