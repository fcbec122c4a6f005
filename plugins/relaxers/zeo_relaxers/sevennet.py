"""Relaxation by SevenNet-0, a neural network trained on density functional theory, with D3 dispersion.

Y. Park et al., J. Chem. Theory Comput. 2024, 20, 4857 (SevenNet-0; its weights come with the package
``sevenn``). S. Grimme et al., J. Chem. Phys. 2010, 132, 154104 and J. Comput. Chem. 2011, 32, 1456 (D3 with
Becke-Johnson damping, parameters of PBE). Without dispersion the network does not rank frameworks.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from zeo.crystal.structure import Structure
from zeo_cleanup.relax.relaxation import Minimum
from zeo_relaxers.ase_calculator import CalculatorRelaxer


class SevenNet(CalculatorRelaxer):
    """SevenNet-0 and D3(BJ)."""

    @property
    def potential(self) -> str:
        return "SevenNet-0+D3(BJ)"

    @cached_property
    def calculator(self) -> Any:
        from ase.calculators.mixing import SumCalculator
        from dftd3.ase import DFTD3
        from sevenn.calculator import SevenNetCalculator

        parts = [SevenNetCalculator("7net-0"), DFTD3(method="PBE", damping="d3bj")]
        return SumCalculator(parts)  # type: ignore[no-untyped-call]

    def end_of(self, structure: Structure, cell: str) -> Minimum:
        import torch

        before = torch.are_deterministic_algorithms_enabled()
        torch.use_deterministic_algorithms(True, warn_only=True)  # else several threads sum in any order
        try:
            return super().end_of(structure, cell)
        finally:
            torch.use_deterministic_algorithms(before)
