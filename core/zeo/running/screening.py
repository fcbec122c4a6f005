"""The screen stage: what misses a wish before it is relaxed is not worth relaxing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zeo.plugin.candidate import Candidate
from zeo.plugin.columns import Column
from zeo.plugin.framework import BY_NET
from zeo.records.values import unrelaxed_values
from zeo.wishes.wish import Wish


def screening(
    wishes: Sequence[Wish], columns: Sequence[Column], by_net_alone: bool
) -> Callable[[Candidate], Candidate]:
    """What rejects a candidate that misses a wish by what is known before relaxation.

    Args:
        wishes: what is wanted; those on what only relaxation tells are left for later.
        columns: what the probes measure.
        by_net_alone: whether only those wishes count whose quantities relaxation does not change.
    """
    measured = {column.name for column in columns} | {"density"}
    known = BY_NET if by_net_alone else BY_NET | measured
    judged = [wish for wish in wishes if known.issuperset(wish.formula.names)]
    reason = "another net than wished" if by_net_alone else "off target before relaxation"

    def screen(candidate: Candidate) -> Candidate:
        values = unrelaxed_values(candidate, columns)
        for wish in judged:
            if not wish.met_by(values):
                return candidate.reject(reason, f"{wish}, not {_shown(wish, values)}")
        return candidate

    return screen


def _shown(wish: Wish, values: dict[str, object]) -> str:
    if wish.text is not None:
        return str(values[wish.formula.names[0]])
    value = wish.formula.of(values)
    return "undefined" if value != value else f"{value:.4g}"
