"""Where a drawn framework starts: a cell, a number of T atoms and the symmetry of its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from attrs import evolve, field, frozen
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from zeo.plugin.conditioning import Span
from zeo_learning.condition import spans
from zeo_learning.drift import chances_to_hit
from zeo_learning.orbits import GridSymmetry

EDGE_JITTER = 0.02
"""Standard deviation of the logarithm of each independent edge of a drawn cell."""

PROPERTY = "property."
"""Begins the names of the tensors that hold the properties."""

AT_LEAST = 10
"""So many templates are left to choose from, however rare the target, if there are ten times as many."""


@frozen(eq=False)
class Template:
    """A cell to fill.

    Args:
        lengths: a, b, c in angstrom.
        t_atoms: wanted.
        symmetry: of the grid.
        properties: that what fills it is to share with the framework that it comes from, such as
            ``"methane.qst"``, as far as they are known.
    """

    lengths: NDArray[np.float64]
    t_atoms: int
    symmetry: GridSymmetry
    properties: Mapping[str, float | None] = field(factory=dict)

    def jittered(self, stream: np.random.Generator) -> Template:
        """The same in a slightly other cell; edges that the symmetry makes equal stay equal."""
        change = stream.normal(0.0, EDGE_JITTER, 3)
        return evolve(self, lengths=self.lengths * np.exp(change[self._first_alike]))

    @property
    def _first_alike(self) -> NDArray[np.int64]:
        """For each axis the first of those that rotations turn into it."""
        sources = np.abs(self.symmetry.rotations.astype(int)).argmax(axis=2)
        return np.asarray(sources.min(axis=0))


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
        return spans(self.properties)

    def chances(self, values: Mapping[str, float]) -> NDArray[np.float64] | None:
        """How likely each template is to be drawn for a sample that aims at some values; None for all alike.

        See :func:`zeo_learning.drift.chances_to_hit`.
        """
        return chances_to_hit(self.properties, values, AT_LEAST)

    def tensors(self) -> dict[str, Tensor]:
        """As named tensors, for a checkpoint; properties have the precision of its weights."""
        return {
            "lengths": torch.from_numpy(self.lengths),
            "t_atoms": torch.from_numpy(self.t_atoms.astype(np.int16)),
            "kinds": torch.from_numpy(self.kinds.astype(np.int32)),
            "orders": torch.tensor([len(symmetry) for symmetry in self.symmetries], dtype=torch.int32),
            "rotations": torch.from_numpy(np.concatenate([s.rotations for s in self.symmetries])),
            "translations": torch.from_numpy(np.concatenate([s.translations for s in self.symmetries])),
            **{
                f"{PROPERTY}{name}": torch.from_numpy(values).bfloat16()
                for name, values in self.properties.items()
            },
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Templates:
        """The inverse of :meth:`tensors`."""
        arrays = {
            name: tensor.float().numpy() if tensor.is_floating_point() else tensor.numpy()
            for name, tensor in tensors.items()
        }
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


def between(first: ArrayLike, second: ArrayLike, fraction: float) -> NDArray[np.float64]:
    """Positive numbers between two, linear in the logarithm."""
    numbers: NDArray[np.float64] = np.exp((1.0 - fraction) * np.log(first) + fraction * np.log(second))
    return numbers
