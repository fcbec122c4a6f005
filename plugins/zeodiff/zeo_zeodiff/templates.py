"""Where a drawn framework starts: a cell, a number of T atoms and the symmetry of its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from attrs import evolve, field, frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo.conditioning import Span
from zeo_learning.orbits import GridSymmetry
from zeo_zeodiff.condition import floored, transformed

EDGE_JITTER = 0.02
"""Standard deviation of the logarithm of each independent edge of a drawn cell."""

PROPERTY = "property."
"""Begins the names of the tensors that hold the properties."""

NEAR = 0.2
"""Standard deviations of the properties: so near to a target are the templates that are drawn for it."""

NEIGHBOURS = 10
"""Or as near as this many are, where they are rare; a tenth of all at most."""

TAIL = 0.005
"""Share of the training set that lies below, or above, nearly all of a quantity's values."""


@frozen(eq=False)
class Template:
    """A cell to fill.

    Args:
        lengths: a, b, c in angstrom.
        t_atoms: wanted.
        symmetry: of the grid.
        properties: of the framework that it comes from, such as ``"methane.qst"``, as far as they are known.
    """

    lengths: NDArray[np.float64]
    t_atoms: int
    symmetry: GridSymmetry
    properties: Mapping[str, float | None] = field(factory=dict)

    def jittered(self, stream: np.random.Generator) -> Template:
        """The same in a slightly other cell; edges that the symmetry makes equal stay equal."""
        change = stream.normal(0.0, EDGE_JITTER, 3)
        for rotation in np.abs(self.symmetry.rotations.astype(int)):
            for k, source in enumerate(rotation.argmax(axis=1)):
                change[k] = change[source] = min(change[k], change[source])
        return evolve(self, lengths=self.lengths * np.exp(change))


@frozen(eq=False)
class Templates:
    """The cells, sizes and symmetries of a training set, from which those of samples are drawn.

    Args:
        lengths: float32 [m, 3], angstrom.
        t_atoms: int64 [m].
        kinds: int64 [m], which of ``symmetries`` each has.
        symmetries: the different ones.
        properties: float32 [m] for each quantity that is known of some, NaN where it is not.
    """

    lengths: NDArray[np.float32] = field()
    t_atoms: NDArray[np.int64]
    kinds: NDArray[np.int64]
    symmetries: tuple[GridSymmetry, ...]
    properties: Mapping[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> Template:
        return Template(
            self.lengths[index].astype(np.float64),
            int(self.t_atoms[index]),
            self.symmetries[int(self.kinds[index])],
            {
                name: None if np.isnan(values[index]) else float(values[index])
                for name, values in self.properties.items()
            },
        )

    @classmethod
    def of(cls, templates: Sequence[Template]) -> Templates:
        """Collect templates; equal symmetries are kept once."""
        known = {name for t in templates for name, value in t.properties.items() if value is not None}
        numbers: dict[bytes, int] = {}
        symmetries: list[GridSymmetry] = []
        kinds = []
        for template in templates:
            key = template.symmetry.rotations.tobytes() + template.symmetry.translations.tobytes()
            if key not in numbers:
                numbers[key] = len(symmetries)
                symmetries.append(template.symmetry)
            kinds.append(numbers[key])
        return cls(
            np.array([template.lengths for template in templates], dtype=np.float32),
            np.array([template.t_atoms for template in templates], dtype=np.int64),
            np.array(kinds, dtype=np.int64),
            tuple(symmetries),
            {
                name: np.array([template.properties.get(name) for template in templates], dtype=np.float32)
                for name in sorted(known)
            },
        )

    def spans(self) -> dict[str, Span]:
        """The values of each quantity over the training set, where any is known."""
        spans = {}
        for name, values in self.properties.items():
            known = floored(name, values[~np.isnan(values)])
            if len(known):
                least, low, high, most = np.quantile(known, [0.0, TAIL, 1.0 - TAIL, 1.0]).tolist()
                spans[name] = Span(least=least, low=low, high=high, most=most)
        return spans

    def chances(self, values: Mapping[str, float]) -> NDArray[np.float64] | None:
        """How likely each template is to be drawn for a sample that aims at some values; None for all alike.

        Each counts by a Gaussian of the distance of its own properties from the values, in standard
        deviations over the training set. Its width is :data:`NEAR`, or the distance of the
        :data:`NEIGHBOURS`-th nearest.
        """
        aims = {name: value for name, value in values.items() if name in self.properties}
        squares = np.zeros(len(self))
        for name, value in aims.items():
            own = transformed(name, self.properties[name])
            squares += np.square((own - transformed(name, value)) / (np.nanstd(own) or 1.0))
        known = np.flatnonzero(~np.isnan(squares))
        if not aims or len(known) == 0:
            return None
        width = np.sort(squares[known])[max(min(NEIGHBOURS, len(known) // 10) - 1, 0)]
        weights = np.zeros(len(self))
        weights[known] = np.exp(-0.5 * squares[known] / max(width, NEAR**2))
        chances: NDArray[np.float64] = weights / weights.sum()
        return chances

    def tensors(self) -> dict[str, Tensor]:
        """As named tensors, for a checkpoint."""
        return {
            "lengths": torch.from_numpy(self.lengths),
            "t_atoms": torch.from_numpy(self.t_atoms.astype(np.int32)),
            "kinds": torch.from_numpy(self.kinds.astype(np.int32)),
            "orders": torch.tensor([len(symmetry) for symmetry in self.symmetries], dtype=torch.int32),
            "rotations": torch.from_numpy(np.concatenate([s.rotations for s in self.symmetries])),
            "translations": torch.from_numpy(np.concatenate([s.translations for s in self.symmetries])),
            **{f"{PROPERTY}{name}": torch.from_numpy(values) for name, values in self.properties.items()},
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Templates:
        """The inverse of :meth:`tensors`."""
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        ends = np.cumsum(arrays["orders"])[:-1]
        rotations = np.split(arrays["rotations"], ends)
        translations = np.split(arrays["translations"], ends)
        return cls(
            arrays["lengths"],
            arrays["t_atoms"].astype(np.int64),
            arrays["kinds"].astype(np.int64),
            tuple(GridSymmetry(r, t) for r, t in zip(rotations, translations, strict=True)),
            {name.removeprefix(PROPERTY): arrays[name] for name in arrays if name.startswith(PROPERTY)},
        )
