"""A generator for tests that finds without searching: small IZA types, strained and in new places."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from attrs import frozen

from zeo import GeneratorSpec, hookimpl
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.candidate import Sample
from zeo.plugin.interfaces import Generator
from zeo.plugin.options import option

FINDS = 3
"""In one exploration."""

CODES = (
    "EDI",
    "JBW",
    "ABW",
    "BCT",
    "DFT",
    "NAB",
    "THO",
    "ATT",
    "BIK",
    "MVY",
    "SOD",
    "ATN",
    "GIS",
    "MON",
    "OWE",
)
"""By number of T atoms, from 5 to 16."""

HALTS_AT = "WANDERER_HALTS_AT"
"""Environment variable: a file. Once it exists, no worker process brings an exploration to its end."""


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [GeneratorSpec(name="wanderer", summary="test", target="zeo_wanderer:Wanderer", explores=True)]


class Wanderer(Generator):
    """Goes from type to type; the net of a parent decides nothing but the name."""

    @frozen(kw_only=True)
    class Options:
        types: int = option(len(CODES), "how many it knows", at_least=1)
        fails: int = option(0, "one exploration in so many raises an error", at_least=0)

    options: Options

    def sample(self, seeds, condition=None) -> Iterator[Sample]:
        raise NotImplementedError

    def explore(self, seed: int, parents: FrameworkSet) -> Iterator[Sample]:
        _halt()
        stream = np.random.default_rng(seed)
        if self.options.fails and seed % self.options.fails == 0:
            raise RuntimeError("lost its way")
        for _ in range(FINDS):
            structure = moved(relaxed_structure(str(stream.choice(CODES[: self.options.types]))), stream)
            source = {"operation": "walk", "residual": 0.001}
            if len(parents):
                source["parent"] = parents.names[stream.integers(len(parents))]
            yield Sample(seed=seed, structure=structure, source=source)


def _halt() -> None:
    """As long as there is a process to bring a result to: one that is orphaned must go on and notice."""
    awaited, parent = os.environ.get(HALTS_AT), multiprocessing.parent_process()
    while awaited and parent and parent.is_alive() and Path(awaited).exists():
        time.sleep(0.01)


def moved(structure: Structure, stream: np.random.Generator) -> Structure:
    """Shifted, and strained by some percent."""
    lattice = structure.lattice * stream.uniform(0.98, 1.02, 3)[:, None]
    return Structure(lattice, structure.species, (structure.frac_coords + stream.random(3)) % 1.0)
