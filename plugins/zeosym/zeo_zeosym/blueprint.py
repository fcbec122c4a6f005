"""What a framework is drawn from: a space group, the sites of its unique T atoms and a density.

The blueprints of the training set are the prior of the generator. They say nothing about the shape of the
cell and the places of the T atoms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from attrs import field, frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo_zeosym.crystal import Crystal
from zeo_zeosym.operations import Array, primitive_operations, symmetric_lattice
from zeo_zeosym.sites import DENOMINATOR, Site, as_sites

PROPERTY = "property."
"""Begins the names of the tensors that hold the properties."""


@frozen(eq=False, kw_only=True)
class Blueprint:
    """What is given when a framework is drawn.

    Args:
        group: number of the space group.
        sites: of the unique T atoms.
        density: T atoms per 1000 cubic angstrom.
        properties: of the framework that it comes from, such as ``"methane.qst"``, as far as they are known.
    """

    group: int
    sites: tuple[Site, ...] = field(converter=as_sites)
    density: float
    properties: Mapping[str, float | None] = field(factory=dict)

    @property
    def t_atoms(self) -> int:
        """Of the primitive cell."""
        return sum(len(site.images) for site in self.sites)

    def crystal(self, anywhere: Array) -> Crystal:
        """T atoms where points [unique, 3] project onto the sites, in a cell that prefers no axis."""
        coords = [site.of_site(x) for site, x in zip(self.sites, anywhere, strict=True)]
        lattice = symmetric_lattice(np.eye(3), primitive_operations(self.group).rotations)
        volume = 1000.0 * self.t_atoms / self.density
        size = (volume / np.linalg.det(lattice)) ** (1 / 3)
        return Crystal(self.group, size * lattice, self.sites, np.array(coords))


@frozen(eq=False, kw_only=True)
class Blueprints:
    """The blueprints of a training set; b of them.

    Args:
        sites: the different ones.
        first: int64 [b + 1], where the sites of each begin.
        kinds: int64, which of ``sites`` each unique T atom has.
        density: float32 [b].
        properties: float32 [b] for each quantity that is known of some, NaN where it is not.
    """

    sites: tuple[Site, ...] = field(converter=as_sites)
    first: NDArray[np.int64]
    kinds: NDArray[np.int64]
    density: NDArray[np.float32]
    properties: Mapping[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.density)

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Number of the space group of each, [b]."""
        return np.array([site.group for site in self.sites])[self.kinds[self.first[:-1]]]

    @property
    def unique(self) -> NDArray[np.int64]:
        """Unique T atoms of each, [b]."""
        return np.diff(self.first)

    @cached_property
    def t_atoms(self) -> NDArray[np.int64]:
        """Of the primitive cell of each, [b]."""
        images = np.array([len(site.images) for site in self.sites])
        return np.add.reduceat(images[self.kinds], self.first[:-1])

    def __getitem__(self, index: int) -> Blueprint:
        sites = [self.sites[kind] for kind in self.kinds[self.first[index] : self.first[index + 1]]]
        known = {name: float(values[index]) for name, values in self.properties.items()}
        return Blueprint(
            group=sites[0].group,
            sites=sites,
            density=float(self.density[index]),
            properties={name: None if np.isnan(value) else value for name, value in known.items()},
        )

    @classmethod
    def of(
        cls,
        crystals: Sequence[Crystal],
        known: Sequence[Mapping[str, float | None]],
        quantities: Iterable[str],
    ) -> Blueprints:
        """Those of crystals, of which these quantities may be known."""
        numbers: dict[tuple[float, ...], int] = {}
        sites: list[Site] = []
        kinds = []
        for site in (site for crystal in crystals for site in crystal.sites):
            if site.key not in numbers:
                numbers[site.key] = len(sites)
                sites.append(site)
            kinds.append(numbers[site.key])
        return cls(
            sites=sites,
            first=np.concatenate([[0], np.cumsum([len(crystal.sites) for crystal in crystals])]),
            kinds=np.array(kinds),
            density=np.array([crystal.density for crystal in crystals], dtype=np.float32),
            properties={
                name: np.array([properties.get(name) for properties in known], dtype=np.float32)
                for name in quantities
            },
        )

    def tensors(self) -> dict[str, Tensor]:
        """As named tensors, for a checkpoint."""
        fractions = [np.column_stack([site.projection, site.shift]) * DENOMINATOR for site in self.sites]
        return {
            "groups": torch.tensor([site.group for site in self.sites], dtype=torch.int16),
            "fractions": torch.from_numpy(np.round(fractions).astype(np.int16)),
            "unique": torch.from_numpy(np.diff(self.first).astype(np.int16)),
            "kinds": torch.from_numpy(self.kinds.astype(np.int16)),
            "density": torch.from_numpy(self.density),
            **{f"{PROPERTY}{name}": torch.from_numpy(values) for name, values in self.properties.items()},
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Blueprints:
        """The inverse of :meth:`tensors`."""
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        fractions = arrays["fractions"] / DENOMINATOR
        return cls(
            sites=[
                Site(int(group), part[:, :3], part[:, 3])
                for group, part in zip(arrays["groups"], fractions, strict=True)
            ],
            first=np.concatenate([[0], np.cumsum(arrays["unique"], dtype=np.int64)]),
            kinds=arrays["kinds"].astype(np.int64),
            density=arrays["density"],
            properties={
                name.removeprefix(PROPERTY): arrays[name] for name in arrays if name.startswith(PROPERTY)
            },
        )
