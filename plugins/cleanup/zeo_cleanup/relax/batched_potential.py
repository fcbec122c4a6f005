"""The Sanders-Leslie-Catlow energy of many frameworks in one tensor program, on any device torch knows.

Every structure has the same number of places for its sites: silicon, oxygen cores, oxygen shells, each
block as long as the largest structure needs. Places that are left over have no charge, no pairs and no
bonds, hence no energy and no forces. Pair lists of all structures are concatenated. The structure factors
are matrix products: with waves h in rows (h1, h2),

    S(h1, h2, h3) = sum_j [q_j exp(2 pi i (h1 x_j + h2 y_j))] [exp(2 pi i h3 z_j)].

Cutoffs, tapers, wave vectors and interpolation tables are those of
:class:`~zeo_cleanup.relax.potential.CoreShellPotential`, and so are the energies, to rounding.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo_cleanup.relax.pair_lists import SKIN, PairKind, PairLists, pair_lists
from zeo_cleanup.relax.pair_tables import STEP, buckingham, intervals_within, screened_coulomb, with_wall
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.potential import COULOMB_TAPER, CoreShellPotential, Tetrahedra

Array = NDArray[np.float64]


PAIRS_IN_CACHE = 8192
"""Pairs that a processor takes at once, so that what it computes of them stays in its cache."""


@frozen(eq=False)
class BatchEvaluation:
    """Energies and derivatives of a batch.

    Args:
        energy: [batch], eV for each cell; infinite where sites are on top of each other.
        gradient: [batch, places, 3], eV/A.
        virial: [batch, 3, 3], derivatives by homogeneous strains, eV; symmetric.
    """

    energy: Tensor
    gradient: Tensor
    virial: Tensor


class BatchedPotential:
    """The energies of frameworks near the cells that they are given with.

    Args:
        lattices: [3, 3] each, rows a, b, c in angstrom.
        tetrahedra: the bonds of each.
        device: of all tensors.
    """

    def __init__(
        self, lattices: Sequence[Array], tetrahedra: Sequence[Tetrahedra], device: torch.device | str = "cpu"
    ) -> None:
        self.device = torch.device(device)
        self.silicon = max(bonds.n_silicon for bonds in tetrahedra)
        self.oxygen = 2 * self.silicon
        self.places = self.silicon + 2 * self.oxygen
        members = zip(lattices, tetrahedra, strict=True)
        self._members = [_Member(lattice, bonds, self.silicon) for lattice, bonds in members]
        self._lists: list[PairLists | None] = [None] * len(self._members)
        self._listed_sites = torch.zeros((len(self._members), self.places, 3), dtype=torch.float64).to(device)
        self._listed_lattices = torch.eye(3, dtype=torch.float64).to(device).repeat(len(self._members), 1, 1)
        self._pack()

    def select(self, rows: Sequence[int]) -> BatchedPotential:
        """Some of the structures, with the pair lists that they have."""
        some = copy.copy(self)
        some._members = [self._members[k] for k in rows]
        some._lists = [self._lists[k] for k in rows]
        some._listed_sites = self._listed_sites[list(rows)]
        some._listed_lattices = self._listed_lattices[list(rows)]
        some._pack()
        if all(lists is not None for lists in some._lists):
            some._pack_lists()
        return some

    def padded(self, sites: Sequence[Array]) -> Tensor:
        """Sites of each structure, [sites, 3], at their places in a tensor [batch, places, 3]."""
        padded = np.zeros((len(self._members), self.places, 3))
        for row, member, own in zip(padded, self._members, sites, strict=True):
            row[member.place] = own
        return self._tensor(padded)

    def own(self, padded: Tensor) -> list[Array]:
        """What a tensor [batch, places, ...] has at the places of each structure's sites."""
        arrays = padded.cpu().numpy()
        return [row[member.place] for row, member in zip(arrays, self._members, strict=True)]

    @torch.no_grad()
    def evaluate(self, lattices: Tensor, sites: Tensor) -> BatchEvaluation:
        """Energies, gradients and virials.

        Args:
            lattices: [batch, 3, 3].
            sites: cartesian [batch, places, 3].
        """
        self._renew_lists(lattices, sites)
        terms = (
            self._pairs(lattices, sites),
            self._reciprocal(lattices, sites),
            self._springs_and_angles(lattices, sites),
        )
        energy, gradient, virial = (torch.stack(parts).sum(0) for parts in zip(*terms, strict=True))
        coulomb = sanders_leslie_catlow().coulomb
        energy = energy - coulomb / math.sqrt(math.pi) * self._alpha * (self._charges**2).sum(1)
        return BatchEvaluation(energy.nan_to_num(math.inf, math.inf, math.inf), gradient, virial)

    def _tensor(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def _pack(self) -> None:
        """Put what all structures bring into tensors, except for the pair lists."""
        self._charges = self._tensor(np.stack([member.charges for member in self._members]))
        self._alpha = self._tensor(np.array([member.alpha for member in self._members]))
        self._pack_tables()
        self._pack_waves()
        self._pack_angles([member.bonds for member in self._members])

    def _pack_tables(self) -> None:
        """Of every structure its screened Coulomb term for unit charges, then the Buckingham terms."""
        p = sanders_leslie_catlow()
        tables = [
            with_wall(screened_coulomb(member.alpha, member.cutoff, COULOMB_TAPER))
            for member in self._members
        ]
        tables += [buckingham(p.silicon_shell, p.taper), buckingham(p.shell_shell, p.taper)]
        self._table_length = np.array([len(table) for table in tables])
        self._table_start = np.cumsum(self._table_length) - self._table_length
        self._tables = self._tensor(np.concatenate(tables))

    def _pack_waves(self) -> None:
        """Rows (h1, h2) [batch, rows, 2], all h3 [columns], and which of these waves count."""
        rows = max(len(member.waves.rows) for member in self._members)
        highest = max(member.waves.top for member in self._members)
        h3 = np.arange(-highest, highest + 1)
        h12 = np.zeros((len(self._members), rows, 2))
        counts = np.zeros((len(self._members), rows, len(h3)), dtype=bool)
        for k, member in enumerate(self._members):
            own = member.waves
            h12[k, : len(own.rows)] = own.rows[:, :2]
            counts[k, own.place // (2 * own.top + 1), own.vectors[:, 2] + highest] = True
        self._h12, self._h3, self._counts = map(self._tensor, (h12, h3.astype(np.float64), counts))

    def _pack_angles(self, tetrahedra: Sequence[Tetrahedra]) -> None:
        """Places of the silicon and the shells of every tetrahedron of every structure."""
        first_shell = self.silicon + self.oxygen
        owner = np.repeat(np.arange(len(tetrahedra)), [bonds.n_silicon for bonds in tetrahedra])
        centre = np.concatenate([np.arange(bonds.n_silicon) for bonds in tetrahedra])
        shells = np.concatenate([first_shell + bonds.oxygen for bonds in tetrahedra])
        shifts = np.concatenate([bonds.shifts for bonds in tetrahedra]).astype(np.float64)
        self._owner, self._shifts = self._tensor(owner), self._tensor(shifts)
        self._centre = self._tensor(owner * self.places + centre)
        self._corners = self._tensor(owner[:, None] * self.places + shells)

    def _renew_lists(self, lattices: Tensor, sites: Tensor) -> None:
        """New pair lists for those structures whose sites may have come closer than the skin allows."""
        strain = torch.linalg.solve(self._listed_lattices, lattices)
        drift = (sites - self._listed_sites @ strain).norm(dim=2).amax(1)
        p = sanders_leslie_catlow()
        farthest = max(10.0, p.silicon_shell.cutoff, p.shell_shell.cutoff) + SKIN
        shrinkage = 1.0 - 1.0 / torch.linalg.matrix_norm(torch.linalg.inv(strain), 2)
        moved = (2.0 * drift + farthest * shrinkage.clamp(min=0.0) > SKIN).tolist()
        stale = [k for k, lists in enumerate(self._lists) if lists is None or moved[k]]
        if not stale:
            return
        own, cells = self.own(sites), lattices.cpu().numpy()
        for k in stale:
            self._lists[k] = pair_lists(own[k], cells[k], self._members[k].kinds)
            self._listed_sites[k], self._listed_lattices[k] = sites[k], lattices[k]
        self._pack_lists()

    def _pack_lists(self) -> None:
        """Concatenate the lists of all structures."""
        parts, steps, first_image = [], [], 0
        for k, (member, lists) in enumerate(zip(self._members, self._lists, strict=True)):
            assert lists is not None
            counts = np.diff(lists.start)
            kind = np.repeat(lists.kind, counts)
            table = np.array([k] * len(_BLOCKS) + [-2, -1])[kind]
            here = k * self.places + member.place
            parts.append(
                (
                    here[np.repeat(lists.site, counts)],
                    here[lists.image_site[lists.partner]],
                    first_image + lists.partner.astype(np.int64),
                    self._table_start[table],
                    self._table_length[table],
                    _SCALES[kind],
                    np.full(len(kind), k),
                )
            )
            steps.append(lists.image_cell)
            first_image += len(steps[-1])
        pairs = [self._tensor(np.concatenate(part)) for part in zip(*parts, strict=True)]
        chunk = PAIRS_IN_CACHE if self.device.type == "cpu" else len(pairs[0])
        self._pair_chunks = list(zip(*(part.split(chunk) for part in pairs), strict=True))
        self._steps = self._tensor(np.concatenate(steps).astype(np.float64))
        self._step_owner = self._tensor(np.repeat(np.arange(len(steps)), [len(step) for step in steps]))

    def _pairs(self, lattices: Tensor, sites: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tabulated terms of all pairs: screened Coulomb and Buckingham."""
        offsets = torch.einsum("mi,mij->mj", self._steps, lattices[self._step_owner])
        axes = list(zip(sites.reshape(-1, 3).T.contiguous(), offsets.T.contiguous(), strict=True))
        energy = lattices.new_zeros(len(lattices))
        by_site = [torch.zeros_like(at) for at, _ in axes]
        by_image = [torch.zeros_like(offset) for _, offset in axes]
        for first, second, image, start, length, scale, owner in self._pair_chunks:
            arm = [
                at.index_select(0, second) - at.index_select(0, first) + offset.index_select(0, image)
                for at, offset in axes
            ]
            place = (arm[0] * arm[0] + arm[1] * arm[1] + arm[2] * arm[2]) / STEP
            interval = torch.minimum(place.long(), length - 1)
            t = place - interval
            c = self._tables.index_select(0, start + interval).unbind(1)
            value, slope = c[5], torch.zeros_like(t)
            for coefficient in c[4::-1]:  # Horner's scheme, and its derivative
                slope = torch.addcmul(value, slope, t)
                value = torch.addcmul(coefficient, value, t)
            counted = torch.where(place < length, scale, 0.0)
            energy.index_add_(0, owner, value * counted)
            push = slope * counted * (2.0 / STEP)
            for along, site_sum, image_sum in zip(arm, by_site, by_image, strict=True):
                force = push * along
                site_sum.index_add_(0, second, force).index_add_(0, first, force, alpha=-1)
                image_sum.index_add_(0, image, force)
        gradient = torch.stack(by_site, dim=1).reshape(sites.shape)
        virial = sites.mT @ gradient
        virial.index_add_(0, self._step_owner, offsets[:, :, None] * torch.stack(by_image, dim=1)[:, None, :])
        return energy, gradient, virial

    def _reciprocal(self, lattices: Tensor, sites: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The long-ranged part of Ewald's sum."""
        inverse = torch.linalg.inv(lattices)
        frac = sites @ inverse
        planar = _phase(self._h12 @ frac[:, :, :2].mT) * self._charges[:, None, :]
        axial = _phase(frac[:, :, 2:] * self._h3)
        factor = planar @ axial
        waves = (
            2
            * math.pi
            * (
                (self._h12 @ inverse[:, :, :2].mT)[:, :, None, :]
                + (self._h3[:, None] * inverse[:, None, :, 2])[:, None, :, :]
            )
        )
        square = torch.where(self._counts, (waves * waves).sum(3), 1.0)
        quarter = (0.25 / self._alpha**2)[:, None, None]
        prefactor = 4 * math.pi * sanders_leslie_catlow().coulomb / torch.linalg.det(lattices).abs()
        weight = self._counts * prefactor[:, None, None] * torch.exp(-quarter * square) / square
        term = weight * (factor.real**2 + factor.imag**2)
        energy = term.sum((1, 2))
        stretch = (2.0 * term * (1.0 / square + quarter))[..., None] * waves
        virial = stretch.flatten(1, 2).mT @ waves.flatten(1, 2)
        virial -= energy[:, None, None] * torch.eye(3, dtype=energy.dtype, device=self.device)
        # dE/dphase_j = Im(S conj(term_j)) 2 weight, with term_j = planar_j axial_j
        push = 2.0 * weight * factor.conj()
        by_row = (push @ axial.mT) * planar
        by_h3 = (((push * self._h3) @ axial.mT) * planar).sum(1).imag
        by_h12 = self._h12.mT @ by_row.imag
        by_frac = -2 * math.pi * torch.cat([by_h12.mT, by_h3[:, :, None]], dim=2)
        return energy, by_frac @ inverse.mT, virial

    @torch.enable_grad()
    def _springs_and_angles(self, lattices: Tensor, sites: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Springs from cores to shells, less their screening, and shell-Si-shell angles; by autograd."""
        p = sanders_leslie_catlow()
        lattices, sites = lattices.detach().requires_grad_(), sites.detach().requires_grad_()
        cores, shells = sites[:, self.silicon :].split(self.oxygen, dim=1)
        square = ((shells - cores) ** 2).sum(2)
        r = (square + TINY).sqrt()
        screening = torch.erf(self._alpha[:, None] * r) / r
        product = p.oxygen_core * p.oxygen_shell * p.coulomb
        bonded = self._charges[:, self.silicon + self.oxygen :] != 0.0
        springs = torch.where(bonded, 0.5 * p.spring * square - product * screening, 0.0).sum(1)
        flat = sites.reshape(-1, 3)
        arms = flat[self._corners] - flat[self._centre][:, None] + self._shifts @ lattices[self._owner]
        arms = arms / arms.norm(dim=2, keepdim=True)
        one, other = np.triu_indices(4, k=1)
        cosine = (arms[:, one] * arms[:, other]).sum(2).clamp(-1 + 1e-12, 1 - 1e-12)
        bend = torch.acos(cosine) - math.radians(p.ideal_angle)
        angles = torch.zeros_like(springs).index_add(0, self._owner, 0.5 * p.angle * (bend**2).sum(1))
        energy = springs + angles
        by_lattice, by_site = torch.autograd.grad(energy.sum(), (lattices, sites))
        virial = lattices.detach().mT @ by_lattice + sites.detach().mT @ by_site
        return energy.detach(), by_site, virial


TINY = 1e-10
"""Square angstrom, added to the square of a shell's arm, which may be zero."""

_BLOCKS = ((0, 0), (0, 1), (1, 1), (1, 2), (0, 2), (2, 2))
"""Pairs of blocks - silicon, cores, shells - whose charges interact; Buckingham terms follow in the lists."""


def _scales() -> Array:
    """What the table of each kind of pair is multiplied with: the charges, or nothing."""
    p = sanders_leslie_catlow()
    charges = (p.silicon, p.oxygen_core, p.oxygen_shell)
    return np.array([p.coulomb * charges[a] * charges[b] for a, b in _BLOCKS] + [1.0, 1.0])


_SCALES = _scales()


def _phase(turns: Tensor) -> Tensor:
    """exp(2 pi i turns)."""
    angle = 2 * math.pi * turns
    return torch.complex(torch.cos(angle), torch.sin(angle))


class _Member:
    """What one structure brings into a batch.

    Args:
        lattice: [3, 3].
        bonds: its tetrahedra.
        silicon: places for silicon in the batch.
    """

    def __init__(self, lattice: Array, bonds: Tetrahedra, silicon: int) -> None:
        p = sanders_leslie_catlow()
        self.bonds = bonds
        own = bonds.n_silicon
        ends = (0, own, 3 * own, 5 * own)
        blocks = [(ends[k], ends[k + 1]) for k in range(3)]
        starts = (0, silicon, 3 * silicon)
        self.place = np.concatenate(
            [start + np.arange(b - a) for start, (a, b) in zip(starts, blocks, strict=True)]
        )
        alone = CoreShellPotential(lattice, bonds)
        self.charges = np.zeros(5 * silicon)
        self.charges[self.place] = alone.charges
        self.alpha, self.cutoff = alone.alpha, alone.cutoff
        self.waves = alone.waves
        reach = math.sqrt(intervals_within(self.cutoff) * STEP)
        self.kinds = [
            PairKind(blocks[a], blocks[b], reach, same_atom=(a, b) == (1, 2)) for a, b in _BLOCKS
        ] + [
            PairKind(blocks[0], blocks[2], p.silicon_shell.cutoff),
            PairKind(blocks[2], blocks[2], p.shell_shell.cutoff),
        ]
