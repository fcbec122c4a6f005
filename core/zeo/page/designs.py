"""What a page shows of a design: what was wanted, its hits, what else it tried, and where the effort went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.data.looking.export import cif_of
from zeo.data.sets.entry import FEASIBLE
from zeo.designing.account import best_first, effort_of, hits_in, progress_of
from zeo.designing.command import command_of
from zeo.designing.goal import ENERGY, numbers
from zeo.designing.known import Known
from zeo.designing.reading import ReadDesign
from zeo.designing.rounds import Considered, Learned
from zeo.page.data_sets import Drawing, add_detail
from zeo.page.frameworks import Frameworks, Line, numbers_in
from zeo.page.packing import rounded
from zeo.page.quantities import Shown, of_formula, shown_quantities
from zeo.page.words import objectives_in_words, wish_card
from zeo.plugin.candidate import Energy
from zeo.plugin.feasibility import SLC, energy_band
from zeo.plugin.framework import NEW
from zeo.running.achieved import Met
from zeo.tools.words import counted
from zeo.wishes.wish import Wish

KNOWN_NAMED = 5
"""Known frameworks that meet the wishes and are named."""

DIRECTIONS = {1.0: "maximise", -1.0: "minimise"}


def quantities_of(design: ReadDesign) -> list[Shown]:
    """What is known of every framework, what its probes measure, and what its wishes compute of these."""
    asked = {each.text: each for each in (aim.formula for aim in design.resolved.goal.watched)}
    computed = [of_formula(each) for each in asked.values() if each.single is None]
    return shown_quantities(design.resolved.measured, design.resolved.plugins) + computed


def add_design(
    design: ReadDesign, source: int, frameworks: Frameworks, shown: Sequence[Shown], drawing: Drawing
) -> None:
    """All frameworks that a design relaxed: its hits, best first, then what came nearest; the first ones with
    details.

    Args:
        design: that was read.
        source: its number on the page.
        frameworks: of the page.
        shown: quantities of the design.
        drawing: makes the details.
    """
    data = design.data
    columns = {each.id: data.column(each.id) for each in shown if each.id in data.columns}
    verdicts, places = data.column("verdict"), {name: at for at, name in enumerate(data.names)}
    measured = {each.id for each in shown if each.measured}
    several = len(design.resolved.goal.objectives) > 1
    for number, (tried, on_front) in enumerate(_in_order(design, places)):
        place = places[str(tried.name)]
        energy = float(columns[ENERGY][place])
        known = {name: rounded(column[place]) for name, column in columns.items()}
        before = {name: rounded(value) for name, value in tried.before.items() if name in measured}
        frameworks.add(
            Line(
                id=str(tried.name),
                source=source,
                novelty=NEW,
                band=energy_band(Energy(value=energy, potential=SLC)) if energy == energy else "",
                feasible=verdicts[place] == FEASIBLE,
                met=tried.hit,
                front=on_front and several,
                values={"before": before, "after": numbers_in(numbers(tried.after)) | known},
            )
        )
        if number < drawing.most:
            entry = data[place]
            origin = {"by": tried.arm, "operation": entry.operation, "parent": entry.parent}
            origin |= {"lineage": tried.lineage, "verdict": entry.verdict, "chance": f"{tried.chance:.0%}"}
            cif = cif_of(entry, data.description.properties)
            add_detail(entry, origin, cif, frameworks, drawing)


def _in_order(design: ReadDesign, places: Mapping[str, int]) -> Iterator[tuple[Considered, bool]]:
    """What was relaxed: hits, each with whether it is on the Pareto front, then the others, nearest first."""
    hits, energies = hits_in(design.rounds), design.data.column(ENERGY)
    yield from best_first(hits, [energies[places[str(hit.name)]] for hit in hits], design.resolved.goal)
    missed = [each for each in _relaxed(design) if not each.hit]
    for each in sorted(missed, key=lambda each: np.inf if each.miss is None else each.miss):
        yield each, False


def _relaxed(design: ReadDesign) -> list[Considered]:
    return [each for done in design.rounds for each in done.considered if each.name is not None]


def card_of(design: ReadDesign, name: str, shown: Sequence[Shown]) -> dict[str, Any]:
    """What stands at the top of the page."""
    goal, quantities = design.resolved.goal, {each.id: each for each in shown}
    hits, rounds = len(hits_in(design.rounds)), len(design.rounds)
    directed = [(DIRECTIONS[sign], formula) for formula, sign in goal.objectives]
    return {
        "name": name,
        "made": f"Design of {counted(hits, 'new framework')} in {counted(rounds, 'round')}",
        "wishes": [wish_card(wish, met, quantities) for wish, met in _met(design)],
        "objectives": objectives_in_words(directed, quantities),
        "front": [formula.text for formula, _ in goal.objectives],
        "command": command_of(design.resolved.recipe),
        "funnel": list(_funnel(design)),
        "numbers": list(_numbers(design)),
        "about": list(_about(design)),
        "effort": [
            [each.arm, each.proposed, each.new, each.relaxed, each.hits, rounded(each.seconds)]
            for each in sorted(effort_of(design.rounds).values(), key=lambda each: -each.seconds)
        ],
        "progress": list(_curves(design, quantities)),
    }


def _met(design: ReadDesign) -> Iterator[tuple[Wish, Met]]:
    """The wishes, each with how many of the feasible ones that were relaxed meet it."""
    goal, places = design.resolved.goal, {name: place for place, name in enumerate(design.data.names)}
    after = {places[str(each.name)]: each.after for each in _relaxed(design)}
    relaxed = Known((design.data,), goal, after)
    kept = relaxed.feasible
    values = {name: column[kept] for name, column in relaxed.values().items()}
    values |= {"novelty": np.full(int(kept.sum()), NEW, dtype=object)}
    for wish in goal.wishes:
        yield wish, Met.by(wish, values, int(kept.sum()))


def _funnel(design: ReadDesign) -> Iterator[dict[str, Any]]:
    """What was proposed, what of it had a net that is not known, what was relaxed, met the wishes, and was
    confirmed."""
    asked = [each for done in design.rounds for each in done.asked]
    proposed, new = sum(each.proposed for each in asked), sum(each.new for each in asked)
    lost: Counter[str] = Counter()
    for each in asked:
        lost.update(each.lost)
    tried = _relaxed(design)
    verdicts = dict(zip(design.data.names, design.data.column("verdict").tolist(), strict=True))
    failed = Counter(_why(verdicts[str(each.name)], "a wish missed") for each in tried if not each.met)
    shaken = Counter(
        _why(verdicts[str(each.name)], "a wish missed once shaken and measured finely")
        for each in tried
        if each.met and not each.hit
    )
    yield _step("proposed", proposed, {})
    yield _step(
        "with a new net", new, {**lost, "net known, or proposed before": proposed - new - lost.total()}
    )
    yield _step("relaxed", len(tried), {"promised too little for its time": new - len(tried)})
    yield _step("met every wish", sum(each.met for each in tried), failed)
    yield _step("confirmed", sum(each.hit for each in tried), shaken)


def _why(verdict: str, otherwise: str) -> str:
    return otherwise if verdict == FEASIBLE else verdict


def _step(words: str, passed: int, lost: Mapping[str, int]) -> dict[str, Any]:
    reasons = sorted(((why, count) for why, count in lost.items() if count), key=lambda item: -item[1])
    return {"words": words, "passed": passed, "lost": reasons, "aside": ""}


def _numbers(design: ReadDesign) -> Iterator[list[Any]]:
    tried, known = _relaxed(design), design.known
    yield [sum(each.new for done in design.rounds for each in done.asked), "new nets", "that were proposed"]
    yield [len(tried), "relaxed", "of these, by the chance that they hit"]
    if known is not None and design.resolved.goal.wishes:
        yield [
            len(known.hits()),
            "known",
            f"of {known.looked_at:,} known frameworks, those that meet the wish",
        ]
    meaning = "new frameworks that meet every wish, confirmed: shaken, relaxed anew and measured finely"
    yield [sum(each.hit for each in tried), "found", meaning]


def _about(design: ReadDesign) -> Iterator[str]:
    known, recipe = design.known, design.resolved.recipe
    looked = ", ".join(design.data.description.sources)
    yield f"Known: {looked}." if known is not None else f"Known: {looked}, which are not there as they were."
    if known is not None and design.resolved.goal.wishes:
        names = [known.entry(int(at)).name for at in known.hits_best_first()[:KNOWN_NAMED]]
        if names:
            more = " and more" if len(known.hits()) > KNOWN_NAMED else ""
            yield f"Of these meet the wish already: {', '.join(names)}{more}."
    if design.resolved.probes:
        yield f"Measured by {', '.join(design.resolved.probes)}."
    if recipe.surrogates:
        yield f"Told before relaxation by {', '.join(recipe.surrogates)}."
    for learned in (learned for done in design.rounds for learned in done.learned):
        fate = "kept" if learned.kept else "not kept"
        yield (
            f"{learned.generator} learned from {counted(learned.hits, 'hit')}: new nets in as many drawings"
            f" {learned.before} before and {learned.after} after{_errors(learned)}, {fate}."
        )
    yield "Seconds of effort are nominal: the same on any machine."
    yield f"Made with zeo {design.data.description.zeo_version}."


def _errors(learned: Learned) -> str:
    if learned.error_before is None or learned.error_after is None:
        return ""
    return f", error on held-out types {learned.error_before:.3f} and {learned.error_after:.3f}"


def _curves(design: ReadDesign, quantities: Mapping[str, Shown]) -> Iterator[dict[str, Any]]:
    """Hits, and the best of each objective, over the seconds spent."""
    progress = progress_of(design.rounds, design.resolved.goal)
    yield _curve("hits", progress.seconds, progress.hits)
    for text, best in progress.best.items():
        label = quantities[text].label if text in quantities else text
        yield _curve(f"best {label} so far", progress.seconds, best)


def _curve(words: str, seconds: NDArray[Any], values: NDArray[Any]) -> dict[str, Any]:
    points = [
        [rounded(at), rounded(value)] for at, value in zip(seconds, values, strict=True) if value == value
    ]
    return {"words": words, "points": points}
