"""How networks see the frameworks that a representation writes: as grids, or as rows of numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.grids.grid import Grid
from zeo.plugin.registry import Plugins
from zeo_learning.channels import ATOMS
from zeo_learning.condition import TYPICAL_EDGE
from zeo_learning.templates import Template
from zeo_zeovae.grid_networks import COARSE, GridDecoder, GridEncoder
from zeo_zeovae.layers import DenseNetwork
from zeo_zeovae.symmetric_sites import symmetrised_sites

Array = NDArray[np.float32]


class Form(ABC):
    """What depends on the representation.

    Args:
        name: of the representation.
        plugins: with its options.
        settings: of its options that are fixed by a model; those of the user where there is none.
    """

    def __init__(self, name: str, plugins: Plugins, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.representation = plugins.configured({name: dict(settings)}).create("representation", name)

    defaults: ClassVar[Mapping[str, int]]
    """Options of the generator where the user leaves them open."""

    @property
    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The options of the representation that decide the shape of the networks."""

    @property
    @abstractmethod
    def points(self) -> int:
        """Along each axis of the grid on which symmetry is kept."""

    @property
    def most_t(self) -> int | None:
        """T atoms that the representation can hold; None where that is any number."""
        return None

    @abstractmethod
    def array(self, structure: Structure) -> Array:
        """What the encoder sees.

        Raises:
            InputError: a structure that the representation cannot hold.
        """

    @abstractmethod
    def encoded(self, array: Array, template: Template) -> Any:
        """What the representation decodes, of what was drawn for a template."""

    @abstractmethod
    def networks(self, latent: int, width: int) -> tuple[nn.Module, nn.Module]:
        """Encoder and decoder with random weights; see :class:`zeo_zeovae.networks.Autoencoder`.

        Raises:
            ConfigError: a size of the latent space that does not fit.
        """

    @abstractmethod
    def mismatch(self, decoded: Tensor, array: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of squared errors, and over how many numbers: scalars, over a batch."""

    @property
    @abstractmethod
    def is_grid(self) -> bool:
        """Whether decoders need the orbits of points."""


class GridForm(Form):
    """Grids of silicon and oxygen; properties come from the branch, not from a channel."""

    defaults = MappingProxyType({"latent": 256, "width": 48, "batch": 16})

    def __init__(self, name: str, plugins: Plugins, settings: Mapping[str, Any]) -> None:
        super().__init__(name, plugins, {**settings, "channels": ATOMS})

    @property
    def settings(self) -> dict[str, Any]:
        return {"n": self.representation.options.n}

    @property
    def points(self) -> int:
        n: int = self.representation.options.n
        return n

    @property
    def is_grid(self) -> bool:
        return True

    def array(self, structure: Structure) -> Array:
        values: Array = self.representation.encode(structure).values
        return values

    def encoded(self, array: Array, template: Template) -> Grid:
        return Grid(array, ATOMS, np.diag(template.lengths))

    def networks(self, latent: int, width: int) -> tuple[nn.Module, nn.Module]:
        coarse = (self.points // COARSE) ** 3
        if self.points % COARSE or latent % coarse:
            raise ConfigError(
                f"zeovae.latent={latent} does not fit grids of voxel.n={self.points} points:"
                f" n has to be a multiple of {COARSE}, and latent of (n/{COARSE})^3"
            )
        shape = (len(ATOMS), self.points, latent, width)
        return GridEncoder(*shape), GridDecoder(*shape)

    def mismatch(self, decoded: Tensor, array: Tensor) -> tuple[Tensor, Tensor]:
        squares = (decoded.float() - array).square()
        return squares.sum(), squares.new_tensor(float(squares.numel()))


class MatrixForm(Form):
    """Matrices of sites, with or without reciprocal-space rows below.

    Fractional coordinates, which are angles, become points on a circle: 0.99 and 0.01 are near each other.
    What kinds the atoms are follows from their number, which the networks are told.
    """

    defaults = MappingProxyType({"latent": 128, "width": 384, "batch": 64})

    POINTS = 32
    ANGLE = 30.0
    """Degrees by which angles are measured from 90."""

    @property
    def settings(self) -> dict[str, Any]:
        options = self.representation.options
        return {name: getattr(options, name) for name in ("atoms", "reflections") if hasattr(options, name)}

    @property
    def points(self) -> int:
        return self.POINTS

    @property
    def is_grid(self) -> bool:
        return False

    @property
    def most_t(self) -> int:
        return self.atoms // 3

    @property
    def atoms(self) -> int:
        """Rows for them."""
        atoms: int = self.representation.options.atoms
        return atoms

    def array(self, structure: Structure) -> Array:
        """Flat: the cell [6], points on circles [atoms, 6], the mask [atoms], reciprocal rows [R, 5]."""
        matrix = self.representation.encode(structure)
        sites = matrix[2 : 2 + self.atoms]
        mask = sites[:, 3:].sum(axis=1)
        turns = 2 * np.pi * sites[:, :3]
        circles = np.concatenate([np.cos(turns), np.sin(turns)], axis=1) * mask[:, None]
        cell = np.concatenate([np.log(matrix[0, :3] / TYPICAL_EDGE), (matrix[1, :3] - 90.0) / self.ANGLE])
        parts = (cell, circles.ravel(), mask, matrix[2 + self.atoms :].ravel())
        return np.concatenate(parts).astype(np.float32)

    def encoded(self, array: Array, template: Template) -> Array:
        circles = array[6 : 6 + 6 * self.atoms].reshape(self.atoms, 6).astype(float)
        si, o = template.t_atoms, 2 * template.t_atoms
        matrix = np.zeros((2 + self.atoms, 5), np.float32)
        matrix[0, :3] = TYPICAL_EDGE * np.exp(array[:3])
        matrix[1, :3] = 90.0 + self.ANGLE * array[3:6]
        # rounded, so that pairs are made alike whichever samples are decoded together
        turns = np.round(np.arctan2(circles[:, 3:], circles[:, :3]) / (2 * np.pi), 4)
        for kind, rows in enumerate((slice(0, si), slice(si, si + o))):
            placed = symmetrised_sites(turns[rows], template.symmetry, self.points)
            matrix[2:][rows, :3], matrix[2:][rows, 3 + kind] = placed, 1.0
        return np.concatenate([matrix, array[6 + 7 * self.atoms :].reshape(-1, 5)])

    def networks(self, latent: int, width: int) -> tuple[nn.Module, nn.Module]:
        size = 6 + 7 * self.atoms + 5 * int(self.settings.get("reflections", 0))
        return DenseNetwork(size, 2 * latent, width), DenseNetwork(latent, size, width)

    def mismatch(self, decoded: Tensor, array: Tensor) -> tuple[Tensor, Tensor]:
        """Padding counts in the mask alone."""
        circles = slice(6, 6 + 6 * self.atoms)
        mask = array[:, circles.stop : circles.stop + self.atoms]
        counts = torch.ones_like(array)
        counts[:, circles] = mask.repeat_interleave(6, dim=1)
        return ((decoded.float() - array).square() * counts).sum(), counts.sum()


def form_of(name: str, plugins: Plugins, settings: Mapping[str, Any] | None = None) -> Form:
    """How a network sees a representation.

    Raises:
        ConfigError: a representation that is neither.
    """
    if name == "voxel":
        return GridForm(name, plugins, settings or {})
    if name in ("sites", "ftcp"):
        return MatrixForm(name, plugins, settings or {})
    raise ConfigError(f"zeovae learns from voxel, sites or ftcp, not from {name}")
