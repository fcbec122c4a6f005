"""What ``zeo train`` hands to a generator besides frameworks: targets that a conditioner has taken on."""

from __future__ import annotations

from collections.abc import Sequence

from zeo.errors import ConfigError
from zeo.plugin.columns import columns_of, targets_on
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import GridRepresentation
from zeo.plugin.registry import Plugins
from zeo.tools.foreign import foreign_code


def condition_of_training(
    texts: Sequence[str], conditioner: str | None, generator: str, plugins: Plugins
) -> Condition | None:
    """The targets of a training, taken on by a conditioner; None where there are none.

    They speak of the quantities of those probes that fill a channel of the generator's grids.

    Args:
        texts: such as ``"qst=18..22 kJ/mol"``.
        conditioner: by name; the generator's own when None.
        generator: by name.
        plugins: with the user's options.

    Raises:
        ConfigError: the generator cannot be trained toward targets, or not by this conditioner, or not toward
            these.
    """
    if not texts:
        if conditioner is not None:
            raise ConfigError(f"{conditioner} has nothing to steer toward: add a --target")
        return None
    spec = plugins.find("generator", generator).spec
    name = conditioner or spec.conditioner
    if "loss" not in spec.parts or name is None:
        raise ConfigError(f"{generator} is not trained toward targets: give them to zeo run")
    parts = plugins.find("conditioner", name).spec.parts
    if "loss" not in parts:
        raise ConfigError(f"{name} does not work in training (its parts: {', '.join(parts)})")
    channels = channels_of(spec.representation, plugins)
    probes = [entry.spec for entry in plugins.entries("probe") if set(entry.spec.channels) & set(channels)]
    targets = targets_on(texts, columns_of(probes))
    chosen = plugins.create("conditioner", name)
    with foreign_code(f"preparing {name}"):
        prepared = chosen.prepare(targets, Known(channels=channels))
    return Condition(conditioner=chosen, parts=("loss",), targets=tuple(prepared))


def channels_of(representation: str | None, plugins: Plugins) -> tuple[str, ...]:
    """Of the grids of a representation; none where it writes something else."""
    if representation is None:
        return ()
    found = plugins.create("representation", representation)
    return found.channels if isinstance(found, GridRepresentation) else ()
