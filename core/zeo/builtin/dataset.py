"""The ``dataset`` generator: grids of known frameworks, as if a network had drawn them.

Without noise it measures what the representation itself loses; with noise, how much the clean-up repairs;
with scrambled atoms, how often it makes a framework of nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.builtin import VOXEL
from zeo.crystal.cells import permuted, translated
from zeo.crystal.hard_core import scrambled
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import (
    FrameworkSet,
    frameworks_of,
    is_on_disk,
    is_silica,
    open_data_sets,
    open_frameworks,
    together,
)
from zeo.data.known.novelty import seen_in
from zeo.data.sets.entry import SPLITS
from zeo.data.sets.runs import counts_of_runs
from zeo.data.sets.store import DataSet, is_data_set
from zeo.errors import ConfigError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.interfaces import Generator, GridRepresentation, Representation
from zeo.plugin.options import option
from zeo.plugin.seen import Seen
from zeo.tools.printing import print_line

ENERGY_RANGE = (-4000.0, 5000.0)
"""Kelvin: where the networks of the reference papers clip energies."""

CODED_SOURCES = ("relaxed", "iza")
"""Sources whose frameworks are known by a code."""


class DatasetGenerator(Generator):
    """Draws known frameworks in a fixed random order, each once before any comes again."""

    @frozen(kw_only=True)
    class Options:
        source: tuple[str, ...] = option(
            ("relaxed",),
            "relaxed (IZA types as zeo relaxed them), iza (as zeose has them), data sets and runs (of "
            "several each net once, as the first has it) or a folder",
            files=is_on_disk,
        )
        split: str = option("all", "of a data set: the part to draw from", choices=("all", *SPLITS))
        cells: str = option(
            "orthogonal",
            "for grids: orthogonal cells as stored, or the smallest orthogonal cell of all that have one",
            choices=("orthogonal", "all"),
        )
        max_t: int | None = option(None, "leave out cells with more T atoms", at_least=1)
        noise: float = option(
            0.0,
            "Gaussian noise on every value: standard deviation, where 1 is an atom's peak in si and o, "
            "9000 K in energies (then clipped to -4000..5000 K first) and the full range in other channels",
            at_least=0,
        )
        shift: bool = option(False, "move the origin to a random place")
        rotate: bool = option(False, "permute the axes at random")
        scramble: bool = option(
            False, "put as many atoms into the same cell at random places: a control for the repair"
        )
        representation: str = option(VOXEL, "how frameworks are encoded", plugin="representation")

    def load(self, checkpoint: Path | None, device: str) -> None:  # noqa: ARG002
        """Reads the source, so that a wrong one is found before the first sample.

        Raises:
            ConfigError: nothing to draw from, or a checkpoint: there are no weights.
            ZeoError: the source cannot be read.
        """
        if checkpoint is not None:
            raise ConfigError("dataset has no weights: leave out the checkpoint")
        if self.options.noise and not isinstance(self._representation, GridRepresentation):
            raise ConfigError("dataset.noise is noise on grids: leave it out")
        if not self.options.source:
            raise ConfigError("dataset.source: name a source or more")
        _ = self.frameworks

    def seen(self, checkpoint: Path | None) -> Seen:  # noqa: ARG002
        """The nets of the data set that it draws."""
        return seen_in(self.options.source)

    @cached_property
    def frameworks(self) -> FrameworkSet:
        """Those that can be drawn: SiO2, for grids orthogonal or with an orthogonal cell, not too large.

        Raises:
            ConfigError: there are none.
            ZeoError: the source cannot be read.
        """
        options = self.options
        split = None if options.split == "all" else options.split
        found = self._of_data_sets(split) if self._are_data_sets else self._of_structures(split)
        if len(found) == 0:
            limits = f" with at most {options.max_t} T atoms" if options.max_t else ""
            orthogonal = "orthogonal " if self._needs_right_angles else ""
            raise ConfigError(f"dataset.source={self._sources}: no {orthogonal}SiO2 framework{limits} there")
        return found

    @property
    def _sources(self) -> str:
        """As the user writes them."""
        return ",".join(self.options.source)

    @property
    def _are_data_sets(self) -> bool:
        """Several sources can be nothing else."""
        return len(self.options.source) != 1 or is_data_set(self.options.source[0])

    def _of_data_sets(self, split: str | None) -> FrameworkSet:
        """A data set holds nothing but SiO2, and a run nothing else that counts."""
        parts = open_data_sets(self.options.source, split)
        found = together([self._in_cells(data) for data in parts])
        for line in counts_of_runs(self.options.source):
            print_line(line, err=True)
        total = sum(map(len, parts))
        print_line(f"{self._sources}: drawing from {len(found)} of {total} frameworks", err=True)
        return found

    def _in_cells(self, data: DataSet) -> FrameworkSet:
        """The frameworks of a data set whose cells will do, where possible found without their atoms."""
        most = self.options.max_t
        right = data.has_right_angles
        fits = np.full(len(data), True) if most is None else data.column("t_atoms") <= most
        if not self._needs_right_angles:
            return frameworks_of(data.where(fits))
        if self.options.cells == "orthogonal" or right.all():
            return frameworks_of(data.where(right & fits))
        return frameworks_of(data.where(fits | ~right)).where(self._accepts)

    def _of_structures(self, split: str | None) -> FrameworkSet:
        (source,) = self.options.source
        frameworks = open_frameworks(source, split)
        found = frameworks.where(self._accepts)
        if len(found) and source not in CODED_SOURCES:
            print_line(f"{source}: drawing from {len(found)} of {len(frameworks)} files", err=True)
        return found

    def _accepts(self, structure: Structure) -> bool:
        cell = self._cell(structure)
        if cell is None or not is_silica(cell) or (self._needs_right_angles and not cell.is_orthogonal):
            return False
        return self.options.max_t is None or cell.count("Si") <= self.options.max_t

    @cached_property
    def _needs_right_angles(self) -> bool:
        """Grids do, and so do atoms at random places."""
        return isinstance(self._representation, GridRepresentation) or bool(self.options.scramble)

    def _cell(self, structure: Structure) -> Structure | None:
        if not self._needs_right_angles or self.options.cells == "orthogonal":
            return structure
        return smallest_orthogonal_cell(structure)

    @property
    def _kind(self) -> str:
        """What the name of a framework is in records. Only a framework type can come back under its name."""
        if self._are_data_sets:
            return "entry"
        return "framework" if self.options.source[0] in CODED_SOURCES else "file"

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The order in which frameworks are drawn; the same in every run."""
        return np.random.default_rng(0).permutation(len(self.frameworks))

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:  # noqa: ARG002
        """The framework of seed s is number s (modulo their count) of :attr:`order`."""
        return (self._draw(int(seed)) for seed in seeds)

    def _draw(self, seed: int) -> Sample:
        framework = self.frameworks[int(self.order[seed % len(self.order)])]
        structure = self._cell(framework.structure)
        assert structure is not None, "only frameworks with a cell that will do are in the set"
        # one stream for each purpose, so that no option changes what another draws
        shift_stream, axes_stream, noise_stream, places = np.random.default_rng(seed).spawn(4)
        kind = "cell_of" if self.options.scramble else self._kind  # nothing of the framework can come back
        source: dict[str, JSON] = {kind: framework.name}
        if framework.lineage is not None and not self.options.scramble:
            source["lineage"] = framework.lineage
        if structure is not framework.structure:
            source["cell"] = "smallest orthogonal"
        if self.options.rotate:
            source["axes"] = axes_stream.permutation(3).tolist()
            structure = permuted(structure, source["axes"])
        if self.options.shift:
            source["shift"] = shift_stream.random(3).tolist()
            structure = translated(structure, source["shift"])
        if self.options.scramble:
            structure = scrambled(structure, places)
        encoded = self._representation.encode(structure)
        if self.options.noise:
            source["noise"] = self.options.noise
            encoded = with_noise(encoded, self.options.noise, noise_stream)
        return Sample(seed=seed, encoded=encoded, source=source)

    @property
    def _representation(self) -> Representation[Any]:
        chosen: Representation[Any] = self.plugins.create("representation", self.options.representation)
        return chosen


def with_noise(grid: Grid, noise: float, stream: np.random.Generator) -> Grid:
    """A grid with Gaussian noise on every channel, in proportion to what the channel spans.

    That is 1 for ``si`` and ``o``; the width of :data:`ENERGY_RANGE` for energies, first clipped to it as a
    network would see them; and the range of the values for any other channel.
    """
    values = grid.values.astype(np.float64)
    for name, channel in zip(grid.channels, values, strict=True):
        span = 1.0
        if name.startswith("energy:"):
            np.clip(channel, *ENERGY_RANGE, out=channel)
            span = ENERGY_RANGE[1] - ENERGY_RANGE[0]
        elif name not in ("si", "o"):
            span = float(np.ptp(channel))
        channel += noise * span * stream.standard_normal(channel.shape)
    return grid.with_values(values)
