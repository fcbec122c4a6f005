"""Everything that a page holds, gathered from runs, designs, data sets and structures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import define, evolve, field, frozen

from zeo.data.sets.store import DataSet
from zeo.designing.reading import ReadDesign
from zeo.errors import InputError
from zeo.page import data_sets, designs, runs, structures
from zeo.page.frameworks import Frameworks
from zeo.page.places import Places
from zeo.page.pore_grid import pores_by
from zeo.page.quantities import Shown, shown_quantities
from zeo.page.runs import ReadRun
from zeo.page.structures import Seen
from zeo.plugin.columns import Column
from zeo.plugin.feasibility import FEASIBLE_BELOW, SLC_BANDS
from zeo.plugin.registry import Plugins
from zeo.running.report import STAGE_WORDS

FIRST_PROBE = "methane"
"""Whose energy grid draws the pores of what no run measured."""


@frozen(kw_only=True)
class Contents:
    """What is written into a page.

    Args:
        title: of the page.
        data: everything but the details (JSON).
        texts: of the details: facts, and the CIF without its coordinates.
        spaces: of the details likewise: the coordinates, packed, and the pores.
    """

    title: str
    data: dict[str, Any]
    texts: tuple[Any, ...]
    spaces: tuple[Any, ...]


@define
class Gathering:
    """A page in the making: sources are added one after another.

    Args:
        plugins: the installed ones.
        most: frameworks with details in all.
        sources: how many there will be; they share the details evenly.
    """

    plugins: Plugins
    most: int
    sources: int
    frameworks: Frameworks = field(factory=Frameworks)
    cards: list[dict[str, Any]] = field(factory=list)
    shown: dict[str, Shown] = field(factory=dict)

    @property
    def _share(self) -> int:
        return -(-self.most // max(self.sources, 1))

    def add_run(self, run: ReadRun) -> None:
        """A run with its survivors."""
        self._show(run.quantities(self.plugins))
        runs.add_run(run, len(self.cards), self._share, self.frameworks, self.plugins)
        self.cards.append({"kind": "run", **runs.card_of(run, self.plugins)})

    def add_survivor(self, run: ReadRun, candidate: str) -> None:
        """One survivor of a run, without its card.

        Raises:
            InputError: the run has no such survivor.
        """
        self._show(run.quantities(self.plugins))
        survivors = run.summary.survivors
        places = np.flatnonzero([f"{index:06d}" == candidate for index in survivors.indices])
        if not len(places):
            raise InputError(f"{run.directory.path} has no survivor {candidate!r}")
        only = evolve(run, lost=(), summary=evolve(run.summary, survivors=survivors.at(places)))
        runs.add_run(only, len(self.cards), 1, self.frameworks, self.plugins)
        self.cards.append({"kind": "structures", "name": run.name})

    def add_data_set(self, data: DataSet, name: str) -> None:
        """A data set with all its frameworks."""
        shown = data_sets.quantities_of(data, self.plugins)
        self._show(shown)
        drawing = self._drawing([FIRST_PROBE], self.plugins)
        data_sets.add_data_set(data, len(self.cards), self.frameworks, shown, drawing)
        self.cards.append({"kind": "data set", **data_sets.card_of(data, name)})

    def add_design(self, design: ReadDesign, name: str) -> None:
        """A design with all that it relaxed, its hits first."""
        shown = designs.quantities_of(design)
        self._show(shown)
        drawing = self._drawing([*design.resolved.probes, FIRST_PROBE], design.resolved.plugins)
        designs.add_design(design, len(self.cards), self.frameworks, shown, drawing)
        self.cards.append({"kind": "design", **designs.card_of(design, name, shown)})

    def _drawing(self, probes: Sequence[str], plugins: Plugins) -> data_sets.Drawing:
        identify = plugins.create("postprocessor", "identify")
        return data_sets.Drawing(pores=pores_by(probes, plugins), identify=identify, most=self._share)

    def add_structures(self, seen: Sequence[Seen], columns: Sequence[Column], probes: Sequence[str]) -> None:
        """Structures of no run; they have no card."""
        self._show(shown_quantities(columns, self.plugins))
        draw = pores_by([*probes, FIRST_PROBE], self.plugins)
        structures.add_structures(seen, len(self.cards), columns, self.frameworks, draw)
        self.cards.append({"kind": "structures", "name": ""})

    def _show(self, quantities: Iterable[Shown]) -> None:
        for each in quantities:
            self.shown.setdefault(each.id, each)

    def contents(
        self,
        title: str,
        version: str,
        background: data_sets.Background | None = None,
        places: Places | None = None,
    ) -> Contents:
        """All of it.

        Args:
            title: of the page.
            version: of zeo.
            background: lies behind the points.
            places: of all frameworks on a map.
        """
        if places is not None:
            self._show(places.shown)
            self.frameworks.lines = places.added_to(self.frameworks.lines)
        known = [each.as_json() for each in self.shown.values()]
        behind = None if background is None else background.as_json(self.shown.values(), places)
        data = {
            "title": title,
            "version": version,
            "sources": self.cards,
            "quantities": known,
            "stages": STAGE_WORDS,
            "bands": SLC_BANDS,
            "feasible": FEASIBLE_BELOW,
            "frameworks": self.frameworks.as_json(),
            "lost": self.frameworks.lost_as_json(),
            "background": behind,
        }
        found = self.frameworks
        return Contents(title=title, data=data, texts=tuple(found.texts), spaces=tuple(found.spaces))
