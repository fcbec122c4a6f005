"""What a page shows of a data set, and a data set as the background of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from zeo.crystal.cif import cif_text
from zeo.data.sets.entry import FEASIBLE, Entry
from zeo.data.sets.filters import WHOLE
from zeo.data.sets.store import DataSet
from zeo.page.frameworks import Frameworks, Line, details_of, net_facts
from zeo.page.packing import rounded
from zeo.page.places import Places
from zeo.page.pore_grid import DrawPores
from zeo.page.quantities import Shown, shown_quantities
from zeo.plugin.candidate import Candidate
from zeo.plugin.columns import columns_of
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.registry import Plugins
from zeo.tools.words import counted
from zeo.wishes.full_name import FullName

BEHIND = 1500
"""Frameworks of a data set behind the points of runs, evenly spaced."""


def quantities_of(data: DataSet, plugins: Plugins) -> list[Shown]:
    """Those of which a data set has a column, with the words of the probes that are installed."""
    probes = {FullName.of(name).subject for name in _properties(data)}
    entries = [entry.spec for entry in plugins.entries("probe") if _is_among(entry.spec, probes)]
    known = [each for each in shown_quantities(columns_of(entries), plugins) if each.id in data.columns]
    there = {each.id for each in known}
    others = [
        Shown(
            id=column.name,
            symbol=column.name,
            label=column.name,
            unit="" if column.unit == "1" else column.unit,
            about=column.meaning,
            whole=column.type in WHOLE,
            measured=True,
        )
        for column in data.description.properties
        if column.name not in there and column.type != "string"
    ]
    return known + others


def _is_among(spec: Any, probes: set[str]) -> bool:
    return spec.name in probes or spec.subject in probes


def _properties(data: DataSet) -> list[str]:
    return [column.name for column in data.description.properties]


@frozen(kw_only=True)
class Drawing:
    """What the details of frameworks are made with.

    Args:
        pores: draws them.
        identify: finds out about nets.
        most: frameworks with details.
    """

    pores: DrawPores
    identify: Postprocessor
    most: int


def add_data_set(
    data: DataSet, source: int, frameworks: Frameworks, shown: Iterable[Shown], drawing: Drawing
) -> None:
    """The frameworks of a data set, the first ones with details.

    Args:
        data: to show.
        source: its number on the page.
        frameworks: of the page.
        shown: quantities of the data set.
        drawing: makes the details.
    """
    values = {each.id: data.column(each.id) for each in shown}
    texts = {name: data.column(name) for name in ("name", "code", "split", "verdict")}
    for number in range(len(data)):
        code, split = texts["code"][number], texts["split"][number]
        frameworks.add(
            Line(
                id=texts["name"][number],
                source=source,
                name=code or "",
                novelty=split or "",
                feasible=texts["verdict"][number] == FEASIBLE,
                values={"after": {name: rounded(column[number]) for name, column in values.items()}},
            )
        )
        if number < drawing.most:
            entry = data[number]
            origin = {"source": entry.origin, "verdict": entry.verdict}
            add_detail(entry, origin, cif_text(entry.structure, entry.name), frameworks, drawing)


def add_detail(
    entry: Entry, origin: Mapping[str, Any], cif: str, frameworks: Frameworks, drawing: Drawing
) -> None:
    """Details of the framework that was added last.

    Args:
        entry: what its data set has of it.
        origin: how it came about.
        cif: with all atoms of the cell.
        frameworks: of the page.
        drawing: makes the details.
    """
    structure = entry.structure
    identity = drawing.identify.apply(Candidate.of(structure)).identity
    facts = {**net_facts(identity), "key": entry.key, "origin": dict(origin), "past": []}
    detail, pores = details_of(structure, facts, drawing.pores)
    frameworks.add_detail(detail, cif, pores)


def card_of(data: DataSet, name: str) -> dict[str, Any]:
    """What stands at the top of the page."""
    description, verdicts = data.description, Counter(data.column("verdict").tolist())
    types = sum(code is not None for code in data.column("code"))
    lost = {verdict: count for verdict, count in verdicts.items() if verdict != FEASIBLE}
    about = [f"Licence: {description.licence}." if description.licence else "", description.citation]
    return {
        "name": name,
        "made": f"Data set {description.name} of {counted(len(data), 'framework')}",
        "wishes": [],
        "objectives": [],
        "front": [],
        "command": "",
        "funnel": list(_steps(description.counts, len(data), lost)),
        "numbers": [
            [len(data), "frameworks", "in this data set"],
            [verdicts[FEASIBLE], "feasible", "converged, net kept, low enough in energy"],
            [types, "IZA types", "frameworks whose net has the code of a framework type"],
        ],
        "about": [text for text in about if text],
    }


def _steps(counts: Mapping[str, int], total: int, lost: Mapping[str, int]) -> Iterable[dict[str, Any]]:
    """How many there were at each step on the way to the data set."""
    steps = {step: count for step, count in counts.items() if isinstance(count, int) and count > 0}
    if not steps:
        steps = {"in the data set": total}
    for words, count in steps.items():
        yield {"words": words.replace("_", " "), "passed": count, "lost": [], "aside": "on the way here"}
    for verdict, count in lost.items():
        yield {"words": verdict, "passed": count, "lost": [], "aside": "verdict of so many"}


@frozen(kw_only=True)
class Background:
    """A data set behind the points of runs.

    Args:
        name: of the data set.
        data: its feasible frameworks, or so many of them.
        of: how many are feasible.
    """

    name: str
    data: DataSet
    of: int

    @classmethod
    def of_data_set(cls, data: DataSet, name: str) -> Background:
        feasible = data.feasible
        return cls(name=name, data=feasible.thinned(BEHIND), of=len(feasible))

    def as_json(self, shown: Iterable[Shown], places: Places | None) -> dict[str, Any]:
        """Its frameworks, as far as the page shows their quantities, and the codes of those on a map."""
        known = [each.id for each in shown if each.id in self.data.columns]
        values = {name: [_short(value) for value in self.data.column(name)] for name in known}
        codes: list[tuple[int, str]] = []
        if places is not None:
            values |= places.behind_points(self.data.names)
            codes = [(number, code) for number, code in enumerate(self.data.column("code")) if code]
        return {"name": self.name, "count": len(self.data), "of": self.of, "values": values, "codes": codes}


def _short(value: Any) -> float | int | None:
    """Three digits are enough behind the points."""
    number = rounded(value)
    return None if number is None else rounded(float(f"{number:.3g}"))
