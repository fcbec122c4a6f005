"""Wishes that no sample of a run can fulfil, whatever is drawn: found out before it begins."""

from __future__ import annotations

from collections.abc import Iterable

from zeo.errors import ConfigError
from zeo.plugin.framework import BY_NET, BY_RELAXATION
from zeo.running.config import RunConfig
from zeo.tools.hints import nearest
from zeo.wishes.expressions import Formula
from zeo.wishes.wish import Wish

IDENTIFY = "identify"
"""The postprocessor whose names of nets are known: those of the reference, if it is given no other."""


def require_stages(asked: Iterable[Formula], config: RunConfig) -> None:
    """Refuse what only a stage tells that a run leaves out.

    Args:
        asked: wishes and objectives.
        config: of the run.

    Raises:
        ConfigError: it says which stage.
    """
    for stage, told, filled in (
        ("relax", BY_RELAXATION, config.relax),
        ("identify", BY_NET, config.identify),
    ):
        unknown = [name for each in asked for name in each.names if name in told]
        if filled is None and unknown:
            raise ConfigError(
                f"nothing tells {unknown[0]} in a run without the stage {stage}: leave out --{stage} none, or"
                f" wish nothing of {unknown[0]}"
            )


def require_names(wishes: Iterable[Wish], config: RunConfig) -> None:
    """Refuse a code that no net has in the reference; of nets that ``--reference`` names nobody can tell.

    Raises:
        ConfigError: it names the nearest code.
        ZeoError: what the user added to the reference cannot be read.
    """
    wanted = [wish for wish in wishes if wish.formula.names == ("code",) and wish.relation == "="]
    if not wanted or config.identify != IDENTIFY or config.options.get(IDENTIFY, {}).get("reference"):
        return
    from zeo.data.known.reference import Reference  # slow to import, and few wish for a code

    names = Reference().names
    for wish in wanted:
        if wish.text not in names:
            near = nearest(str(wish.text), names)
            advice = f"did you mean {near!r}?" if near else "zeo reference list shows what there is"
            raise ConfigError(f"nothing can fulfil {wish}: no net of the reference is called so; {advice}")
