"""The papers' table: how many samples passed each test, and how many nets they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from zeo.evaluation.nets import PLACES, KnownNets
from zeo.evaluation.outcome import Outcome
from zeo.evaluation.sampled import Sampled
from zeo.evaluation.share import Share
from zeo.plugin.feasibility import FEASIBLE_BELOW, HIGHEST_KNOWN, MADE_BELOW
from zeo.plugin.gates import LOWEST_CONNECTIVITY, in_window

MOST_UNIQUE_T = 10
"""Largest number of symmetrically unique T atoms of Kim, Lee & Kim (Sci. Adv. 2020, 6, eaax9324)."""

LITERATURE = 16.0
"""kJ/mol Si: a bound from the literature, on the scale of another potential."""


@frozen(kw_only=True)
class Line:
    """A line of the table.

    Args:
        name: of the figure, for programs.
        label: for readers; lines that are parts of the one above are indented.
        of: name of the figure that it is a share of; None for the first.
        independent: see :class:`zeo.evaluation.share.Share`.
    """

    name: str
    label: str
    of: str | None = "drawn"
    independent: bool = True


@frozen(kw_only=True)
class Check(Line):
    """A line that counts samples.

    Args:
        passes: whether a sample counts.
        judges: whether it can be known of the samples of a run.
    """

    passes: Callable[[Outcome], bool]
    judges: Callable[[Sampled], bool] = lambda _: True


def has_right_ratio(outcome: Outcome) -> bool:
    """Si:O of the decoded atoms, between the papers' bounds."""
    return outcome.si is not None and outcome.o is not None and in_window(outcome.si, outcome.o)


def is_connected(outcome: Outcome) -> bool:
    """Connectivity of the decoded atoms, at least the papers' bound."""
    return outcome.connectivity is not None and outcome.connectivity >= LOWEST_CONNECTIVITY


def has_few_unique_t(outcome: Outcome) -> bool:
    """Perfect, and within the papers' limit of unique T atoms."""
    return outcome.perfect and outcome.unique_t is not None and outcome.unique_t <= MOST_UNIQUE_T


def _knows(*facts: str) -> Callable[[Sampled], bool]:
    """Whether some of the samples of a run have all of these facts."""
    return lambda run: any(
        all(getattr(outcome, fact) is not None for fact in facts) for outcome in run.outcomes
    )


def _identifies(run: Sampled) -> bool:
    return run.plan.plugin_of("identify") is not None


def _repairs_or_identifies(run: Sampled) -> bool:
    return run.plan.plugin_of("repair") is not None or _identifies(run)


def _judges(run: Sampled) -> bool:
    return run.judged


def _up_to(limit: float) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.below(limit)


CHECKS = (
    Check(name="drawn", label="samples drawn", of=None, passes=lambda _: True),
    Check(name="si_o_window", label="0.45 < Si:O < 0.55", passes=has_right_ratio, judges=_knows("si", "o")),
    Check(
        name="connectivity_75",
        label="connectivity >= 75 %",
        passes=is_connected,
        judges=_knows("connectivity"),
    ),
    Check(
        name="both_gates",
        label="  both",
        passes=lambda outcome: has_right_ratio(outcome) and is_connected(outcome),
        judges=_knows("si", "o", "connectivity"),
    ),
    Check(
        name="perfect_before_repair",
        label="perfect before repair",
        passes=lambda outcome: bool(outcome.perfect_before),
        judges=_knows("perfect_before"),
    ),
    Check(
        name="perfect",
        label="perfect after repair",
        passes=lambda outcome: outcome.perfect,
        judges=_repairs_or_identifies,
    ),
    Check(
        name="perfect_10_unique_t",
        label="  at most 10 unique T",
        passes=has_few_unique_t,
        judges=_identifies,
    ),
    Check(
        name="identified",
        label="net identified",
        passes=lambda outcome: outcome.key is not None,
        judges=_identifies,
    ),
    Check(
        name="converged",
        label="converged (SLC)",
        passes=lambda outcome: outcome.converged,
        judges=_judges,
    ),
    Check(name="net_kept", label="  net kept", passes=lambda outcome: outcome.relaxed, judges=_judges),
    Check(name="up_to_105.6", label="  up to 105.6 kJ/mol Si", passes=_up_to(HIGHEST_KNOWN), judges=_judges),
    Check(
        name="feasible", label="feasible: up to 30 kJ/mol Si", passes=_up_to(FEASIBLE_BELOW), judges=_judges
    ),
    Check(name="up_to_20.5", label="  up to 20.5 kJ/mol Si", passes=_up_to(MADE_BELOW), judges=_judges),
    Check(name="up_to_16", label="  up to 16 kJ/mol Si", passes=_up_to(LITERATURE), judges=_judges),
)
"""What is asked of every sample, in the order of the pipeline."""


def _lines_of_nets(those: str) -> tuple[Line, ...]:
    name = f"nets_of_{those}"
    return (
        Line(name=name, label=f"unique nets of the {those}", of=those, independent=False),
        *(Line(name=f"{name}_{place}", label=f"  {label}", of=name) for place, label in PLACES.items()),
    )


NETS = {those: _lines_of_nets(those) for those in ("perfect", "feasible")}
"""What is asked of the distinct nets of those samples."""

LINES: tuple[Line, ...] = (*CHECKS, *(line for lines in NETS.values() for line in lines))
"""The whole table."""


def figures(run: Sampled, known: KnownNets) -> dict[str, Share | None]:
    """Every line of the table for a run, by name; None for what the run cannot tell."""
    checks = {check.name: check for check in CHECKS}
    found: dict[str, Share | None] = {
        name: Share(sum(map(check.passes, run.outcomes)), len(run.outcomes)) if check.judges(run) else None
        for name, check in checks.items()
    }
    for those, lines in NETS.items():
        samples = [outcome for outcome in run.outcomes if checks[those].passes(outcome)]
        told = _identifies(run) and checks[those].judges(run)
        found |= net_figures(samples, lines, known) if told else {line.name: None for line in lines}
    return found


def net_figures(samples: Sequence[Outcome], lines: Sequence[Line], known: KnownNets) -> Mapping[str, Share]:
    """How many distinct nets some samples have, and in how many of the places each is."""
    nets = {outcome.key: outcome for outcome in samples if outcome.key is not None}
    places = [known.places(key, outcome.name, outcome.novelty) for key, outcome in nets.items()]
    whole, *parts = lines
    counts = [Share(sum(place in where for where in places), len(nets)) for place in PLACES]
    return {
        whole.name: Share(len(nets), len(samples), independent=False),
        **{line.name: count for line, count in zip(parts, counts, strict=True)},
    }
