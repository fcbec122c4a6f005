"""The nets that the generator of a run has seen."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from zeo.data.known.novelty import compared_with
from zeo.errors import PluginTypeError
from zeo.plugin.interfaces import Generator
from zeo.plugin.registry import Plugins
from zeo.plugin.seen import Seen
from zeo.running.plan import Plan
from zeo.running.provenance import COMPARED
from zeo.tools.foreign import foreign_code


def seen_by(generator: Generator, plan: Plan, plugins: Plugins) -> Seen:
    """What a generator has seen; of one that learns and does not say, the training set is unknown.

    Raises:
        ZeoError: a data set or a list of nets that cannot be read.
        PluginTypeError: it returns something else.
    """
    with foreign_code(f"loading {plan.generator}"):
        seen = generator.seen(Path(plan.checkpoint) if plan.checkpoint else None)
    if not isinstance(seen, Seen):
        raise PluginTypeError(f"{plan.generator} returned {type(seen).__name__} from seen(), not a Seen")
    is_silent = type(generator).seen is Generator.seen
    learns = plugins.find("generator", plan.generator).spec.trainable
    return evolve(seen, training=None) if is_silent and learns else seen


def compared(plan: Plan, plugins: Plugins) -> dict[str, str]:
    """What the nets of a run are compared with beside the reference, by :data:`COMPARED`.

    Raises:
        ZeoError: it cannot be read.
    """
    configured = plugins.configured(plan.options)
    generator = configured.create("generator", plan.generator)
    text = compared_with(plan.generator, seen_by(generator, plan, configured))
    return {COMPARED: text} if text else {}
